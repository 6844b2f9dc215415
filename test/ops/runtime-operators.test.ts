/** Operators of com.microsoft, ai.onnx.ml and ai.onnx by small examples: what other sources of outputs do not have, and refusals. */
import test from "ava";
import { normaliseNode } from "../../src/onnx/normalise/index.js";
import { operatorFor } from "../../ir/ops/index.js";
import { refuses } from "../support/refusals.js";
import { type NodeCase, counting, f32, float, floats, i64s, int, ints, normalFormOf, rawNodeOf, runNode, tensor, text, valuesOf } from "./support.js";

const microsoft = "com.microsoft";
const learned = "ai.onnx.ml";
const one = f32([], [1]);
const byte = (value: number): ReturnType<typeof tensor> => tensor("u8", [], [value]);

test("BatchNormalization with training_mode: statistics of X, running ones beside them", (t) => {
  const inputs = [f32([2, 1, 2], [1, 7, 7, 1]), f32([1], [2]), f32([1], [1]), f32([1], [10]), f32([1], [20])];
  const [y, mean, variance] = runNode({ op: "BatchNormalization", inputs, attributes: { training_mode: int(1), momentum: float(0.5), epsilon: float(7) }, outputs: 3 });
  t.deepEqual([...(y?.data ?? [])], [-0.5, 2.5, 2.5, -0.5]);
  t.deepEqual([mean, variance].map((own) => [...(own?.data ?? [])]), [[7], [14.5]]);
});

test("CausalConvWithState: the state stands before the input, its successor is the end of both", (t) => {
  const inputs = [f32([1, 2, 3], [1, 2, 3, 4, 5, 6]), f32([2, 1, 2], [1, 10, 2, 1]), f32([2], [0, 100]), f32([1, 2, 1], [7, 8])];
  const [y, state] = runNode({ op: "CausalConvWithState", opset: 27, inputs, outputs: 2 });
  t.deepEqual([...(y?.data ?? [])], [17, 21, 32, 120, 113, 116]);
  t.deepEqual([...(state?.data ?? [])], [3, 6]);
  const [fresh] = runNode({ op: "CausalConvWithState", opset: 27, inputs: inputs.slice(0, 2) });
  t.deepEqual([...(fresh?.data ?? [])], [10, 21, 32, 4, 13, 16]);
});

test("DFT: a complex signal and back, and the pair of one side", (t) => {
  const signal = f32([1, 4, 2], [1, 0, 2, -1, 0, 3, -1, 1]);
  const [spectrum] = runNode({ op: "DFT", opset: 20, inputs: [signal] });
  t.deepEqual([...(spectrum?.data ?? [])], [2, 3, -1, -6, 0, 3, 3, 0]);
  t.deepEqual(valuesOf({ op: "DFT", opset: 20, inputs: [spectrum ?? null], attributes: { inverse: int(1) } }), [...signal.data]);
  const real = f32([1, 4, 1], [1, 2, 0, -1]);
  const [half] = runNode({ op: "DFT", opset: 17, inputs: [real], attributes: { onesided: int(1) } });
  t.deepEqual([half?.shape, [...(half?.data ?? [])]], [[1, 3, 2], [2, 0, 1, -3, 0, 0]]);
  t.deepEqual(valuesOf({ op: "DFT", opset: 20, inputs: [half ?? null], attributes: { onesided: int(1), inverse: int(1) } }), [...real.data]);
});

test("a Split with an empty part gives it as a constant, and Concat passes it over", (t) => {
  const parts = normaliseNode(rawNodeOf({ op: "Split", inputs: [counting([2, 3]), i64s(3, 0)], constants: [1], attributes: { axis: int(1) }, outputs: 2 }));
  t.deepEqual(parts.map(({ op, outputs }) => [op, outputs]), [["Split", ["y0"]], ["Constant", ["y1"]]]);
  t.deepEqual(normalFormOf({ op: "Concat", inputs: [counting([2, 3]), f32([2, 0], []), counting([2, 1])], attributes: { axis: int(1) } }).inputs, ["t0", "t2"]);
});

test("a quantised scalar is read", (t) => {
  t.deepEqual(valuesOf({ op: "DequantizeLinear", inputs: [byte(7), f32([], [0.5]), byte(3)] }), [2]);
});

test("MatMulNBits: nibbles, the lower first, in blocks with their scales and zero points", (t) => {
  const [a, b] = [f32([1, 32], Array.from({ length: 32 }, (_, k) => (k === 0 ? 1 : k === 1 ? 10 : k === 16 ? 100 : 0))), new Array<number>(16).fill(0)];
  [b[0], b[8]] = [0x95, 0x0c];
  const attributes = { K: int(32), N: int(1), bits: int(4), block_size: int(16) };
  const packed = tensor("u8", [1, 2, 8], b);
  t.deepEqual(valuesOf({ op: "MatMulNBits", domain: microsoft, inputs: [a, packed, f32([1, 2], [1, 0.5])], attributes }), [-3 + 10 * 1 + 100 * 4 * 0.5]);
  const zeroPoints = tensor("u8", [1, 1], [0x21]);
  t.deepEqual(valuesOf({ op: "MatMulNBits", domain: microsoft, inputs: [a, packed, f32([2], [1, 0.5]), zeroPoints, null, f32([1], [1000])], attributes }), [4 + 80 + 100 * 10 * 0.5 + 1000]);
});

