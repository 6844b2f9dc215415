/** FlatNode: a node of the model with its name and operator set settled and no function call left. */
import type { OnnxAttribute, OnnxGraph } from "./model.js";
import type { Scope } from "./scope.js";

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
  /** Graphs among the attributes, by attribute. */
  readonly subgraphs: ReadonlyMap<string, NestedGraph>;
  /** Tensors around the node that its subgraphs read. */
  readonly captures: readonly string[];
}

/** A subgraph and where it stands. */
export interface NestedGraph {
  readonly graph: OnnxGraph;
  readonly scope: Scope;
  /** Of the node among those of its list. */
  readonly position: number;
}

/** Every tensor that the node needs, those that are omitted left out. */
export function readsOf({ inputs, captures }: Pick<FlatNode, "inputs" | "captures">): readonly string[] {
  return [...inputs.filter((input) => input !== null), ...captures];
}
