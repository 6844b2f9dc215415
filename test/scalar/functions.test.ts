/**
 * The named functions: special values bit for bit, error bounds on inputs of every
 * exponent and around every threshold, and that evaluation is the term.
 */
import test from "ava";
import { basicEvaluator } from "../../ir/scalar/arith.js";
import { evalScalarFunction, evaluator, f32Binary, f32Unary } from "../../ir/scalar/evaluate.js";
import { functionOperators, scalarFunction } from "../../ir/scalar/ops.js";
import type { ScalarFunction, ScalarTerm } from "../../ir/scalar/term.js";
import { type ScalarValue, bitsOf, valueOf } from "../../ir/scalar/types.js";
import * as oracle from "./oracle.js";
import { f32FromBits, randomBits, stratifiedF32 } from "./random.js";

interface Unary {
  readonly name: string;
  readonly exact: (x: number) => number;
  /** Greatest error in ulp, as docs/elementary.md states it. */
  readonly bound: number;
  /** Inputs where the formula changes. */
  readonly thresholds: readonly number[];
  /** Input and expected result, bit for bit. */
  readonly special: readonly (readonly [number, number])[];
}

const least = 2 ** -149;

const unaries: readonly Unary[] = [
  {
    name: "exp", exact: Math.exp, bound: 0.8, thresholds: [-104, -103.97, -87.34, 0, 0.3466, 88.72, 89],
    special: [[0, 1], [-0, 1], [Infinity, Infinity], [-Infinity, 0], [89, Infinity], [-104, 0], [-103, least], [least, 1]],
  },
  {
    name: "log", exact: Math.log, bound: 0.65, thresholds: [2 ** -126, Math.SQRT1_2, 1, Math.SQRT2],
    special: [[0, -Infinity], [-0, -Infinity], [1, 0], [Infinity, Infinity], [-1, NaN], [-Infinity, NaN], [-least, NaN]],
  },
  {
    name: "tanh", exact: Math.tanh, bound: 0.7, thresholds: [-0.35, 0.35, 9.02, 10],
    special: [[0, 0], [-0, -0], [Infinity, 1], [-Infinity, -1], [least, least], [-least, -least]],
  },
  {
    name: "sigmoid", exact: oracle.sigmoid, bound: 0.8, thresholds: [-104, -87.34, 0, 17],
    special: [[0, 0.5], [-0, 0.5], [Infinity, 1], [-Infinity, 0], [-103, least]],
  },
  {
    name: "erf", exact: oracle.erf, bound: 1, thresholds: [-1, 1, 3.9375],
    special: [[0, 0], [-0, -0], [Infinity, 1], [-Infinity, -1], [3.9375, 1], [-4, -1], [least, least]],
  },
  {
    name: "softplus", exact: oracle.softplus, bound: 0.85, thresholds: [-104, -0.6931, 0, 0.6931, 100],
    special: [[Infinity, Infinity], [-Infinity, 0], [101, 101], [-103, least]],
  },
  {
    name: "gelu", exact: oracle.gelu, bound: 1, thresholds: [-14.5, -0.5, 0, 0.5, 14.5],
    special: [[0, 0], [-0, -0], [Infinity, Infinity], [-Infinity, -0], [20, 20], [-15, -0]],
  },
  {
    name: "reciprocal", exact: (x) => 1 / x, bound: 0.5, thresholds: [],
    special: [[0, Infinity], [-0, -Infinity], [Infinity, 0], [-Infinity, -0], [3, 11184811 * 2 ** -25]],
  },
  {
    name: "rsqrt", exact: (x) => 1 / Math.sqrt(x), bound: 0.501, thresholds: [2 ** -60, 1, 2 ** 60],
    special: [[0, Infinity], [-0, -Infinity], [Infinity, 0], [-1, NaN], [4, 0.5], [2 ** -126, 2 ** 63]],
  },
  {
    name: "exp2", exact: (x) => 2 ** x, bound: 0.81, thresholds: [-152, -149, -126, 0, 0.5, 128],
    special: [[0, 1], [128, Infinity], [-149, least], [-150, 0], [-151, 0], [Infinity, Infinity], [-Infinity, 0], [10, 1024]],
  },
  {
    name: "log1p", exact: Math.log1p, bound: 0.66, thresholds: [-1, -0.2929, 0.4142, 2 ** 24],
    special: [[-1, -Infinity], [-2, NaN], [0, 0], [-0, -0], [least, least], [Infinity, Infinity]],
  },
  {
    name: "sinh", exact: Math.sinh, bound: 0.8, thresholds: [2 ** -12, 0.3466, 8, 89.4],
    special: [[0, 0], [-0, -0], [-least, -least], [90, Infinity], [-Infinity, -Infinity]],
  },
  { name: "cosh", exact: Math.cosh, bound: 0.8, thresholds: [0.3466, 8, 89.4], special: [[-0, 1], [90, Infinity], [-Infinity, Infinity]] },
  {
    name: "asinh", exact: Math.asinh, bound: 0.7, thresholds: [2 ** -12, 0.5, 2 ** 13],
    special: [[0, 0], [-0, -0], [-least, -least], [-Infinity, -Infinity]],
  },
  {
    name: "acosh", exact: Math.acosh, bound: 0.7, thresholds: [1, 1.0442, 1.5, 2 ** 13],
    special: [[1, 0], [0.5, NaN], [-2, NaN], [Infinity, Infinity]],
  },
  {
    name: "atanh", exact: Math.atanh, bound: 0.7, thresholds: [2 ** -12, 0.1716, 1],
    special: [[1, Infinity], [-1, -Infinity], [1.5, NaN], [-0, -0], [least, least]],
  },
  {
    name: "sin", exact: Math.sin, bound: 0.8, thresholds: [0.7854, 1.5708, 3.1416, 6.2832, 16367173 * 2 ** 72],
    special: [[0, 0], [-0, -0], [-least, -least], [Infinity, NaN], [-Infinity, NaN]],
  },
  {
    name: "cos", exact: Math.cos, bound: 0.8, thresholds: [0.7854, 1.5708, 3.1416, 6.2832, 16367173 * 2 ** 72],
    special: [[0, 1], [-0, 1], [Infinity, NaN], [-Infinity, NaN]],
  },
  {
    name: "tan", exact: Math.tan, bound: 0.95, thresholds: [2 ** -12, 0.7854, 1.5708, 3.1416, 16367173 * 2 ** 72],
    special: [[0, 0], [-0, -0], [-least, -least], [Infinity, NaN]],
  },
  { name: "asin", exact: Math.asin, bound: 0.7, thresholds: [0.5, 1], special: [[-0, -0], [1.5, NaN], [-Infinity, NaN], [1, Math.fround(Math.PI / 2)]] },
  { name: "acos", exact: Math.acos, bound: 0.7, thresholds: [-1, -0.5, 0.5, 1], special: [[1, 0], [-1, Math.fround(Math.PI)], [1.5, NaN]] },
  {
    name: "atan", exact: Math.atan, bound: 0.9, thresholds: [0.41421356, 2.41421356, 2 ** 30],
    special: [[-0, -0], [Infinity, Math.fround(Math.PI / 2)], [-Infinity, -Math.fround(Math.PI / 2)]],
  },
];

