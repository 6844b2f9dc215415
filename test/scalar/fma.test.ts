/**
 * fma and the other f32 operations against a C compiler, on triples made to be hard:
 * products on midpoints with a tiny third operand, cancellation, gaps of every size
 * between product and addend, results in the subnormal range and near overflow.
 */
import test from "ava";
import { fmaF32, fmaF64 } from "../../ir/scalar/fma.js";
import { f32Binary, f32Unary } from "../../ir/scalar/evaluate.js";
import { hasTools } from "../support/tools.js";
import { runC } from "./c-reference.js";
import { type Random, f32FromBits, f64FromBits, randomBits, stratifiedF32 } from "./random.js";

const TRIPLES = 2_000_000;
const TRIPLES_F64 = 200_000;

function program(type: "float" | "double", suffix: string): string {
  return `#include <math.h>
#include <stdio.h>
int main(void) {
  ${type} x[3], y[6];
  while (fread(x, sizeof x, 1, stdin) == 1) {
    y[0] = fma${suffix}(x[0], x[1], x[2]);
    y[1] = x[0] + x[2]; y[2] = x[0] - x[2]; y[3] = x[0] * x[1]; y[4] = x[0] / x[1]; y[5] = sqrt${suffix}(x[0]);
    fwrite(y, sizeof y, 1, stdout);
  }
  return 0;
}
`;
}

/** a·b of 13 and 12 bits is a 25-bit number, mostly a midpoint of f32; c decides the way, or ties. */
function midpoint(random: Random): [number, number, number] {
  const a = (random() & 0x1fff) | 0x1001;
  const b = (random() & 0xfff) | 0x801;
  const scale = 2 ** ((random() % 200) - 100);
  const tiny = 2 ** -(random() % 40) * (random() & 1 ? 1 : -1);
  return [a * scale, b, random() & 3 ? tiny * scale : 0];
}

/** c near −a·b, or 2^gap away from it. */
function gap(random: Random): [number, number, number] {
  const [a, b] = [significand(random), significand(random)];
  const [ea, eb] = [(random() % 120) - 60, (random() % 120) - 60];
  const distance = random() & 1 ? 0 : (random() % 110) - 55;
  const c = (random() & 1 ? -a * b : significand(random)) * 2 ** (ea + eb + distance);
  return [a * 2 ** ea, b * 2 ** eb, c];
}

/** Products around the least subnormals and around overflow. */
function extreme(random: Random): [number, number, number] {
  const total = random() & 1 ? -(random() % 60) - 110 : 120 + (random() % 12);
  const half = Math.trunc(total / 2);
  const c = random() & 1 ? f32FromBits(random() & 0x80ffffff) : significand(random) * 2 ** total;
  return [significand(random) * 2 ** half, significand(random) * 2 ** (total - half), c];
}

function significand(random: Random): number {
  return f32FromBits(0x3f800000 | (random() & 0x807fffff));
}

function anyBits(random: Random): [number, number, number] {
  return [f32FromBits(random()), f32FromBits(random()), f32FromBits(random())];
}

const kinds = [midpoint, gap, extreme, anyBits];
const specials = [0, -0, 1, -1, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -149), 2 ** 127, 2 ** -126, 3];

function hardTriples(): Float32Array {
  const random = randomBits(20240607);
  const triples = specials.flatMap((a) => specials.flatMap((b) => specials.map((c) => [a, b, c])));
  const data = new Float32Array(3 * TRIPLES);
  for (let k = 0; k < TRIPLES; k++) data.set(triples[k] ?? kinds[k % kinds.length]?.(random) ?? [], 3 * k);
  return data;
}

function hardTriplesF64(): Float64Array {
  const random = randomBits(7);
  const data = new Float64Array(3 * TRIPLES_F64);
  for (let k = 0; k < TRIPLES_F64; k++) {
    const a = f64FromBits(random(), random());
    const b = f64FromBits(random(), random());
    const near = -(a * b) * (1 + (random() % 3) * 2 ** -52) * 2 ** ((random() % 5) - 2);
    data.set([a, b, k % 2 === 0 ? near : f64FromBits(random(), random())], 3 * k);
    if (k % 4 === 3) data.set([2 ** -500 + random() * 2 ** -560, 2 ** -540 * random(), 2 ** -1074 * random()], 3 * k);
  }
  return data;
}

function bytesOf(data: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(data.buffer);
}

type Elements = Float32Array | Float64Array;

/** The first difference between column `at` of C's six results and f, or undefined. */
function difference(input: Elements, output: Elements, at: number, f: (a: number, b: number, c: number) => number): string | undefined {
  for (let k = 0; 3 * k < input.length; k++) {
    const [a, b, c] = [input[3 * k] ?? NaN, input[3 * k + 1] ?? NaN, input[3 * k + 2] ?? NaN];
    const [ours, theirs] = [f(a, b, c), output[6 * k + at] ?? NaN];
    if (!Object.is(ours, theirs)) return `(${a}, ${b}, ${c}): ${ours}, C says ${theirs}`;
  }
  return undefined;
}

test("f32 fma, + − × ÷ and √ agree with C on two million hard triples", (t) => {
  if (!hasTools(t, "gcc")) return;
  const input = hardTriples();
  const output = new Float32Array(runC(program("float", "f"), bytesOf(input)));
  t.is(output.length, 2 * input.length);
  t.is(difference(input, output, 0, fmaF32), undefined);
  const binary = (op: string) => f32Binary(op) ?? (() => NaN);
  t.is(difference(input, output, 1, (a, _, c) => binary("add.f32")(a, c)), undefined);
  t.is(difference(input, output, 2, (a, _, c) => binary("sub.f32")(a, c)), undefined);
  t.is(difference(input, output, 3, (a, b) => binary("mul.f32")(a, b)), undefined);
  t.is(difference(input, output, 4, (a, b) => binary("div.f32")(a, b)), undefined);
  t.is(difference(input, output, 5, (a) => f32Unary("sqrt.f32")?.(a) ?? NaN), undefined);
  // The triples are hard: rounding twice, as the obvious formula does, fails on them.
  t.not(difference(input, output, 0, (a, b, c) => Math.fround(a * b + c)), undefined);
});

test("f64 fma agrees with C on hard triples", (t) => {
  if (!hasTools(t, "gcc")) return;
  const input = hardTriplesF64();
  const output = new Float64Array(runC(program("double", ""), bytesOf(input)));
  t.is(output.length, 2 * input.length);
  t.is(difference(input, output, 0, fmaF64), undefined);
  t.not(difference(input, output, 0, (a, b, c) => a * b + c), undefined);
});

test("f32 fma with the addend zero is the product, with a factor one the sum", (t) => {
  for (const x of stratifiedF32(4, 3)) {
    t.is(fmaF32(x, 3, 0), x === 0 ? 0 : Math.fround(x * 3));
    t.is(fmaF32(x, 1, 2), Math.fround(x + 2));
  }
});
