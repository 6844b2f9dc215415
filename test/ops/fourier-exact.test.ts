/**
 * DFT and STFT against the exact sums: factors cos and sin of 2πnk/N to 100 bits by their
 * series in integers, samples as the integers that floats are, sums without rounding. What
 * is computed must be within the proven bound of a sum of f32 products: with u = 2⁻²⁴ and n
 * terms each result is off by at most ((1 + u)ⁿ⁺ᵏ − 1)·Σ|x·w|, k roundings to a product.
 */
import test, { type ExecutionContext } from "ava";
import { present } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { randomFrom } from "../loop/support.js";
import { type NodeCase, f32, int, runNode, tensor } from "./support.js";

/** Numbers here are integers over 2^bits. */
const bits = 160n;
const one = 1n << bits;
const times = (a: bigint, b: bigint): bigint => (a * b) >> bits;

/** arctan(1/x) by its series. */
function arctanOfInverse(x: bigint): bigint {
  let [sum, power] = [0n, one / x];
  for (let k = 1n; power !== 0n; k += 2n, power /= -(x * x)) sum += power / k;
  return sum;
}

/** 2π, π being 16·arctan(1/5) − 4·arctan(1/239) (Machin). */
const turn = 2n * (16n * arctanOfInverse(5n) - 4n * arctanOfInverse(239n));

/** cos (`first` = 0) or sin (`first` = 1) of an angle below 2π, by Taylor's series. */
function series(angle: bigint, first: 0 | 1): bigint {
  let [sum, term] = [0n, first === 0 ? one : angle];
  for (let k = BigInt(first) + 1n; term !== 0n; k += 2n) {
    sum += term;
    term = -times(times(term, angle), angle) / (k * (k + 1n));
  }
  return sum;
}

/** The integer that a float is, times 2^bits; floats here are multiples of 2⁻¹⁴⁹. */
function exactly(x: number): bigint {
  let [value, scale] = [x, 0n];
  while (!Number.isInteger(value)) [value, scale] = [value * 2, scale + 1n];
  return BigInt(value) << (bits - scale);
}

const toNumber = (x: bigint): number => Number(x) / 2 ** Number(bits);

interface Signal {
  /** [samples, 2]. */
  readonly parts: readonly (readonly [re: number, im: number])[];
  readonly length: number;
  readonly inverse: boolean;
}

interface Exact {
  readonly value: readonly [re: bigint, im: bigint];
  /** Σ|x·w| of either part. */
  readonly size: number;
}

/** Result k of the defining sum, without the division of an inverse one. */
function exactResult({ parts, length, inverse }: Signal, k: number): Exact {
  let [re, im, size] = [0n, 0n, 0];
  parts.forEach(([a, b], n) => {
    const angle = (turn * BigInt((n * k) % length)) / BigInt(length);
    const [c, s] = [series(angle, 0), series(angle, 1) * (inverse ? 1n : -1n)];
    const [x, y] = [exactly(a), exactly(b)];
    re += times(x, c) - times(y, s);
    im += times(x, s) + times(y, c);
    size += Math.abs(a) + Math.abs(b);
  });
  return { value: [re, im], size };
}

/** The largest error as a share of the bound. */
function worst(actual: readonly number[], expected: readonly bigint[], bounds: readonly number[]): number {
  return Math.max(...actual.map((value, k) => Math.abs(toNumber(exactly(value) - present(expected[k], "result"))) / present(bounds[k], "bound")));
}

const random = randomFrom(31);
const sample = (): number => Math.fround(4 * (random() - 0.5));
const bound = (terms: number, roundings: number, size: number): number => ((1 + 2 ** -24) ** (terms + roundings) - 1) * size + 2 ** -140;

function samples(count: number, complex: boolean): Signal["parts"] {
  return Array.from({ length: count }, () => [sample(), complex ? sample() : 0] as const);
}

function dataOf(node: NodeCase, contract: MulAddContract): { readonly shape: readonly number[]; readonly data: readonly number[] } {
  const [y] = runNode(node, contract);
  return { shape: present(y, "output").shape, data: Array.from<unknown, number>(present(y, "output").data, Number) };
}

function signalTensor(parts: Signal["parts"], complex: boolean): Tensor {
  return f32([1, parts.length, complex ? 2 : 1], parts.flatMap(([re, im]) => (complex ? [re, im] : [re])));
}

