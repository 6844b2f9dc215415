/**
 * The attention operators of com.microsoft. All of them are
 *
 *     Y = softmax(scale·(Q·Kᵀ) + addends)·V          head by head
 *
 * and differ in where Q, K and V come from: projections of one input (Attention, and QAttention
 * from a quantised one), inputs of their own (MultiHeadAttention), fewer heads of K and V
 * than of Q (GroupQueryAttention). Keys and values of the past precede those given. ONNX
 * Runtime multiplies by the scale after the sum of products, as it is here.
 */
import { invalid } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, composed, section } from "./compose.js";
import { type Scores, causalAddend, maskAddend } from "./contrib-mask.js";
import { scaledProduct } from "./contrib-products.js";
import { type Normaliser, allowOnly, constantInput, flagOf, floatOf, inputName, inputType, integersOf, intOf, intsOf, refuseValue } from "./node.js";
import { number, scalarInput } from "./quantised-steps.js";
import type { RawNode } from "./raw-node.js";

/** A tensor of four axes: batch, heads, positions, size of a head. */
interface Heads {
  readonly name: string;
  readonly shape: readonly [batch: number, heads: number, positions: number, size: number];
}

const given = (node: RawNode, slot: number): boolean => (node.inputs[slot] ?? null) !== null;
const wanted = (node: RawNode, k: number): boolean => (node.outputs[k] ?? "") !== "";

function headCount(node: RawNode, attribute: string, columns: number): number {
  const heads = intOf(node, attribute) ?? 0;
  if (heads >= 1 && columns % heads === 0) return heads;
  return invalid("attribute-value", `${node.op} has ${heads} ${attribute} for ${columns} columns`, node.name, `correct ${attribute}`);
}

/** [batch, positions, columns] with its heads as an axis. */
function split(made: Composition, name: string, [batch, positions, columns]: readonly [number, number, number], heads: number): Heads {
  const size = columns / heads;
  const apart = made.node("Reshape", [name], { shape: [batch, positions, heads, size] });
  return { name: made.node("Transpose", [apart], { perm: [0, 2, 1, 3] }), shape: [batch, heads, positions, size] };
}

/** The past before `heads`, as output `k`. */
function joined(made: Composition, past: readonly [name: string, positions: number] | undefined, { name, shape }: Heads, k: number): Heads {
  if (past === undefined) return { name: made.output(k, "Identity", [name]), shape };
  return { name: made.output(k, "Concat", [past[0], name], { axis: 2 }), shape: [shape[0], shape[1], shape[2] + past[1], shape[3]] };
}

interface Core {
  readonly q: Heads;
  readonly k: Heads;
  readonly v: Heads;
  readonly addends: readonly string[];
}

/** Output 0, [batch, queries, heads·size of V]. A scale that is not given, or 0, is 1/√size. */
function attend(node: RawNode, made: Composition, { q, k, v, addends }: Core, softcap = 0): void {
  const [batch, heads, queries, size] = q.shape;
  const scale = floatOf(node, "scale") ?? 0;
  const factor = number(made, scale === 0 ? 1 / Math.fround(Math.sqrt(size)) : scale);
  const product = made.node("MatMul", [q.name, made.node("Transpose", [k.name], { perm: [0, 1, 3, 2] })]);
  const scaled = made.node("Mul", [product, factor]);
  const capped = softcap === 0 ? scaled : made.node("Mul", [made.node("Tanh", [made.node("Div", [scaled, number(made, softcap)])]), number(made, softcap)]);
  const [first, ...others] = addends;
  const scores = first === undefined ? capped : made.node("Add", [capped, others.reduce((sum, own) => made.node("Add", [sum, own]), first)]);
  const y = made.node("MatMul", [made.node("Softmax", [scores], { axes: [3] }), v.name]);
  made.output(0, "Reshape", [made.node("Transpose", [y], { perm: [0, 2, 1, 3] })], { shape: [batch, queries, heads * v.shape[3]] });
}

