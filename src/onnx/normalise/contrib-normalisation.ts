/**
 * Normalisations of com.microsoft: what is normalised is a sum first, of an input and a skip
 * connection, or of embeddings. SimplifiedLayerNormalization, which ONNX Runtime has in ai.onnx,
 * and its Skip… form are RMSNormalization.
 */
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, composed } from "./compose.js";
import { type Normaliser, allowOnly, axisOf, floatOf, flagOf, inputName, inputType, intOf, refuseValue } from "./node.js";
import { type Triple, dequantised } from "./quantised-steps.js";
import type { RawNode } from "./raw-node.js";

const optional = (node: RawNode, slot: number): string | null => node.inputs[slot] ?? null;

function epsilonOf(node: RawNode, fallback: number): number {
  return floatOf(node, "epsilon") ?? Math.fround(fallback);
}

/** The outputs mean and inv_std_var are those of training; ONNX Runtime leaves them empty. */
function refuseStatistics(node: RawNode): void {
  const [, mean = "", inverse = ""] = node.outputs;
  if (mean !== "" || inverse !== "") refuseValue(node, "mean or inv_std_var", "an output", "leave these outputs out: they are for training");
}

/** (X + Skip) + Bias, which is output 3. */
function skipSum(node: RawNode, made: Composition, bias: string | null): string {
  const operands = [inputName(node, 0), inputName(node, 1)];
  return bias === null ? made.output(3, "Add", operands) : made.output(3, "Add", [made.node("Add", operands), bias]);
}

/** LayerNormalization of the sum over the last axis with Gamma and Beta. */
export const skipLayerNormalization: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "epsilon");
  refuseStatistics(node);
  const sum = skipSum(node, made, optional(node, 4));
  const factors = [inputName(node, 2), ...(optional(node, 3) === null ? [] : [inputName(node, 3)])];
  made.output(0, "LayerNormalization", [sum, ...factors], { axis: inputType(node, 0).shape.length - 1, epsilon: epsilonOf(node, 1e-12) });
});

export const skipSimplifiedLayerNormalization: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "epsilon");
  refuseStatistics(node);
  const sum = skipSum(node, made, optional(node, 3));
  made.output(0, "RMSNormalization", [sum, inputName(node, 2)], { axis: inputType(node, 0).shape.length - 1, epsilon: epsilonOf(node, 1e-12) });
});

export const simplifiedLayerNormalization: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "axis", "epsilon", "stash_type");
  if ((node.outputs[1] ?? "") !== "") refuseValue(node, "inv_std_var", "an output", "leave this output out: it is for training");
  const axis = axisOf(node, intOf(node, "axis") ?? -1, inputType(node, 0).shape.length);
  made.output(0, "RMSNormalization", [inputName(node, 0), inputName(node, 1)], { axis, epsilon: epsilonOf(node, 1e-5) });
});

/** What the embeddings of an input of tokens are: tables and the indices of their rows. */
interface Embedding {
  readonly words: string;
  readonly positions: string;
  /** undefined where there are no segments. */
  readonly segments: string | undefined;
  readonly gamma: string;
  readonly beta: string;
}

/**
 * LayerNormalization of (word + position) + segment, the position of a token being its place
 * unless position_ids says otherwise. Output 1 has, for each batch, how many of `mask` are 1;
 * output 2 is the sum.
 */
function embedded(node: RawNode, made: Composition, { words, positions, segments, gamma, beta }: Embedding, ids: { readonly mask: number; readonly positions: number }): void {
  const { shape: [batch = 1, length = 1] } = inputType(node, 0);
  const steps = (): string => made.constant(tensorOf("i64", [1, length], Array.from({ length }, (_, k) => BigInt(k))));
  const places = optional(node, ids.positions) ?? steps();
  const rows = (table: string, indices: string): string => made.node("Gather", [table, indices], { axis: 0 });
  const two = made.node("Add", [rows(words, inputName(node, 0)), rows(positions, places)]);
  const sum = segments === undefined ? made.output(2, "Identity", [two]) : made.output(2, "Add", [two, rows(segments, inputName(node, 1))]);
  made.output(0, "LayerNormalization", [sum, gamma, beta], { axis: 2, epsilon: epsilonOf(node, 1e-12) });
  if ((node.outputs[1] ?? "") === "") return;
  if (optional(node, ids.mask) === null) {
    made.output(1, "Identity", [made.constant(tensorOf("i32", [batch], new Array<number>(batch).fill(0)))]);
    return;
  }
  const ones = made.node("Cast", [made.node("Equal", [inputName(node, ids.mask), made.constant(tensorOf("i32", [], [1]))])], { to: "i32" });
  made.output(1, "ReduceSum", [ones], { axes: [1], keepdims: 0 });
}

export const embedLayerNormalization: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "epsilon", "mask_index_type");
  const kind = flagOf(node, "mask_index_type", 0);
  if (kind === 0 && optional(node, 7) !== null && (node.outputs[1] ?? "") !== "") refuseValue(node, "mask_index_type", 0, "use 1, the number of ones, or leave the output out");
  const tables = { words: inputName(node, 2), positions: inputName(node, 3), segments: optional(node, 4) ?? undefined, gamma: inputName(node, 5), beta: inputName(node, 6) };
  embedded(node, made, tables, { mask: 7, positions: 8 });
});

/** As EmbedLayerNormalization, every table quantised: its scale 6 slots after it, its zero point 5 after that. */
export const qEmbedLayerNormalization: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "epsilon");
  const triples: readonly Triple[] = [[2, 8, 13], [3, 9, 14], [4, 10, 15], [5, 11, 16], [6, 12, 17]];
  const [words = "", positions = "", segments, gamma = "", beta = ""] = triples.map((triple) => (optional(node, triple[0]) === null ? undefined : dequantised(node, made, triple)));
  embedded(node, made, { words, positions, segments, gamma, beta }, { mask: 7, positions: Infinity });
});
