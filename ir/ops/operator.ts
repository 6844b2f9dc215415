/**
 * The form of an operator definition: one file per operator, one definition per
 * operator, used as specification, interpreter, compiler input and proof reference.
 */
import type { Attribute } from "../graph/graph.js";
import type { Meaning } from "../tensor/meaning.js";
import type { Tensor, TensorType } from "../tensor/tensor.js";

/** What a definition may look at: a node in normal form with the types of its inputs. */
export interface OperatorNode {
  readonly name: string;
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** null is an omitted optional input. */
  readonly inputs: readonly (TensorType | null)[];
  readonly outputCount: number;
  /** The value of an input that is a constant of the graph. */
  readonly constant: (slot: number) => Tensor | undefined;
}

/** Outputs whose extent depends on data, in bounded form. */
export interface BoundedOutputs {
  /** By output: the axis along which a part is in use, from the front; undefined for the others. */
  readonly axes: readonly (number | undefined)[];
  /** Which output says how much of it is. */
  readonly count: number;
}

export interface OperatorDefinition {
  /** ONNX operator type. */
  readonly op: string;
  readonly domain: string;
  /** First and last opset whose form of the operator normalises to this definition. */
  readonly opsets: readonly [first: number, last: number];
  /** Element types of input 0 that the meaning admits. */
  readonly types: readonly string[];
  /** Tags of the requirements of the SONNX text that this definition answers, as published (src/onnx/sonnx.ts), e.g. `E_ADD_FLOAT_FUNC_0010`. */
  readonly requirements: readonly string[];
  /** Output types; throws a Refusal that names the node when inputs or attributes are wrong. */
  /** Of a result whose extent depends on data: how its array is used. The node of the normal form gives every output a name. */
  readonly bounded?: (node: OperatorNode) => BoundedOutputs;
  readonly shape: (node: OperatorNode) => readonly TensorType[];
  readonly meaning: (node: OperatorNode) => Meaning;
}
