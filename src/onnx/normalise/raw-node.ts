/**
 * RawNode: a node as decoding found it, one to one, before any default, conversion
 * or interpretation. Normalisation reads nothing else of the model.
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import type { Tensor, TensorType } from "../../../ir/tensor/tensor.js";
import type { FindingCode } from "../findings.js";
import type { OnnxValueInfo } from "../model.js";

export type RawAttribute =
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly bigint[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: Tensor }
  | { readonly kind: "graph" | "graphs" | "other" };

/** A graph that an attribute holds: its nodes are put into the model's graph as often as the node runs it. */
export interface Subgraph {
  /** As declared, without those that are initializers. */
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** Nodes of one run, those of inner subgraphs counted once. */
  readonly nodes: number;
  /**
   * Puts one run into the graph: `inputs` are the tensors it is given, `label` tells it from
   * others. Gives the tensors that are its outputs, which have the names `outputs` where that is possible.
   */
  readonly run: (run: SubgraphRun) => readonly string[];
}

export interface SubgraphRun {
  readonly label: string;
  readonly inputs: readonly string[];
  readonly outputs?: readonly string[];
}

/** What a name stands for that is no tensor: the tensors of a sequence, or the one value of an optional, a tensor or a sequence by its name. */
export type Held =
  | { readonly kind: "sequence"; readonly parts: readonly string[] }
  | { readonly kind: "optional"; readonly value: string | undefined };

/** What control flow needs beside the node: how it goes on depends on what its parts fold to. */
export interface ControlFlow {
  /** The graph that an attribute holds. */
  readonly subgraph: (attribute: string) => Subgraph | undefined;
  /** Puts nodes of the normal form into the graph before normalisation of the node ends. */
  readonly add: (nodes: readonly GraphNode[]) => void;
  /** What a name stands for; undefined for a tensor. */
  readonly held: (name: string) => Held | undefined;
  readonly hold: (name: string, held: Held) => void;
  /** Tells the reader of the model what became of the node. */
  readonly note: (code: FindingCode, reason: string) => void;
}

/** Of a node that stands alone, without a graph around it. */
export const noControlFlow: ControlFlow = { subgraph: () => undefined, add: () => undefined, held: () => undefined, hold: () => undefined, note: () => undefined };

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
  readonly control: ControlFlow;
}
