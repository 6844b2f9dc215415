/** Vectors of operators that move elements, reduce, or normalise along axes. */
import { type NodeVector, counting, f32, float, i64s, int, ints, out, text, typed, vector } from "./vector.js";

const big = 2 ** 24;
/** exp of it is 0.6 · 2⁻²⁴: added to 1 it vanishes, and twice it does not. */
const faint = Math.fround(Math.log(0.6 * 2 ** -24));
const grid = counting([2, 3], 0);

function pad(about: string, mode: string, before: number, after: number, ...values: readonly number[]): NodeVector {
  return vector("Pad", about, { constants: [1], inputs: [counting([3]), i64s(before, after), mode === "constant" ? f32([], 9) : null], attributes: { mode: text(mode) } }, out([values.length], ...values));
}

function reduce(op: string, about: string, values: readonly number[], ...results: readonly number[]): NodeVector {
  return vector(op, about, { opset: 13, inputs: [f32([results.length, values.length / results.length], ...values)], attributes: op === "ReduceSum" ? {} : { axes: ints(1) } }, out(op === "ReduceSum" ? [1, 1] : [results.length, 1], ...results));
}

export const movementVectors: readonly NodeVector[] = [
  vector("Concat", "in order along the last axis", { inputs: [f32([2, 1], 0, 1), counting([2, 2], 10), f32([2, 1], 0, 1)], attributes: { axis: int(-1) } }, out([2, 4], 0, 10, 11, 0, 1, 12, 13, 1)),
  vector("Concat", "along the first axis", { inputs: [f32([1, 2], 0, 1), f32([1, 2], 2, 3)], attributes: { axis: int(0) } }, out([2, 2], 0, 1, 2, 3)),
  vector("Split", "given parts", { inputs: [grid, i64s(1, 2)], constants: [1], attributes: { axis: int(1) } }, out([2, 1], 0, 3), out([2, 2], 1, 2, 4, 5)),
  vector("Split", "equal parts, the last smaller", { inputs: [counting([5], 0)], attributes: { num_outputs: int(2) } }, out([3], 0, 1, 2), out([2], 3, 4)),
  vector("Split", "axis 0 unless said", { inputs: [counting([2, 2], 0), i64s(1, 1)], constants: [1] }, out([1, 2], 0, 1), out([1, 2], 2, 3)),
  vector("Slice", "to the greatest int64, by steps", { constants: [1, 2, 3, 4], inputs: [counting([5], 0), i64s(1), typed("i64", [1], 2n ** 63n - 1n), i64s(0), i64s(2)] }, out([2], 1, 3)),
  vector("Slice", "backwards to the least int64", { constants: [1, 2, 3, 4], inputs: [counting([5], 0), i64s(-1), typed("i64", [1], -(2n ** 63n)), i64s(0), i64s(-2)] }, out([3], 4, 2, 0)),
  vector("Slice", "clamps the start", { constants: [1, 2, 3], inputs: [counting([5], 0), i64s(-100), i64s(-1), i64s(0)] }, out([4], 0, 1, 2, 3)),
  vector("Slice", "attributes until opset 9", { opset: 9, inputs: [counting([2, 2], 0)], attributes: { starts: ints(1), ends: ints(9), axes: ints(1) } }, out([2, 1], 1, 3)),
  vector("Slice", "axes in any order", { constants: [1, 2, 3], inputs: [counting([2, 3], 0), i64s(1, 0), i64s(3, 1), i64s(1, 0)] }, out([1, 2], 1, 2)),
  pad("constant, more before than after", "constant", 2, 1, 9, 9, 1, 2, 3, 9),
  pad("constant, negative before", "constant", -1, 1, 2, 3, 9),
  pad("edge", "edge", 2, 1, 1, 1, 1, 2, 3, 3),
  pad("reflect", "reflect", 2, 1, 3, 2, 1, 2, 3, 2),
  pad("wrap", "wrap", 4, 1, 3, 1, 2, 3, 1, 2, 3, 1),
  vector("Pad", "0 unless said", { constants: [1], inputs: [f32([1], 5), i64s(0, 1)] }, out([2], 5, 0)),
  vector("Pad", "attributes until opset 10", { opset: 10, inputs: [f32([1, 1], 5)], attributes: { pads: ints(1, 1, 1, 0), value: float(-1) } }, out([3, 2], -1, -1, -1, 5, -1, -1)),
  vector("Pad", "two axes", { constants: [1], inputs: [counting([2, 2]), i64s(0, 1, 1, 0)] }, out([3, 3], 0, 1, 2, 0, 3, 4, 0, 0, 0)),
  vector("Pad", "chosen axes", { constants: [1, 3], inputs: [f32([1, 1], 5), i64s(1, 0), f32([], 7), i64s(-1)] }, out([1, 2], 7, 5)),
  vector("Transpose", "reverses the axes unless said", { inputs: [grid] }, out([3, 2], 0, 3, 1, 4, 2, 5)),
  vector("Transpose", "perm is where an axis comes from", { inputs: [counting([1, 2, 3], 0)], attributes: { perm: ints(2, 0, 1) } }, out([3, 1, 2], 0, 3, 1, 4, 2, 5)),
  vector("Reshape", "0 copies, -1 takes the rest", { inputs: [counting([2, 3, 2], 0), i64s(0, -1)], constants: [1] }, out([2, 6], ...Array.from({ length: 12 }, (_, k) => k))),
  vector("Flatten", "from axis 1 unless said", { inputs: [counting([2, 3, 1], 0)] }, out([2, 3], 0, 1, 2, 3, 4, 5)),
  vector("Flatten", "axis from the end", { inputs: [counting([2, 3, 1], 0)], attributes: { axis: int(-1) } }, out([6, 1], 0, 1, 2, 3, 4, 5)),
  vector("Squeeze", "all extents of 1 unless said", { inputs: [counting([1, 2, 1], 0)] }, out([2], 0, 1)),
  vector("Squeeze", "one axis from the end", { inputs: [counting([1, 2, 1], 0), i64s(-1)], constants: [1] }, out([1, 2], 0, 1)),
  vector("Unsqueeze", "axes of the result", { inputs: [grid, i64s(-1, 0)], constants: [1] }, out([1, 2, 3, 1], 0, 1, 2, 3, 4, 5)),
  vector("Unsqueeze", "in the middle", { inputs: [grid, i64s(1)], constants: [1] }, out([2, 1, 3], 0, 1, 2, 3, 4, 5)),
  vector("Unsqueeze", "attribute until opset 12", { opset: 11, inputs: [f32([2], 0, 1)], attributes: { axes: ints(1) } }, out([2, 1], 0, 1)),
  vector("Expand", "broadcasts both ways", { inputs: [f32([2, 1], 0, 1), i64s(1, 2, 2)], constants: [1] }, out([1, 2, 2], 0, 0, 1, 1)),
  vector("Tile", "repeats per axis", { inputs: [f32([1, 2], 0, 1), i64s(2, 1)], constants: [1] }, out([2, 2], 0, 1, 0, 1)),
  vector("Tile", "repeats along the last axis", { inputs: [f32([2, 1], 0, 1), i64s(1, 2)], constants: [1] }, out([2, 2], 0, 0, 1, 1)),
  vector("Gather", "negative indices", { constants: [1], inputs: [counting([2, 4], 0), i64s(3, 1, -1)], attributes: { axis: int(1) } }, out([2, 3], 3, 1, 3, 7, 5, 7)),
  vector("Gather", "axis 0 unless said; a scalar index drops it", { constants: [1], inputs: [counting([2, 4], 0), typed("i64", [], 1n)] }, out([4], 4, 5, 6, 7)),
  vector("Gather", "indices of rank 2", { constants: [1], inputs: [counting([4], 0), typed("i64", [2, 2], 3n, 1n, 0n, 2n)] }, out([2, 2], 3, 1, 0, 2)),
  vector("SpaceToDepth", "blocks first", { inputs: [counting([1, 1, 2, 4], 0)], attributes: { blocksize: int(2) } }, out([1, 4, 1, 2], 0, 2, 1, 3, 4, 6, 5, 7)),
  vector("DepthToSpace", "DCR unless said", { inputs: [counting([1, 8, 1, 1], 0)], attributes: { blocksize: int(2) } }, out([1, 2, 2, 2], 0, 2, 4, 6, 1, 3, 5, 7)),
  vector("DepthToSpace", "columns of blocks", { inputs: [counting([1, 4, 1, 2], 0)], attributes: { blocksize: int(2) } }, out([1, 1, 2, 4], 0, 2, 1, 3, 4, 6, 5, 7)),
  vector("DepthToSpace", "CRD", { inputs: [counting([1, 8, 1, 1], 0)], attributes: { blocksize: int(2), mode: text("CRD") } }, out([1, 2, 2, 2], 0, 1, 2, 3, 4, 5, 6, 7)),
  vector("Softmax", "along the last axis since opset 13", { inputs: [f32([1, 2, 2], 5, 5, 5, 5)] }, out([1, 2, 2], 0.5, 0.5, 0.5, 0.5)),
  vector("Softmax", "over the flattened rest before", { opset: 11, inputs: [f32([1, 2, 2], 5, 5, 5, 5)] }, out([1, 2, 2], 0.25, 0.25, 0.25, 0.25)),
  vector("Softmax", "along a chosen axis", { inputs: [f32([2, 2], 0, 3, -Infinity, 3)], attributes: { axis: int(0) } }, out([2, 2], 1, 0.5, 0, 0.5)),
  vector("Softmax", "row by row", { inputs: [f32([2, 2], 0, -Infinity, 3, 3)] }, out([2, 2], 1, 0, 0.5, 0.5)),
  vector("Softmax", "rows of three axes", { inputs: [f32([1, 2, 2], 0, -1000, 1000, 1000)] }, out([1, 2, 2], 1, 0, 0.5, 0.5)),
  vector("Softmax", "each row has its own largest", { inputs: [f32([2, 2], 0, -1000, 1000, 1000)] }, out([2, 2], 1, 0, 0.5, 0.5)),
  vector("Softmax", "the last may be the largest", { inputs: [f32([3], -1000, 0, 1000)] }, out([3], 0, 0, 1)),
  vector("Softmax", "all far below 0", { inputs: [f32([2], -1000, -1000)] }, out([2], 0.5, 0.5)),
  vector("Softmax", "flattened: the sum goes row before column", { opset: 11, inputs: [f32([1, 2, 2], faint, 0, faint, faint)] }, out([1, 2, 2], Math.fround(Math.exp(faint)), 1, Math.fround(Math.exp(faint)), Math.fround(Math.exp(faint)))),
  vector("Softmax", "the largest is subtracted", { inputs: [f32([2], 1000, 1000)] }, out([2], 0.5, 0.5)),
  vector("Softmax", "the largest of all is subtracted, not the first", { inputs: [f32([3], -1000, 1000, 1000)] }, out([3], 0, 0.5, 0.5)),
  vector("Softmax", "an infinite input", { inputs: [f32([2], Infinity, 0)] }, out([2], NaN, NaN)),
  vector("LogSoftmax", "equal inputs", { inputs: [f32([2, 2], 7, 7, 1, 1)] }, out([2, 2], ...Array.from({ length: 4 }, () => -Math.fround(Math.LN2)))),
  vector("LogSoftmax", "rows of three axes", { inputs: [f32([1, 2, 2], 0, -1000, 1000, 1000)] }, out([1, 2, 2], 0, -1000, -Math.fround(Math.LN2), -Math.fround(Math.LN2))),
  vector("LogSoftmax", "each row has its own largest", { inputs: [f32([2, 2], 0, -1000, 1000, 1000)] }, out([2, 2], 0, -1000, -Math.fround(Math.LN2), -Math.fround(Math.LN2))),
  vector("LogSoftmax", "the last may be the largest", { inputs: [f32([2], 0, 1000)] }, out([2], -1000, 0)),
  vector("LogSoftmax", "all far below 0", { inputs: [f32([2], -1000, -1000)] }, out([2], -Math.fround(Math.LN2), -Math.fround(Math.LN2))),
  vector("LogSoftmax", "three axes", { inputs: [f32([1, 2, 2], 7, 7, 7, 7)] }, out([1, 2, 2], ...Array.from({ length: 4 }, () => -Math.fround(Math.LN2)))),
  vector("LogSoftmax", "along a chosen axis", { inputs: [f32([2, 1], 1000, 1000)], attributes: { axis: int(0) } }, out([2, 1], -Math.fround(Math.LN2), -Math.fround(Math.LN2))),
  vector("ReduceSum", "without keepdims", { inputs: [grid, i64s(-1)], constants: [1], attributes: { keepdims: int(0) } }, out([2], 3, 12)),
  vector("ReduceSum", "all axes, kept, unless said", { inputs: [grid] }, out([1, 1], 15)),
  vector("ReduceSum", "noop_with_empty_axes", { inputs: [grid], attributes: { noop_with_empty_axes: int(1) } }, out([2, 3], 0, 1, 2, 3, 4, 5)),
  vector("ReduceSum", "in order", { inputs: [f32([3], big, 1, -big)] }, out([1], 0)),
  vector("ReduceSum", "rows before columns", { inputs: [f32([2, 2], big, 1, -big, 1)] }, out([1, 1], 1)),
  vector("ReduceMean", "attribute until opset 17", { opset: 13, inputs: [grid], attributes: { axes: ints(0) } }, out([1, 3], 1.5, 2.5, 3.5)),
  vector("ReduceMean", "in order", { opset: 13, inputs: [f32([4], big, 1, -big, 8)] }, out([1], 2)),
  reduce("ReduceMax", "NaN spreads", [-3, NaN, -1, -2], NaN, -1),
  reduce("ReduceMin", "least", [5, 4, 3, 0, 1, NaN], 3, NaN),
  reduce("ReduceMax", "of zeros the later", [0, -0, -0, 0], -0, 0),
  reduce("ReduceMin", "of zeros the later", [0, -0, -0, 0], -0, 0),
  reduce("ReduceProd", "products", [1, 2, 3, 4], 2, 12),
  reduce("ReduceL1", "absolute values", [-3, 4, 0, -1], 7, 1),
  reduce("ReduceL2", "root of squares", [3, 4, 0, -2], 5, 2),
  reduce("ReduceSumSquare", "squares", [3, 4, 1, -1], 25, 2),
  reduce("ReduceLogSum", "logarithm of the sum", [0.25, 0.75, 0, 0], 0, -Infinity),
];
