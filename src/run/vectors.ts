/**
 * Input vectors made by the tool: for replaying refutations, for the known vector of
 * the self test, for comparing engines. Seeded, so that every run sees the same.
 */
import type { ScalarValue } from "../../ir/scalar/types.js";
import { halfOfNumber } from "../../ir/scalar/half.js";
import { bytesOf, isFloat, isHalf } from "../../ir/scalar/types.js";
import { type Tensor, type TensorType, elementCount, tensorOf } from "../../ir/tensor/tensor.js";

/** What a vector is made of. */
export type Flavour = "ordinary" | "special";

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function drawFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const specialFloats = [0, -0, 1, -1, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -126), 3.4028234663852886e38, 0.1, -2.5];

/** One vector for an interface; the inputs of a vector differ from each other. */
export function vectorFor(inputs: readonly TensorType[], seed: number, flavour: Flavour = "ordinary"): readonly Tensor[] {
  return inputs.map((type, k) => tensorFor(type, drawFrom(seed * 1009 + k), flavour));
}

function tensorFor({ type, shape }: TensorType, draw: () => number, flavour: Flavour): Tensor {
  let turn = Math.floor(draw() * specialFloats.length); // in turn, so that a long tensor holds every one of them
  const next = (): ScalarValue => {
    if (isHalf(type)) return flavour === "special" ? Math.floor(65536 * draw()) : halfOfNumber(type, 2 * draw() - 1);
    if (isFloat(type)) return flavour === "special" && draw() < 0.5 ? (specialFloats[turn++ % specialFloats.length] ?? 0) : 2 * draw() - 1;
    if (type === "bool") return draw() < 0.5 ? 0 : 1;
    return integerOf(type.startsWith("u"), bytesOf[type], flavour, draw);
  };
  return tensorOf(type, shape, Array.from({ length: elementCount(shape) }, next));
}

/** Small values, so that indices among them stay valid; the extremes for `special`. */
function integerOf(unsigned: boolean, bytes: number, flavour: Flavour, draw: () => number): ScalarValue {
  const bits = BigInt(8 * bytes);
  const [low, high] = unsigned ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
  const small = BigInt(Math.floor(draw() * 16)) - (unsigned ? 0n : 8n);
  const value = flavour === "special" && draw() < 0.3 ? (draw() < 0.5 ? low : high) : small;
  return bytes === 8 ? value : Number(value);
}