/** Inputs of every exponent, inputs near each threshold, and a dense sweep of [−20, 20]. */
function* inputs(thresholds: readonly number[]): Generator<number> {
  yield* stratifiedF32(100, 11);
  for (const threshold of thresholds) {
    const bits = Number(bitsOf("f32", threshold));
    for (let k = Math.max(0, bits - 300); k < bits + 300; k++) yield f32FromBits(k);
  }
  for (let k = -20000; k <= 20000; k++) yield Math.fround(k * 0.001 + 1e-5);
}

for (const { name, exact, bound, thresholds, special } of unaries) {
  const f = f32Unary(`${name}.f32`);
  if (f === undefined) throw new Error(name);

  test(`${name}.f32 gives its special values`, (t) => {
    for (const [x, expected] of special) t.is(bitsOf("f32", f(x)), bitsOf("f32", expected), `${name}(${x}) = ${f(x)}`);
    t.is(f(NaN), NaN);
  });

  test(`${name}.f32 is within ${bound} ulp`, (t) => {
    let [worst, at] = [0, 0];
    for (const x of inputs(thresholds)) {
      const error = oracle.ulps(f(x), exact(x));
      if (!(error <= worst)) [worst, at] = [error, x];
    }
    t.true(worst <= bound + 1e-6, `${worst} ulp at ${at}: ${f(at)} for ${exact(at)}`);
    t.true(worst > 0.4, "the sample holds hard inputs");
  });
}

