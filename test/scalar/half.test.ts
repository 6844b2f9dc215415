/**
 * The casts of f16 and bf16 against the definition of the formats in numbers (ir/scalar/half.ts), the definition against
 * the processor where it has such instructions, and the theorem by which operators on f16 and bf16 are those on f32.
 */
import test from "ava";
import { evaluator, f32Unary } from "../../ir/scalar/evaluate.js";
import { halfOfNumber, numberOfHalf } from "../../ir/scalar/half.js";
import { type ElementType, type HalfType, type ScalarValue, bitsOf, canonicalNaN, halfInfinity, isHalfNaN } from "../../ir/scalar/types.js";
import { present } from "../../ir/prelude.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { randomFrom as numbers } from "../loop/support.js";
import { f32FromBits } from "./random.js";
import { dataTypeOf } from "../../src/onnx/element-types.js";
import { int, runNode } from "../ops/support.js";

const halves = ["f16", "bf16"] as const;
const patterns = Array.from({ length: 2 ** 16 }, (_, pattern) => pattern);
/** Every finite number of the type from 0 on, ascending, and then the one that would come next. */
const magnitudes = (type: HalfType): readonly number[] => [
  ...patterns.slice(0, halfInfinity[type]).map((pattern) => numberOfHalf(type, pattern)), type === "f16" ? 65536 : 2 ** 128,
];

/** The nearest by search: the definition of rounding itself, for positive numbers. */
function nearestBySearch(type: HalfType, all: readonly number[], x: number): number {
  let [low, high] = [0, all.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((all[middle] ?? 0) <= x) low = middle;
    else high = middle;
  }
  const [below, above] = [x - (all[low] ?? 0), (all[high] ?? 0) - x];
  return below < above || (below === above && low % 2 === 0) ? low : Math.min(high, halfInfinity[type]);
}

for (const type of halves) {
  const widen = present(f32Unary(`cast.${type}.f32`), type);
  const narrow = present(f32Unary(`cast.f32.${type}`), type);
  const narrow64 = present(f32Unary(`cast.f64.${type}`), type);
  const all = magnitudes(type);

  test(`${type}: the numbers of all patterns ascend, and each is an f32`, (t) => {
    const wrong = all.slice(1, -1).filter((x, k) => x <= (all[k] ?? 0) || Math.fround(x) !== x);
    t.deepEqual(wrong, []);
    t.deepEqual([numberOfHalf(type, 1), numberOfHalf(type, 0x8001)], type === "f16" ? [2 ** -24, -(2 ** -24)] : [2 ** -133, -(2 ** -133)]);
    t.is(numberOfHalf(type, halfInfinity[type] - 1), type === "f16" ? 65504 : (2 - 2 ** -7) * 2 ** 127);
    t.is(numberOfHalf(type, type === "f16" ? 0x3555 : 0x3eab), type === "f16" ? 0.333251953125 : 0.333984375);
  });

  test(`${type}: every pattern widens to its number, and the number rounds to the pattern`, (t) => {
    const wrong = patterns.filter((pattern) => {
      const due = numberOfHalf(type, pattern);
      const back = isHalfNaN(type, pattern) ? Number(canonicalNaN[type]) : pattern;
      return !Object.is(widen(pattern), due) || [narrow(due), narrow64(due), halfOfNumber(type, due)].some((found) => found !== back);
    });
    t.deepEqual(wrong, []);
  });

  test(`${type}: every midpoint goes to even, its neighbours to the nearer side`, (t) => {
    let wrong = 0;
    for (let k = 0; k + 1 < all.length; k++) {
      const middle = ((all[k] ?? 0) + (all[k + 1] ?? 0)) / 2;
      const tie = k % 2 === 0 ? k : k + 1;
      const off = (all[1] ?? 0) * 2 ** -12;
      const f32s = [f32FromBits(Number(bitsOf("f32", middle)) - 1), middle, f32FromBits(Number(bitsOf("f32", middle)) + 1)];
      const f64s = [middle - Math.max(off, middle * 2 ** -52), middle, middle + Math.max(off, middle * 2 ** -52)];
      [k, tie, k + 1].forEach((due, at) => {
        for (const sign of [1, -1]) {
          const pattern = due | (sign < 0 ? 0x8000 : 0);
          if (narrow(sign * (f32s[at] ?? 0)) !== pattern) wrong++;
          if (narrow64(sign * (f64s[at] ?? 0)) !== pattern) wrong++;
          if (halfOfNumber(type, sign * (f64s[at] ?? 0)) !== pattern) wrong++;
        }
      });
    }
    t.is(wrong, 0);
  });

  test(`${type}: f32 patterns from all over round to the nearest, f64 with more digits once`, (t) => {
    const next = numbers(type.length);
    let wrong = 0;
    for (let block = 0; block < 2 ** 16; block++) {
      const pattern = ((block << 16) | Math.floor(next() * 2 ** 16)) >>> 0;
      const x = f32FromBits(pattern);
      const due = Number.isNaN(x) ? Number(canonicalNaN[type]) : nearestBySearch(type, all, Math.min(Math.abs(x), 2 ** 128)) | ((pattern >>> 31) << 15);
      if (narrow(x) !== due || halfOfNumber(type, x) !== due || narrow64(x) !== due) wrong++;
      const y = x * (1 + (next() - 0.5) * 2 ** -24); // an f64 near an f32
      if (narrow64(y) !== halfOfNumber(type, y)) wrong++;
    }
    t.is(wrong, 0);
  });

  test(`${type}: rounding f32 results is rounding once: + − × ÷ √ of numbers from all over`, (t) => {
    const next = numbers(7);
    const draw = (): number => numberOfHalf(type, Math.floor(next() * 2 ** 16));
    const f32 = { add: evaluator("add.f32"), sub: evaluator("sub.f32"), mul: evaluator("mul.f32"), div: evaluator("div.f32") };
    let wrong = 0;
    for (let k = 0; k < 2 ** 16; k++) {
      const [a, b] = [draw(), draw()];
      const near = numberOfHalf(type, Number(bitsOf(type, halfOfNumber(type, a))) ^ (k & 7)); // close to a: sums that cancel
      for (const [x, y] of [[a, b], [a, -near], [near, a]] as const) {
        const exact = { add: x + y, sub: x - y, mul: x * y, div: x / y };
        for (const name of ["add", "sub", "mul", "div"] as const) {
          if (type === "bf16" && name !== "mul" && name !== "div" && Math.abs(Math.log2(Math.abs(x / y))) > 40) continue; // not exact in f64
          if (narrow(Number(f32[name](x, y))) !== halfOfNumber(type, exact[name])) wrong++;
        }
      }
      if (narrow(Math.fround(Math.sqrt(Math.abs(a)))) !== halfOfNumber(type, Math.sqrt(Math.abs(a)))) wrong++;
    }
    t.is(wrong, 0);
  });
}