function checkTransform(t: ExecutionContext, length: number, complex: boolean, inverse: boolean): number {
  const parts = samples(length, complex);
  const shares = (["separate", "fused"] as const).map((contract) => {
    const { data, shape } = dataOf({ op: "DFT", opset: 20, inputs: [signalTensor(parts, complex)], attributes: { inverse: int(inverse ? 1 : 0) } }, contract);
    t.deepEqual(shape, [1, length, 2]);
    const exact = Array.from({ length }, (_, k) => exactResult({ parts, length, inverse }, k));
    const divisor = inverse ? BigInt(length) : 1n;
    const limit = exact.flatMap(({ size }) => [0, 1].map(() => bound(length * (complex ? 2 : 1), inverse ? 3 : 2, size) / Number(divisor)));
    return worst(data, exact.flatMap(({ value }) => value.map((part) => part / divisor)), limit);
  });
  return Math.max(...shares);
}

test("the series: π, and the cosine and sine of a sixth and an eighth of a turn", (t) => {
  t.is((turn / 2n) >> (bits - 96n), 0x3243f6a8885a308d313198a2en); // π = 3.243F6A88 85A308D3 13198A2E… to the base 16
  t.true(Math.abs(toNumber(series(turn / 6n, 0) - one / 2n)) < 2 ** -140);
  t.true(Math.abs(toNumber(series(turn / 8n, 0) - series(turn / 8n, 1))) < 2 ** -140);
});

test("DFT: forward and inverse, real and complex, within the bound of its sum for every length", (t) => {
  for (const [complex, inverse] of [[false, false], [true, false], [true, true]] as const) {
    const shares = [1, 2, 3, 5, 8, 12, 17, 31, 48].map((length) => checkTransform(t, length, complex, inverse));
    t.log(`${complex ? "complex" : "real"}${inverse ? ", inverse" : ""}: the largest error is ${Math.max(...shares).toFixed(3)} of the bound`);
    t.true(Math.max(...shares) <= 1);
  }
});

test("DFT: the oracle notices a sample, a factor or a length that is wrong", (t) => {
  const parts = samples(12, true);
  const { data } = dataOf({ op: "DFT", opset: 20, inputs: [signalTensor(parts, true)] }, "separate");
  const share = (signal: Signal): number => {
    const exact = Array.from({ length: 12 }, (_, k) => exactResult(signal, k));
    return worst(data, exact.flatMap(({ value }) => value), exact.flatMap(({ size }) => [bound(24, 2, size), bound(24, 2, size)]));
  };
  const right: Signal = { parts, length: 12, inverse: false };
  t.true(share(right) <= 1);
  t.true(share({ ...right, inverse: true }) > 1);
  t.true(share({ ...right, length: 13 }) > 1);
  t.true(share({ ...right, parts: parts.with(3, [Math.fround((parts[3]?.[0] ?? 0) + 2 ** -10), parts[3]?.[1] ?? 0]) }) > 1);
});

test("DFT of one side and back to real numbers", (t) => {
  for (const length of [2, 7, 12]) {
    const parts = samples(length, false);
    const { data, shape } = dataOf({ op: "DFT", opset: 20, inputs: [signalTensor(parts, false)], attributes: { onesided: int(1) } }, "separate");
    const results = Math.floor(length / 2) + 1;
    t.deepEqual(shape, [1, results, 2]);
    const exact = Array.from({ length: results }, (_, k) => exactResult({ parts, length, inverse: false }, k));
    t.true(worst(data, exact.flatMap(({ value }) => value), exact.flatMap(({ size }) => [bound(length, 2, size), bound(length, 2, size)])) <= 1);
  }
});

test("STFT: each frame times the window, within the bound of its sum", (t) => {
  const [extent, step, length] = [40, 7, 16];
  const [signal, window] = [samples(extent, false), Array.from({ length }, () => Math.fround(Math.abs(sample()) + 0.25))];
  const inputs = [signalTensor(signal, false), tensor("i64", [], [BigInt(step)]), f32([length], window), tensor("i64", [], [BigInt(length)])];
  for (const contract of ["separate", "fused"] as const) {
    const { data, shape } = dataOf({ op: "STFT", inputs, constants: [1, 3] }, contract);
    t.deepEqual(shape, [1, 4, 9, 2]);
    const shares = Array.from({ length: 4 * 9 }, (_, at) => {
      const [frame, k] = [Math.floor(at / 9), at % 9];
      const windowed = window.map((w, n): readonly [number, number] => [(signal[frame * step + n]?.[0] ?? 0) * w, 0]); // exact in a double
      const { value, size } = exactResult({ parts: windowed, length, inverse: false }, k);
      return worst(data.slice(2 * at, 2 * at + 2), value, [bound(length, 3, size), bound(length, 3, size)]);
    });
    t.true(Math.max(...shares) <= 1, `${Math.max(...shares)}`);
  }
});