test("BiasAdd, BiasSplitGelu, QLinearReduceMean, MulInteger and ReduceSumInteger", (t) => {
  const [x, bias] = [f32([1, 4], [1, 2, 3, 4]), f32([4], [0, 1, 0, -4])];
  t.deepEqual(valuesOf({ op: "BiasAdd", domain: microsoft, inputs: [x, bias, x] }), [2, 5, 6, 4]);
  const gelu = valuesOf({ op: "Gelu", inputs: [f32([2], [3, 0])] });
  t.deepEqual(valuesOf({ op: "BiasSplitGelu", domain: microsoft, inputs: [x, bias] }), [1 * Number(gelu[0]), 3 * Number(gelu[1])].map(Math.fround));
  const q = tensor("u8", [2, 2], [10, 13, 20, 25]);
  t.deepEqual(valuesOf({ op: "QLinearReduceMean", domain: microsoft, inputs: [q, one, byte(10), f32([], [0.5]), byte(1)], attributes: { axes: ints(1), keepdims: int(0) } }), [4, 26]);
  t.deepEqual(valuesOf({ op: "MulInteger", domain: microsoft, inputs: [q, byte(10), q, byte(20)] }), [0, -21, 0, 75]);
  t.deepEqual(valuesOf({ op: "ReduceSumInteger", domain: microsoft, inputs: [q], attributes: { axes: ints(0), keepdims: int(0) } }), [30, 38]);
});