/** Cast of one-element tensors, as the operator has it. */
function cast(from: ElementType, values: readonly ScalarValue[], to: ElementType): readonly ScalarValue[] {
  const [output] = runNode({ op: "Cast", inputs: [tensorOf(from, [values.length], values)], attributes: { to: int(dataTypeOf(to)) } });
  return [...present(output, "output").data];
}

/** The nearest, from an exact integer: by comparing twice the distance, without a float in between. */
function halfOfInteger(type: HalfType, value: bigint): number {
  const [bits, limit] = type === "f16" ? [11n, 65504n] : [8n, 2n ** 128n];
  const size = value < 0n ? -value : value;
  const drop = BigInt(size.toString(2).length) - bits;
  let rounded = size;
  if (drop > 0n) {
    const [kept, rest, half] = [size >> drop, size & ((1n << drop) - 1n), 1n << (drop - 1n)];
    rounded = (kept + (rest > half || (rest === half && kept % 2n === 1n) ? 1n : 0n)) << drop;
  }
  const pattern = rounded > limit ? halfInfinity[type] : halfOfNumber(type, Number(rounded));
  return value < 0n ? pattern | 0x8000 : pattern;
}

for (const type of halves) {
  test(`${type}: integers of every type round once, also where an f32 or f64 between would not`, (t) => {
    const near = (x: bigint): readonly bigint[] => [-3n, -2n, -1n, 0n, 1n, 2n, 3n].map((d) => x + d);
    const ties = Array.from({ length: 56 }, (_, k) => (513n << BigInt(k)) >> 1n).concat(Array.from({ length: 55 }, (_, k) => 257n << BigInt(k)), Array.from({ length: 50 }, (_, k) => 4097n << BigInt(k)));
    const all = [...ties, 0n, 65504n, 65520n, 65536n, 2n ** 24n, 2n ** 31n, 2n ** 53n, 2n ** 62n, 2n ** 63n, 2n ** 64n - 4n].flatMap(near).flatMap((x) => [x, -x]);
    for (const from of ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"] as const) {
      const bits = BigInt(from.slice(1));
      const [low, high] = from.startsWith("u") ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
      const values = [...all.filter((x) => x >= low && x <= high), low, high];
      const given = bits === 64n ? values : values.map(Number);
      t.deepEqual(cast(from, given, type), values.map((x) => halfOfInteger(type, x)), from);
    }
    t.deepEqual(cast("bool", [0, 1], type), [0, halfOfNumber(type, 1)]);
  });

  test(`${type}: to every other type through f32, which holds each value`, (t) => {
    const sample = patterns.filter((pattern) => pattern % 37 === 0 || (pattern & 0x7fff) >= halfInfinity[type] - 4);
    const widened = sample.map((pattern) => numberOfHalf(type, pattern));
    for (const to of ["f64", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "bool"] as const) t.deepEqual(cast(type, sample, to), cast("f32", widened, to), to);
    const other = type === "f16" ? "bf16" : "f16";
    t.deepEqual(cast(type, sample, other), widened.map((x) => halfOfNumber(other, x)));
    t.deepEqual(cast(type, sample, type), sample);
  });
}
