/**
 * RawNode: a node as decoding found it, one to one, before any default, conversion
 * or interpretation. Normalisation reads nothing else of the model.
 */
import type { Tensor, TensorType } from "../../../ir/tensor/tensor.js";

export type RawAttribute =
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly bigint[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: Tensor }
  | { readonly kind: "graph" | "other" };

export interface RawNode {
  readonly name: string;
  readonly op: string;
  /** "" for ai.onnx. */
  readonly domain: string;
  /** Version in force for the domain of the node. */
  readonly opset: number;
  readonly attributes: ReadonlyMap<string, RawAttribute>;
  /** null is an omitted optional input. */
  readonly inputs: readonly (string | null)[];
  /** "" is an omitted optional output. */
  readonly outputs: readonly string[];
  /** Type of an input, if it is known by now. */
  readonly typeOf: (name: string) => TensorType | undefined;
  /** Value of an input that is a constant of the graph, derived ones included. */
  readonly constantOf: (name: string) => Tensor | undefined;
  /** A tensor (or node) name that nothing else has; `hint` is part of it. */
  readonly fresh: (hint: string) => string;
}