/** attention_bias, mask and the order of positions, each where it is there. */
function addendsOf(node: RawNode, made: Composition, [mask, bias]: readonly [number, number], scores: Scores): readonly string[] {
  const filter = floatOf(node, "mask_filter_value") ?? -10000;
  return [
    ...(given(node, bias) ? [inputName(node, bias)] : []),
    ...(given(node, mask) ? [maskAddend(node, made, mask, scores, filter)] : []),
    ...(flagOf(node, "unidirectional", 0) === 1 && scores.queries > 1 ? [causalAddend(made, scores)] : []),
  ];
}

/** Attention on the projections `qkv`, [batch, positions, columns of Q, K and V]; past and present hold K and V together. */
function onProjections(node: RawNode, made: Composition, qkv: string, sizes: readonly [number, number, number], slots: { readonly mask: number; readonly past: number; readonly bias: number }): void {
  const { shape: [batch = 1, positions = 1] } = inputType(node, 0);
  const starts = [0, sizes[0], sizes[0] + sizes[1]];
  const [q, k, v] = sizes.map((columns, part) => split(made, section(made, [qkv, [batch, positions, sizes[0] + sizes[1] + sizes[2]]], 2, [starts[part] ?? 0, columns]), [batch, positions, columns], headCount(node, "num_heads", columns)));
  if (q === undefined || k === undefined || v === undefined) return;
  const before = given(node, slots.past) ? inputType(node, slots.past).shape[3] ?? 0 : 0;
  const past = (part: number): readonly [string, number] | undefined => (before === 0 ? undefined : [made.node("Gather", [inputName(node, slots.past)], { axis: 0, indices: [part], indexShape: [] }), before]);
  const [keys, values] = [joined(made, past(0), k, -1), joined(made, past(1), v, -1)];
  if (wanted(node, 1)) made.output(1, "Concat", [keys, values].map(({ name, shape }) => made.node("Reshape", [name], { shape: [1, ...shape] })), { axis: 0 });
  const addends = addendsOf(node, made, [slots.mask, slots.bias], { batch, queries: positions, keys: keys.shape[2] });
  attend(node, made, { q, k: keys, v: values, addends });
}

const projected = ["num_heads", "unidirectional", "scale", "mask_filter_value", "do_rotary", "past_present_share_buffer"];

function refuseRotary(node: RawNode): void {
  for (const name of ["do_rotary", "past_present_share_buffer"]) if (flagOf(node, name, 0) === 1) refuseValue(node, name, 1, "write these steps as nodes");
}

/** Q, K and V are columns of input·weights + bias. */
export const contribAttention: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, ...projected, "qkv_hidden_sizes", "rotary_embedding_dim");
  refuseRotary(node);
  const columns = inputType(node, 1).shape[1] ?? 0;
  const [q = columns / 3, k = q, v = q] = intsOf(node, "qkv_hidden_sizes") ?? [];
  if (q + k + v !== columns || q !== k) invalid("shape-mismatch", `Attention has weights of ${columns} columns for ${q}, ${k} and ${v}`, node.name, "correct qkv_hidden_sizes");
  const product = made.node("MatMul", [inputName(node, 0), inputName(node, 1)]);
  const qkv = given(node, 2) ? made.node("Add", [product, inputName(node, 2)]) : product;
  onProjections(node, made, qkv, [q, k, v], { mask: 3, past: 4, bias: 5 });
});

/** As Attention, the product being that of the quantised input and weights. */
export const qAttention: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, ...projected);
  refuseRotary(node);
  const columns = (inputType(node, 1).shape[1] ?? 0) / 3;
  const operands = [inputName(node, 0), inputName(node, 1), ...[6, 7].map((slot) => node.inputs[slot] ?? null)];
  const qkv = scaledProduct(made, operands, [scalarInput(node, made, 3), inputName(node, 4)], inputName(node, 2));
  onProjections(node, made, qkv, [columns, columns, columns], { mask: 5, past: 8, bias: Infinity });
});

