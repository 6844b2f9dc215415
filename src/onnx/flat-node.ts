/** FlatNode: a node of the model with its name and operator set settled and no function call left. */
import type { OnnxAttribute } from "./model.js";

export interface FlatNode {
  /** Unique in the model, never empty. */
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  readonly opset: number;
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  /** null is an omitted optional input. */
  readonly inputs: readonly (string | null)[];
  /** "" is an omitted optional output. */
  readonly outputs: readonly string[];
}
