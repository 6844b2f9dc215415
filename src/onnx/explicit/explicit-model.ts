/**
 * ExplicitModel: a model in explicit form, ready to be written. It is ONNX, not the graph that
 * import makes of it: operators are those of the standard, nothing that only the graph knows
 * (such as Interpolate for Resize) occurs. What is left open is stated: every attribute, every
 * shape, every constant as an initializer; names are unique and nodes in execution order.
 */
import type { GraphValue } from "../../../ir/graph/graph.js";
import type { Tensor } from "../../../ir/tensor/tensor.js";
import type { RawAttribute } from "../normalise/raw-node.js";

export type Attributes = ReadonlyMap<string, RawAttribute>;

export interface ExplicitNode {
  readonly name: string;
  readonly op: string;
  /** "" for ai.onnx. */
  readonly domain: string;
  readonly attributes: Attributes;
  /** null is an omitted optional input. */
  readonly inputs: readonly (string | null)[];
  /** "" is an omitted optional output. */
  readonly outputs: readonly string[];
}

export interface ExplicitModel {
  readonly name: string;
  readonly irVersion: number;
  /** Version by domain; "" is ai.onnx. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** Types of the tensors between the nodes. */
  readonly values: readonly GraphValue[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly nodes: readonly ExplicitNode[];
}
