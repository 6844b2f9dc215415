/**
 * Which weights are defined in the header: single numbers, such as scales and zero points, where the compiler of the
 * program knows them. Not where loops are left to a vector unit, which keeps vectors of numbers that the compiler does not
 * know: gcc made 7 % more instructions of a keyword spotting network of 8 bits for x86-64-v3.
 */
import type { Program } from "../../ir/loop/program.js";
import { loopsOf } from "../../ir/loop/visit.js";
import { type Tensor, bytesOfElements } from "../../ir/tensor/tensor.js";

/** Their names. */
export function weightsInHeader(program: Program, weights: ReadonlyMap<string, Tensor>): ReadonlySet<string> {
  if (loopsOf(program).some(({ mode }) => mode === "vector")) return new Set();
  return new Set([...weights].flatMap(([name, tensor]) => (tensor.data.length === 1 && !hasNonFinite(tensor) ? [name] : [])));
}

/** Whether two weights hold the same bits. */
export function sameWeights(weights: ReadonlyMap<string, Tensor>, a: string, b: string | undefined): boolean {
  const [x, y] = [weights.get(a), b === undefined ? undefined : weights.get(b)];
  return x !== undefined && y !== undefined && x.type === y.type && Buffer.compare(bytesOfElements(x.data), bytesOfElements(y.data)) === 0;
}

/** Infinities and NaN are written with the macros of <math.h>. */
export function hasNonFinite({ data }: Tensor): boolean {
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return false;
  return data.some((x) => !Number.isFinite(x));
}