/** Q, K and V are inputs, each with its part of the bias added; K and V may have their heads as an axis already. */
export const multiHeadAttention: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "num_heads", "unidirectional", "scale", "mask_filter_value");
  if (!given(node, 1) || !given(node, 2) || inputType(node, 0).shape.length !== 3) refuseValue(node, "query", "packed with key and value", "give query, key and value as inputs");
  for (const slot of [8, 9]) if (given(node, slot)) refuseValue(node, `input ${slot}`, "a shared buffer", "concatenate the past as nodes");
  if (wanted(node, 3)) refuseValue(node, "qk", "an output", "leave this output out");
  const { shape: [batch = 1, queries = 1, columns = 1] } = inputType(node, 0);
  const q = ownHeads(node, made, 0, 0);
  const [k, v] = [ownHeads(node, made, 1, columns), ownHeads(node, made, 2, 2 * columns)];
  const past = (slot: number): readonly [string, number] | undefined => (given(node, slot) ? [inputName(node, slot), inputType(node, slot).shape[2] ?? 0] : undefined);
  const [keys, values] = [joined(made, past(6), k, 1), joined(made, past(7), v, 2)];
  attend(node, made, { q, k: keys, v: values, addends: addendsOf(node, made, [4, 5], { batch, queries, keys: keys.shape[2] }) });
});

/** Input `slot` of MultiHeadAttention, its bias starting at column `first` of input 3. */
function ownHeads(node: RawNode, made: Composition, slot: number, first: number): Heads {
  const { shape } = inputType(node, slot);
  const [batch = 1, positions = 1, columns = 1, size] = shape;
  if (size !== undefined) return { name: inputName(node, slot), shape: [batch, positions, columns, size] };
  const x = given(node, 3) ? made.node("Add", [inputName(node, slot), section(made, [inputName(node, 3), inputType(node, 3).shape], 0, [first, columns])]) : inputName(node, slot);
  return split(made, x, [batch, positions, columns], headCount(node, "num_heads", columns));
}

/**
 * The prefill of a decoder: no past, every sequence of the whole length. Q and K are turned where
 * do_rotary says so; each head of K and V serves several of Q; a query sees the keys up
 * to itself, the last local_window_size of them where that is given.
 */
export const groupQueryAttention: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "num_heads", "kv_num_heads", "scale", "softcap", "do_rotary", "rotary_interleaved", "local_window_size", "smooth_softmax");
  checkPrefill(node);
  const { shape: [batch = 1, positions = 1, columns = 1] } = inputType(node, 0);
  const [heads, shared] = [intOf(node, "num_heads") ?? 0, intOf(node, "kv_num_heads") ?? 0];
  if (heads < 1 || shared < 1 || heads % shared !== 0) invalid("attribute-value", `GroupQueryAttention has ${heads} heads of Q for ${shared} of K`, node.name, "correct num_heads and kv_num_heads");
  const size = columns / (given(node, 1) ? heads : heads + 2 * shared);
  const counts = [heads, shared, shared] as const;
  const starts = [0, heads * size, (heads + shared) * size];
  const [q, k, v] = counts.map((count, part) => split(made, given(node, 1) ? inputName(node, part) : section(made, [inputName(node, 0), inputType(node, 0).shape], 2, [starts[part] ?? 0, count * size]), [batch, positions, count * size], count));
  if (q === undefined || k === undefined || v === undefined) return;
  const [turned, keys, values] = [rotated(node, made, q), joined(made, undefined, rotated(node, made, k), 1), joined(made, undefined, v, 2)];
  const core = { q: turned, k: repeated(made, keys, heads / shared), v: repeated(made, values, heads / shared) };
  const bias = given(node, 10) ? [inputName(node, 10)] : [];
  const order = positions > 1 ? [causalAddend(made, { queries: positions, keys: positions }, intOf(node, "local_window_size") ?? -1)] : [];
  attend(node, made, { ...core, addends: [...bias, ...order] }, floatOf(node, "softcap") ?? 0);
});

function checkPrefill(node: RawNode): void {
  const { shape: [, positions = 1] } = inputType(node, 0);
  const remedy = "compile the prefill: no past, constant lengths of the whole sequence";
  for (const slot of [3, 4, 9, 11, 12, 13]) if (given(node, slot)) refuseValue(node, `input ${slot}`, "given", remedy);
  for (const [slot, due] of [[5, positions - 1], [6, positions]] as const) {
    const value = constantInput(node, slot);
    const other = value === undefined ? undefined : integersOf(node, value, "length").find((length) => length !== due);
    if (other !== undefined) refuseValue(node, "sequence length", other, remedy);
  }
  if ((intOf(node, "smooth_softmax") ?? 0) > 0) refuseValue(node, "smooth_softmax", 1, "write these steps as nodes");
}

