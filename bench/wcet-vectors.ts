/**
 * Inputs that try to make a network slow: constant tensors at the corners of the format
 * (zeros of both signs, subnormals, the largest, infinities, NaN), where functions such as
 * exp saturate, alternating signs, ramps up and down (each step a new maximum), stored
 * inputs, and random ones of several magnitudes.
 */
import { type ScalarValue, isFloat } from "../ir/scalar/types.js";
import { type Tensor, type TensorType, elementCount, tensorOf } from "../ir/tensor/tensor.js";
import { vectorFor } from "../src/run/vectors.js";

/** The value of element `k` of `n`. */
type Fill = (k: number, n: number) => number;

const largest = 3.4028234663852886e38;
/** Those first that cost most in the networks measured: a long network has time for a few only. */
const corners = [NaN, -0, Infinity, 0, -1, 1, -Infinity, largest, -largest, 2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -127)];
/** Around the arguments at which exp, tanh, the logistic function and their range reductions change their branch. */
const saturating = [0.25, 0.5, 0.625, 2, 6, 9, 17, 44, 88, 88.8, 104, 128, 255, 1e4, 1e30];

const constant = (value: number): Fill => () => value;
const alternating = (value: number): Fill => (k) => (k % 2 === 0 ? value : -value);

const floatFills: readonly Fill[] = [
  ...corners.map(constant),
  ...saturating.flatMap((value) => [constant(value), constant(-value), alternating(value)]),
  ...[Infinity, largest, 2 ** -149, 1].map(alternating),
  (k, n) => k / n, (k, n) => -k / n, (k, n) => 1 - (2 * k) / n, (k) => k, (k) => -k,
  (k) => (k % 3 === 0 ? NaN : k), (k, n) => (k === n - 1 ? NaN : 1), (k) => (k === 0 ? Infinity : -1),
];

/** Small integers can be data; wider ones are often indices and stay small. */
const byteFills: readonly Fill[] = [constant(-128), constant(127), constant(-1), constant(0), alternating(127), (k) => (k % 256) - 128];

/** `count` vectors: the stored ones, every adversarial one, then random ones. */
export function adversarialVectors(inputs: readonly TensorType[], stored: readonly (readonly Tensor[])[], count: number): readonly (readonly Tensor[])[] {
  const filled = Array.from({ length: Math.max(floatFills.length, byteFills.length) }, (_, k) => inputs.map((type) => filledWith(type, k)));
  const missing = Math.max(0, count - stored.length - filled.length);
  const random = Array.from({ length: missing }, (_, k) => (k % 2 === 0 ? vectorFor(inputs, k, "special") : scaled(vectorFor(inputs, k), 10 ** ((k % 7) - 3))));
  return [...stored.slice(0, 1), ...filled, ...stored.slice(1), ...random].slice(0, count);
}

function filledWith(tensor: TensorType, k: number): Tensor {
  const { type, shape } = tensor;
  const n = elementCount(shape);
  if (isFloat(type)) return made(tensor, (at) => fillAt(floatFills, k)(at, n));
  if (type === "i8") return made(tensor, (at) => fillAt(byteFills, k)(at, n));
  if (type === "u8") return made(tensor, (at) => fillAt(byteFills, k)(at, n) + 128);
  const [small] = vectorFor([tensor], k);
  return small ?? tensorOf(type, shape, []);
}

function fillAt(fills: readonly Fill[], k: number): Fill {
  return fills[k % fills.length] ?? constant(0);
}

function made({ type, shape }: TensorType, fill: (k: number) => ScalarValue): Tensor {
  return tensorOf(type, shape, Array.from({ length: elementCount(shape) }, (_, k) => fill(k)));
}

function scaled(vector: readonly Tensor[], factor: number): readonly Tensor[] {
  return vector.map((tensor) => (isFloat(tensor.type) ? made(tensor, (k) => Number(tensor.data[k]) * factor) : tensor));
}
