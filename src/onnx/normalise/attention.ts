/**
 * Attention as ONNX defines it (the function of opsets 23 and 24), with every shape known:
 *
 *     S = (√scale·Q)·(√scale·K)ᵀ;  S' = softcap·tanh(S / softcap);  Y = softmax(S' + bias)·V
 *
 * K and V are those of the past followed by those given, each of their heads standing for
 * several heads of Q. The bias is the mask (−∞ where a bool is false), shorter ones being
 * continued by −∞, plus −∞ where is_causal or nonpad_kv_seqlen says that a key is not seen.
 */
import { invalid } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, composed } from "./compose.js";
import { type Normaliser, allowOnly, flagOf, floatOf, inputName, inputType, intOf, refuseValue } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** A tensor of four axes: batch, heads, positions, size of a head. */
interface Heads {
  readonly name: string;
  readonly shape: readonly [batch: number, heads: number, positions: number, size: number];
}

/** Input `slot` with its heads as an axis; three axes hold the heads in the last one. */
function headsOf(node: RawNode, made: Composition, slot: number, attribute: string): Heads {
  const { shape: [batch = 1, second = 1, third = 1, fourth], type } = inputType(node, slot);
  if (type !== "f32") refuseValue(node, "element type", type, "use float");
  if (fourth !== undefined) return { name: inputName(node, slot), shape: [batch, second, third, fourth] };
  const heads = intOf(node, attribute) ?? 0;
  if (heads < 1 || third % heads !== 0) return invalid("attribute-value", `Attention has ${heads} ${attribute} for ${third} columns`, node.name, `correct ${attribute}`);
  const split = made.node("Reshape", [inputName(node, slot)], { shape: [batch, second, heads, third / heads] });
  return { name: made.node("Transpose", [split], { perm: [0, 2, 1, 3] }), shape: [batch, heads, second, third / heads] };
}

/** The past of `slot`, if there is one, and then `heads`; output `k`. */
function withPast(node: RawNode, made: Composition, { name, shape }: Heads, [slot, k]: readonly [number, number]): Heads {
  const past = node.inputs[slot] ?? null;
  if (past === null) return { name: made.output(k, "Identity", [name]), shape };
  const [batch, heads, positions, size] = shape;
  return { name: made.output(k, "Concat", [past, name], { axis: 2 }), shape: [batch, heads, positions + (inputType(node, slot).shape[2] ?? 0), size] };
}

/** Each head `count` times, one after the other. */
function repeated(made: Composition, { name, shape: [batch, heads, positions, size] }: Heads, count: number): Heads {
  if (count === 1) return { name, shape: [batch, heads, positions, size] };
  const apart = made.node("Reshape", [name], { shape: [batch, heads, 1, positions, size] });
  const expanded = made.node("Expand", [apart], { shape: [batch, heads, count, positions, size] });
  return { name: made.node("Reshape", [expanded], { shape: [batch, heads * count, positions, size] }), shape: [batch, heads * count, positions, size] };
}

const scalar = (value: number): ReturnType<typeof tensorOf> => tensorOf("f32", [], [Math.fround(value)]);

/** −∞ where `seen`, a bool tensor, is false, else 0. */
function penalty(made: Composition, seen: string): string {
  return made.node("Where", [seen, made.constant(scalar(0)), made.constant(scalar(-Infinity))]);
}

/** The mask as an addend for `keys` keys. */
function maskOf(node: RawNode, made: Composition, keys: number): readonly string[] {
  const name = node.inputs[3] ?? null;
  if (name === null) return [];
  const { type, shape } = inputType(node, 3);
  const addend = type === "bool" ? penalty(made, name) : name;
  const missing = keys - (shape.at(-1) ?? keys);
  if (missing <= 0) return [addend];
  const pads = [...shape.map(() => 0), ...shape.map((_, axis) => (axis === shape.length - 1 ? missing : 0))];
  return [made.node("Pad", [addend, made.constant(scalar(-Infinity))], { mode: "constant", pads })];
}

/** Position q + past sees the keys up to it. */
function causal(made: Composition, queries: number, keys: number, past: number): string {
  const values = Array.from({ length: queries * keys }, (_, at) => (at % keys > Math.floor(at / keys) + past ? -Infinity : 0));
  return made.constant(tensorOf("f32", [queries, keys], values));
}

/** Batch b sees the first nonpad_kv_seqlen[b] keys. */
function unpadded(made: Composition, lengths: string, batch: number, keys: number): string {
  const positions = made.constant(tensorOf("i64", [1, 1, 1, keys], Array.from({ length: keys }, (_, key) => BigInt(key))));
  return penalty(made, made.node("Less", [positions, made.node("Reshape", [lengths], { shape: [batch, 1, 1, 1] })]));
}

