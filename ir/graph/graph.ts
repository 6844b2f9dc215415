/**
 * Graph: what import makes of an ONNX model. Typed, static, explicit: every shape
 * a literal, every attribute present, one operator set, nodes in a valid order.
 */
import type { Tensor, TensorType } from "../tensor/tensor.js";

/** An attribute after normalisation: int64 values that are used as sizes or axes are safe integers. */
export type Attribute = number | string | readonly number[] | readonly string[] | Tensor;

export interface GraphNode {
  /** Unique, never empty; import makes one up where the model has none. */
  readonly name: string;
  /** ONNX operator type, e.g. `Conv`. */
  readonly op: string;
  /** Operator domain, "" for ai.onnx. */
  readonly domain: string;
  /** Opset version in force for the domain when the model was written. */
  readonly opset: number;
  /** Every attribute of the operator's current form, defaults made explicit. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Tensor names; null is an omitted optional input. */
  readonly inputs: readonly (string | null)[];
  readonly outputs: readonly string[];
}

export interface GraphValue extends TensorType {
  /** The name in the ONNX model. */
  readonly name: string;
}

/** A tensor of which the first `count` places along `axis` are in use; the others hold 0. */
export interface BoundedTensor {
  readonly axis: number;
  /** The output of the graph that counts them, an i64. */
  readonly count: string;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** Weights and derived constants by tensor name. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** In execution order. */
  readonly nodes: readonly GraphNode[];
  /** Type of every tensor of the graph, constants included. */
  readonly types: ReadonlyMap<string, TensorType>;
  /** Constants that import computed from others: result name -> the node that made it (rule W7). */
  readonly derived: ReadonlyMap<string, GraphNode>;
  /** Inputs of the model that a build fixed: they are constants here, whether or not a node still reads them. */
  readonly fixedInputs?: ReadonlyMap<string, Tensor>;
  /** Outputs whose extent depends on data, in bounded form. Their counts are the last outputs. */
  readonly boundedOutputs?: ReadonlyMap<string, BoundedTensor>;
}