/** The first positions of the caches turn them, where do_rotary is set. */
function rotated(node: RawNode, made: Composition, { name, shape }: Heads): Heads {
  if (flagOf(node, "do_rotary", 0) === 0) return { name, shape };
  const [batch, , positions] = shape;
  const half = inputType(node, 7).shape[1] ?? 0;
  const caches = [7, 8].map((slot) => {
    const rows = section(made, [inputName(node, slot), inputType(node, slot).shape], 0, [0, positions]);
    return made.node("Expand", [made.node("Reshape", [rows], { shape: [1, positions, half] })], { shape: [batch, positions, half] });
  });
  const attributes = { interleaved: flagOf(node, "rotary_interleaved", 0), rotary_embedding_dim: 2 * half };
  return { name: made.node("RotaryEmbedding", [name, ...caches], attributes), shape };
}

/** Each head `count` times, one after the other. */
function repeated(made: Composition, { name, shape: [batch, heads, positions, size] }: Heads, count: number): Heads {
  if (count === 1) return { name, shape: [batch, heads, positions, size] };
  const apart = made.node("Reshape", [name], { shape: [batch, heads, 1, positions, size] });
  const expanded = made.node("Expand", [apart], { shape: [batch, heads, count, positions, size] });
  return { name: made.node("Reshape", [expanded], { shape: [batch, heads * count, positions, size] }), shape: [batch, heads * count, positions, size] };
}

/** RotaryEmbedding of com.microsoft: positions by token, or the position of the first one. */
export const contribRotaryEmbedding: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "interleaved", "num_heads", "rotary_embedding_dim", "is_packed_batching", "scale");
  if (flagOf(node, "is_packed_batching", 0) === 1) refuseValue(node, "is_packed_batching", 1, "give one sequence per batch");
  if ((floatOf(node, "scale") ?? 1) !== 1) refuseValue(node, "scale", floatOf(node, "scale"), "multiply as a node");
  const { shape } = inputType(node, 0);
  const [batch = 1, second = 1, third = 1, fourth] = shape;
  const half = inputType(node, 2).shape[1] ?? 0;
  const columns = fourth === undefined ? third : third * fourth;
  const heads = fourth !== undefined ? second : intOf(node, "num_heads") || columns / (2 * half);
  if (!Number.isInteger(heads)) invalid("attribute-value", `RotaryEmbedding has ${columns} columns for heads of ${2 * half}`, node.name, "give num_heads");
  const positions = fourth === undefined ? second : third;
  const x: Heads = fourth === undefined ? split(made, inputName(node, 0), [batch, second, third], heads) : { name: inputName(node, 0), shape: [batch, second, third, fourth] };
  const caches = [2, 3].map((slot) => made.node("Gather", [inputName(node, slot), positionsOf(node, made, batch, positions)], { axis: 0 }));
  const attributes = { interleaved: flagOf(node, "interleaved", 0), rotary_embedding_dim: intOf(node, "rotary_embedding_dim") || x.shape[3] };
  if (fourth !== undefined) {
    made.output(0, "RotaryEmbedding", [x.name, ...caches], attributes);
    return;
  }
  const together = made.node("Transpose", [made.node("RotaryEmbedding", [x.name, ...caches], attributes)], { perm: [0, 2, 1, 3] });
  made.output(0, "Reshape", [together], { shape: [batch, second, third] });
});

/** i64[batch, positions]. */
function positionsOf(node: RawNode, made: Composition, batch: number, positions: number): string {
  const { shape } = inputType(node, 1);
  if (shape.length === 2) return inputName(node, 1);
  const steps = made.constant(tensorOf("i64", [batch, positions], Array.from({ length: batch * positions }, (_, at) => BigInt(at % positions))));
  return made.node("Add", [steps, made.node("Reshape", [inputName(node, 1)], { shape: [] })]);
}