export const attention: Normaliser = (node) => {
  allowOnly(node, "is_causal", "kv_num_heads", "q_num_heads", "qk_matmul_output_mode", "scale", "softcap", "softmax_precision");
  return composed(node, (made) => {
    const q = headsOf(node, made, 0, "q_num_heads");
    const [k, v] = [withPast(node, made, headsOf(node, made, 1, "kv_num_heads"), [4, 1]), withPast(node, made, headsOf(node, made, 2, "kv_num_heads"), [5, 2])];
    const weights = made.node("Softmax", [scores(node, made, q, k)], { axes: [3] });
    if (modeOf(node) === 3) made.output(3, "Identity", [weights]);
    const count = q.shape[1] / k.shape[1];
    if (!Number.isInteger(count)) invalid("shape-mismatch", `Attention has ${q.shape[1]} heads of Q for ${k.shape[1]} of K`, node.name, "correct the numbers of heads");
    join(node, made, [weights, repeated(made, v, count).name], [q.shape[0], q.shape[1], q.shape[2], v.shape[3]]);
  });
};

function modeOf(node: RawNode): number {
  return intOf(node, "qk_matmul_output_mode") ?? 0;
}

/** What softmax is taken of; the further output after the step that its mode names. */
function scores(node: RawNode, made: Composition, q: Heads, k: Heads): string {
  const [batch, heads, queries, size] = q.shape;
  const keys = k.shape[2];
  const scale = floatOf(node, "scale") ?? Math.fround(1 / Math.fround(Math.sqrt(size)));
  const factor = made.constant(scalar(Math.sqrt(scale)));
  const columns = made.node("Transpose", [repeated(made, k, heads / k.shape[1]).name], { perm: [0, 1, 3, 2] });
  const product = made.node("MatMul", [made.node("Mul", [q.name, factor]), made.node("Mul", [columns, factor])]);
  const capped = softcapped(node, made, product);
  const seen = [
    ...maskOf(node, made, keys),
    ...(flagOf(node, "is_causal", 0) === 1 ? [causal(made, queries, keys, keys - (inputType(node, 1).shape.at(-2) ?? keys))] : []),
    ...((node.inputs[6] ?? null) === null ? [] : [unpadded(made, inputName(node, 6), batch, keys)]),
  ];
  const [bias, ...others] = seen;
  const biased = bias === undefined ? capped : made.node("Add", [capped, others.reduce((sum, own) => made.node("Add", [sum, own]), bias)]);
  const wanted = [product, capped, biased][modeOf(node)];
  if (wanted !== undefined && (node.outputs[3] ?? "") !== "") made.output(3, "Identity", [wanted]);
  return biased;
}

function softcapped(node: RawNode, made: Composition, product: string): string {
  const softcap = floatOf(node, "softcap") ?? 0;
  if (softcap === 0) return product;
  const factor = made.constant(scalar(softcap));
  return made.node("Mul", [made.node("Tanh", [made.node("Div", [product, factor])]), factor]);
}

/** Y; of three axes where Q has three. */
function join(node: RawNode, made: Composition, operands: readonly string[], [batch, heads, queries, size]: readonly [number, number, number, number]): void {
  if (inputType(node, 0).shape.length === 4) {
    made.output(0, "MatMul", operands);
    return;
  }
  const together = made.node("Transpose", [made.node("MatMul", operands)], { perm: [0, 2, 1, 3] });
  made.output(0, "Reshape", [together], { shape: [batch, queries, heads * size] });
}

/** The caches as they are, or one row per position; normal form: X of four axes, one angle per pair. */
export const rotaryEmbedding: Normaliser = (node) => {
  allowOnly(node, "interleaved", "num_heads", "rotary_embedding_dim");
  const interleaved = flagOf(node, "interleaved", 0);
  return composed(node, (made) => {
    const { shape: [batch = 1, second = 1, third = 1, fourth] } = inputType(node, 0);
    const x = headsOf(node, made, 0, "num_heads");
    const size = x.shape[3];
    const rotated = (intOf(node, "rotary_embedding_dim") ?? 0) || size;
    const positions = node.inputs[3] ?? null;
    const caches = [1, 2].map((slot) => (positions === null ? inputName(node, slot) : made.node("Gather", [inputName(node, slot), positions], { axis: 0 })));
    const attributes = { interleaved, rotary_embedding_dim: rotated };
    if (fourth !== undefined) {
      made.output(0, "RotaryEmbedding", [x.name, ...caches], attributes);
      return;
    }
    const together = made.node("Transpose", [made.node("RotaryEmbedding", [x.name, ...caches], attributes)], { perm: [0, 2, 1, 3] });
    made.output(0, "Reshape", [together], { shape: [batch, second, third] });
  });
};
