/** Vectors of integer products: zero points, scales, rounding and saturation. */
import { type NodeVector, f32, int, ints, out, small, typed, vector } from "./vector.js";

const half = f32([], 0.5);
const one = f32([], 1);
const wide = f32([6], -1000, -8.5, -2, 1.5, 7.5, 1000);
const integers = typed("i32", [5], -9, -8, 7, 8, 255);

export const quantisedVectors: readonly NodeVector[] = [
  vector("MatMulInteger", "both zero points", { inputs: [typed("u8", [1, 2], 3, 5), typed("u8", [2, 1], 4, 9), typed("u8", [], 1), typed("u8", [], 2)] }, out([1, 1], 32)),
  vector("MatMulInteger", "no zero points, rows and columns", { inputs: [typed("u8", [2, 2], 1, 2, 3, 4), typed("i8", [2, 3], 1, 0, -1, 2, 1, 5)] }, out([2, 3], 5, 2, 9, 11, 4, 17)),
  vector("ConvInteger", "zero points, padding is of the zero point", { inputs: [typed("u8", [1, 1, 3], 2, 3, 5), typed("u8", [1, 1, 2], 3, 5), typed("u8", [], 1), typed("u8", [], 2)], attributes: { pads: ints(1, 0) } }, out([1, 1, 3], 3, 7, 14)),
  vector("ConvInteger", "strides, groups and channels", { inputs: [typed("u8", [1, 2, 3], 1, 2, 3, 4, 5, 6), typed("u8", [2, 1, 1], 2, 3)], attributes: { strides: ints(2), group: int(2) } }, out([1, 2, 2], 2, 6, 12, 18)),
  vector("QuantizeLinear", "saturates to 4 bits, signed", { inputs: [wide, one, small("i8", 4, [], 1)] }, out([6], -8, -7, -1, 3, 7, 7)),
  vector("QuantizeLinear", "saturates to 4 bits, unsigned", { inputs: [wide, one], attributes: { output_dtype: int(21) } }, out([6], 0, 0, 0, 2, 8, 15)),
  vector("QuantizeLinear", "saturates to 2 bits", { inputs: [wide, one], attributes: { output_dtype: int(26) } }, out([6], -2, -2, -2, 1, 1, 1)),
  vector("QuantizeLinear", "the quotient, 16.505, is rounded to f16 before it is to an integer", { inputs: [f32([1], 5.5), f32([], 0.33323)], attributes: { precision: int(10) } }, out([1], 16)),
  vector("QuantizeLinear", "the quotient, 16.505, stays an f32", { inputs: [f32([1], 5.5), f32([], 0.33323)], attributes: { precision: int(1) } }, out([1], 17)),
  vector("Cast", "integers to 4 bits keep the low ones, signed", { inputs: [integers], attributes: { to: int(22) } }, out([5], 7, -8, 7, -8, -1)),
  vector("Cast", "integers to 4 bits keep the low ones, unsigned", { inputs: [integers], attributes: { to: int(21) } }, out([5], 7, 8, 7, 8, 15)),
  vector("Cast", "floats to 4 bits keep the low ones of the integer part", { inputs: [wide], attributes: { to: int(22) } }, out([6], -8, -8, -2, 1, 7, -8)),
  vector("DequantizeLinear", "packed constant of 4 bits, odd count", { inputs: [small("i8", 4, [5], -8, 7, -1, 0, 3), half, small("i8", 4, [], -2)], constants: [0] }, out([5], -3, 4.5, 0.5, 1, 2.5)),
  vector("DequantizeLinear", "packed constant of 4 bits, blocks along axis 0", { inputs: [small("u8", 4, [3, 2], 15, 0, 1, 2, 9, 8), f32([2, 2], 1, 2, 4, 8)], constants: [0], attributes: { axis: int(0), block_size: int(2) } }, out([3, 2], 15, 0, 1, 4, 36, 64)),
  ...[5, 6, 7, 8].map((count) => {
    const values = [-2, 1, 0, -1, -2, 1, -1, 1].slice(0, count);
    return vector("DequantizeLinear", `packed constant of 2 bits, ${count} elements`, { inputs: [small("i8", 2, [count], ...values), one], constants: [0] }, out([count], ...values));
  }),
  vector("QLinearMatMul", "scales and zero points", { inputs: [typed("u8", [1, 2], 3, 5), half, typed("u8", [], 1), typed("u8", [2, 1], 3, 5), f32([], 2), typed("u8", [], 1), f32([], 0.25), typed("u8", [], 10)] }, out([1, 1], 90)),
  vector("QLinearMatMul", "ties to even, saturation", { inputs: [typed("u8", [3, 1], 1, 3, 255), half, typed("u8", [], 0), typed("u8", [1, 1], 1), one, typed("u8", [], 0), one, typed("u8", [], 200)] }, out([3, 1], 200, 202, 255)),
  vector("QLinearConv", "scales and zero points", { inputs: [typed("u8", [1, 1, 3], 2, 3, 5), half, typed("u8", [], 1), typed("u8", [1, 1, 2], 3, 5), f32([], 2), typed("u8", [], 2), f32([], 0.25), typed("u8", [], 7)], attributes: { pads: ints(1, 0) } }, out([1, 1, 3], 19, 35, 63)),
  vector("QLinearConv", "a bias in the unit of the products", { inputs: [typed("u8", [1, 1, 2], 1, 2), half, typed("u8", [], 0), typed("u8", [2, 1, 1], 1, 3), one, typed("u8", [], 0), half, typed("u8", [], 0), typed("i32", [2], 10, 20)] }, out([1, 2, 2], 11, 12, 23, 26)),
];
