/** Vectors of integer products: zero points, scales, rounding and saturation. */
import { type NodeVector, f32, int, ints, out, typed, vector } from "./vector.js";

const half = f32([], 0.5);
const one = f32([], 1);

export const quantisedVectors: readonly NodeVector[] = [
  vector("MatMulInteger", "both zero points", { inputs: [typed("u8", [1, 2], 3, 5), typed("u8", [2, 1], 4, 9), typed("u8", [], 1), typed("u8", [], 2)] }, out([1, 1], 32)),
  vector("MatMulInteger", "no zero points, rows and columns", { inputs: [typed("u8", [2, 2], 1, 2, 3, 4), typed("i8", [2, 3], 1, 0, -1, 2, 1, 5)] }, out([2, 3], 5, 2, 9, 11, 4, 17)),
  vector("ConvInteger", "zero points, padding is of the zero point", { inputs: [typed("u8", [1, 1, 3], 2, 3, 5), typed("u8", [1, 1, 2], 3, 5), typed("u8", [], 1), typed("u8", [], 2)], attributes: { pads: ints(1, 0) } }, out([1, 1, 3], 3, 7, 14)),
  vector("ConvInteger", "strides, groups and channels", { inputs: [typed("u8", [1, 2, 3], 1, 2, 3, 4, 5, 6), typed("u8", [2, 1, 1], 2, 3)], attributes: { strides: ints(2), group: int(2) } }, out([1, 2, 2], 2, 6, 12, 18)),
  vector("QLinearMatMul", "scales and zero points", { inputs: [typed("u8", [1, 2], 3, 5), half, typed("u8", [], 1), typed("u8", [2, 1], 3, 5), f32([], 2), typed("u8", [], 1), f32([], 0.25), typed("u8", [], 10)] }, out([1, 1], 90)),
  vector("QLinearMatMul", "ties to even, saturation", { inputs: [typed("u8", [3, 1], 1, 3, 255), half, typed("u8", [], 0), typed("u8", [1, 1], 1), one, typed("u8", [], 0), one, typed("u8", [], 200)] }, out([3, 1], 200, 202, 255)),
  vector("QLinearConv", "scales and zero points", { inputs: [typed("u8", [1, 1, 3], 2, 3, 5), half, typed("u8", [], 1), typed("u8", [1, 1, 2], 3, 5), f32([], 2), typed("u8", [], 2), f32([], 0.25), typed("u8", [], 7)], attributes: { pads: ints(1, 0) } }, out([1, 1, 3], 19, 35, 63)),
  vector("QLinearConv", "a bias in the unit of the products", { inputs: [typed("u8", [1, 1, 2], 1, 2), half, typed("u8", [], 0), typed("u8", [2, 1, 1], 1, 3), one, typed("u8", [], 0), half, typed("u8", [], 0), typed("i32", [2], 10, 20)] }, out([1, 2, 2], 11, 12, 23, 26)),
];