test("pow.f32 gives the special values of C99", (t) => {
  const odd = 16777215;
  const cases: readonly (readonly [number, number, number])[] = [
    [NaN, 0, 1], [NaN, -0, 1], [1, NaN, 1], [1, Infinity, 1], [-1, Infinity, 1], [-1, -Infinity, 1],
    [NaN, 2, NaN], [2, NaN, NaN], [0, NaN, NaN], [-2, 0.5, NaN], [-2, 8388607.5, NaN],
    [0, 2, 0], [-0, 3, -0], [-0, 2, 0], [-0, 0.5, 0], [0, -1, Infinity], [-0, -3, -Infinity], [-0, -2, Infinity],
    [Infinity, 2, Infinity], [Infinity, -2, 0], [-Infinity, 3, -Infinity], [-Infinity, -3, -0], [-Infinity, 0.5, Infinity],
    [2, Infinity, Infinity], [0.5, Infinity, 0], [-2, -Infinity, 0], [-0.5, -Infinity, Infinity],
    [-2, 3, -8], [-2, 2, 4], [3, 2, 9], [-1, odd, -1], [-1, odd + 1, 1], [4, 0.5, 2], [9, -0.5, 1 / 3],
    [2, -149, least], [-2, -149, -least], [2, 128, Infinity], [-2, 129, -Infinity], [10, 2, 100],
  ];
  for (const [a, b, expected] of cases) {
    const actual = evaluator("pow.f32")(a, b);
    t.is(bitsOf("f32", actual), bitsOf("f32", expected), `pow(${a}, ${b}) = ${actual}`);
  }
});

test("pow.f32 is within 0.9 ulp, near 1 and near the ends of the range too", (t) => {
  const f = f32Binary("pow.f32");
  const random = randomBits(23);
  let worst = 0;
  for (let k = 0; k < 100000; k++) {
    const near = k % 2 === 0 ? f32FromBits(0x3f800000 + (random() % 0x4000) - 0x2000) : f32FromBits(random() % 0x7f800000);
    const exponent = Math.fround(((random() / 2 ** 32) * 195 - 105) / Math.log(near));
    if (near !== 1) worst = Math.max(worst, oracle.ulps(f?.(near, exponent) ?? NaN, near ** exponent));
  }
  t.true(worst > 0.4 && worst <= 0.9, `${worst} ulp`);
});

/** The value of a term by recursion over it: the definition, with nothing compiled. */
function meaningOf(f: ScalarFunction, args: readonly ScalarValue[]): ScalarValue {
  const names = new Map<string, ScalarValue>(f.params.map(({ name }, k) => [name, args[k] ?? NaN]));
  const value = (term: ScalarTerm): ScalarValue => {
    if (term.kind === "const") return valueOf(term.constant);
    return term.kind === "ref" ? (names.get(term.name) ?? NaN) : basicEvaluator(term.op)(...term.args.map(value));
  };
  for (const { name, value: term } of f.lets) names.set(name, value(term));
  return value(f.value);
}

for (const op of functionOperators) {
  test(`${op}: evaluation is the term`, (t) => {
    const f = scalarFunction(op);
    if (f === undefined) return t.fail();
    const random = randomBits(5);
    const named = evaluator(op);
    for (const x of stratifiedF32(2, 17)) {
      const args = f.params.length === 1 ? [x] : [x, random() % 4 === 0 ? x : f32FromBits(random())];
      const expected = bitsOf(f.result, meaningOf(f, args));
      if (bitsOf(f.result, named(...args)) !== expected) return t.fail(`${op}(${args.join(", ")})`);
      if (random() % 64 === 0) t.is(bitsOf(f.result, evalScalarFunction(f, args)), expected);
    }
    t.pass();
  });
}

test("relu, leakyrelu, max and min choose as documented", (t) => {
  const cases: readonly (readonly [string, readonly number[], number])[] = [
    ["relu", [-1], 0],
    ["relu", [-0], -0],
    ["relu", [NaN], NaN],
    ["relu", [-Infinity], 0],
    ["relu", [2.5], 2.5],
    ["max", [1, 2], 2],
    ["max", [2, 1], 2],
    ["max", [0, -0], -0],
    ["max", [-0, 0], 0],
    ["max", [NaN, 1], NaN],
    ["max", [1, NaN], NaN],
    ["min", [1, 2], 1],
    ["min", [0, -0], -0],
    ["min", [-0, 0], 0],
    ["min", [NaN, -Infinity], NaN],
    ["min", [-Infinity, NaN], NaN],
  ];
  for (const type of ["f32", "f64"] as const) {
    for (const [name, args, expected] of cases) {
      const actual = evaluator(`${name}.${type}`)(...args);
      t.is(bitsOf(type, actual), bitsOf(type, expected), `${name}.${type}(${args.join(", ")}) = ${actual}`);
    }
  }
  t.is(evaluator("leakyrelu.f32")(-2, 0.25), -0.5);
  t.is(evaluator("leakyrelu.f32")(2, 0.25), 2);
  t.true(Object.is(evaluator("leakyrelu.f32")(-0, 0.25), -0));
});