/** Refused while it is normalised, or by the shape rule of the node that it becomes. */
const refusals: readonly (readonly [code: string, node: NodeCase])[] = [
  ["dynamic-shape", { op: "RoiAlign", inputs: [counting([1, 1, 4, 4]), f32([1, 4], [0, 0, 1, 1]), i64s(0)] }],
  ["attribute-value", { op: "RoiAlign", inputs: [counting([1, 1, 4, 4]), f32([1, 4], [0, 0, 1e6, 1]), i64s(0)], constants: [1] }],
  ["input-count", { op: "RoiAlign", inputs: [counting([1, 1, 4, 4]), f32([1, 4], [0, 0, 1, 1]), i64s(0), i64s(0)], attributes: { sampling_ratio: int(2) } }],
  ["attribute-value", { op: "MaxRoiPool", inputs: [counting([1, 1, 4, 4]), f32([1, 5], [0, 0, 0, 1, 1])] }],
  ["shape-mismatch", { op: "MaxRoiPool", inputs: [counting([1, 1, 4, 4]), f32([1, 4], [0, 0, 1, 1])], attributes: { pooled_shape: ints(1, 1) } }],
  ["input-count", { op: "LinearAttention", opset: 27, inputs: [counting([1, 2, 4]), counting([1, 2, 4]), counting([1, 2, 4])], attributes: { q_num_heads: int(2), kv_num_heads: int(2) } }],
  ["attribute-value", { op: "LinearAttention", opset: 27, inputs: [counting([1, 2, 4]), counting([1, 2, 4]), counting([1, 2, 4])], attributes: { q_num_heads: int(1), kv_num_heads: int(2), update_rule: text("linear") } }],
  ["attribute-value", { op: "LinearAttention", opset: 27, inputs: [counting([1, 2, 4]), counting([1, 2, 4]), counting([1, 2, 4])], attributes: { q_num_heads: int(2), kv_num_heads: int(2), update_rule: text("other") } }],
  ["shape-mismatch", { op: "LinearAttention", opset: 27, inputs: [counting([1, 2, 4]), counting([1, 3, 4]), counting([1, 2, 4])], attributes: { q_num_heads: int(2), kv_num_heads: int(2), update_rule: text("linear") } }],
  ["attribute-value", { op: "RoiAlign", inputs: [counting([1, 1, 4, 4]), f32([1, 4], [0, 0, 1, 1]), i64s(0)], attributes: { sampling_ratio: int(2), mode: text("min") } }],
  ["shape-mismatch", { op: "RoiAlign", inputs: [counting([1, 4, 4]), f32([1, 4], [0, 0, 1, 1]), i64s(0)], attributes: { sampling_ratio: int(2) } }],
  ["type-mismatch", { op: "RoiAlign", inputs: [counting([1, 1, 4, 4]), tensor("f64", [1, 4], [0, 0, 1, 1]), i64s(0)], attributes: { sampling_ratio: int(2) } }],
  ["dynamic-shape", { op: "DFT", opset: 20, inputs: [counting([1, 4, 1]), tensor("i64", [], [4n])] }],
  ["axis", { op: "DFT", opset: 20, inputs: [counting([1, 4, 1]), null, tensor("i64", [], [2n])], constants: [2] }],
  ["shape-mismatch", { op: "DFT", opset: 20, inputs: [counting([1, 4, 3])] }],
  ["attribute-value", { op: "DFT", opset: 20, inputs: [counting([1, 4, 2])], attributes: { onesided: int(1) } }],
  ["too-large", { op: "DFT", opset: 20, inputs: [counting([1, 4096, 2])] }],
  ["shape-mismatch", { op: "STFT", inputs: [counting([1, 8, 1]), tensor("i64", [], [2n]), counting([5]), tensor("i64", [], [4n])], constants: [1, 3] }],
  ["attribute-value", { op: "MelWeightMatrix", inputs: [...[0n, 16n, 8192n].map((value) => tensor("i64", [], [value])), f32([], [0]), f32([], [4096])], constants: [0, 1, 2, 3, 4] }],
  ["opset", { op: "CausalConvWithState", opset: 26, inputs: [counting([1, 1, 3]), counting([1, 1, 2])] }],
  ["shape-mismatch", { op: "CausalConvWithState", opset: 27, inputs: [counting([1, 2, 3]), counting([1, 1, 2])] }],
  ["attribute-value", { op: "MatMulNBits", domain: microsoft, inputs: [counting([1, 16]), tensor("u8", [1, 1, 8], new Array<number>(8).fill(0)), one], attributes: { K: int(16), N: int(1), bits: int(3), block_size: int(16) } }],
  ["shape-mismatch", { op: "MatMulNBits", domain: microsoft, inputs: [counting([1, 16]), tensor("u8", [1, 1, 4], [0, 0, 0, 0]), f32([1], [1])], attributes: { K: int(16), N: int(1), bits: int(4), block_size: int(16) } }],
  ["attribute-value", { op: "MultiHeadAttention", domain: microsoft, inputs: [counting([1, 2, 4]), null, null], attributes: { num_heads: int(2) } }],
  ["attribute-value", { op: "Attention", domain: microsoft, inputs: [counting([1, 2, 4]), counting([4, 12])], attributes: { num_heads: int(3) } }],
  ["shape-mismatch", { op: "Attention", domain: microsoft, inputs: [counting([1, 2, 4]), counting([4, 12])], attributes: { num_heads: int(2), qkv_hidden_sizes: ints(4, 4, 2) } }],
  ["dynamic-shape", { op: "GroupQueryAttention", domain: microsoft, inputs: [counting([1, 2, 4]), counting([1, 2, 4]), counting([1, 2, 4]), null, null, tensor("i32", [1], [1]), tensor("i32", [1], [2])], attributes: { num_heads: int(2), kv_num_heads: int(2) } }],
  ["attribute-value", { op: "GroupQueryAttention", domain: microsoft, inputs: [counting([1, 2, 4]), counting([1, 2, 4]), counting([1, 2, 4]), null, null, tensor("i32", [1], [0]), tensor("i32", [1], [2])], constants: [5, 6], attributes: { num_heads: int(2), kv_num_heads: int(2) } }],
  ["attribute-value", { op: "FusedConv", domain: microsoft, inputs: [counting([1, 1, 3]), counting([1, 1, 2])], attributes: { activation: text("Mish") } }],
  ["attribute-value", { op: "SkipSimplifiedLayerNormalization", domain: microsoft, inputs: [counting([1, 2]), counting([1, 2]), counting([2])], outputs: 2 }],
  ["attribute-value", { op: "LinearClassifier", domain: learned, inputs: [counting([1, 2])], attributes: { coefficients: floats(1, 2), intercepts: floats(0), classlabels_ints: ints(0, 1) } }],
  ["attribute-value", { op: "LinearRegressor", domain: learned, inputs: [counting([1, 2])], attributes: { coefficients: floats(1) } }],
  ["attribute-value", { op: "SVMClassifier", domain: learned, inputs: [counting([1, 2])], attributes: { classlabels_ints: ints(0, 1), coefficients: floats(1), rho: floats(0) } }],
  ["attribute-value", { op: "LabelEncoder", domain: learned, opset: 2, inputs: [i64s(1)], attributes: { keys_int64s: ints(1, 1), values_floats: floats(1, 2) } }],
  ["attribute-value", { op: "OneHotEncoder", domain: learned, inputs: [i64s(1)], attributes: { cats_int64s: ints(1), zeros: int(0) } }],
  ["attribute-value", { op: "TreeEnsemble", domain: learned, opset: 5, inputs: [counting([1, 2])], attributes: { tree_roots: ints(0) } }],
];

test("refusals of what has no one meaning here", (t) => {
  for (const [code, node] of refusals) {
    refuses(t, code, () => {
      const parts = normaliseNode(rawNodeOf(node));
      const types = new Map(node.inputs.flatMap((input, k) => (input === null ? [] : [[`t${k}` as string, input] as const])));
      const [part] = parts;
      if (parts.length !== 1 || part === undefined) return;
      operatorFor("", part.op)?.shape({ ...part, inputs: part.inputs.map((name) => (name === null ? null : types.get(name) ?? null)), outputCount: 1, constant: () => undefined });
    });
  }
});
