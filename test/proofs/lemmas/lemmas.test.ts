/**
 * Every lemma is proved by two code bases of solver, and every wrong version of it is
 * satisfiable; at random concrete values the lemmas hold in the interpreter's own
 * arithmetic and the wrong ones fail somewhere.
 */
import test from "ava";
import { f32Binary, f32Unary } from "../../../ir/scalar/evaluate.js";
import { lemmaNamed, lemmas } from "../../../proofs/lemmas/index.js";
import type { Problem } from "../../../proofs/lemmas/lemma.js";
import { startCvc5 } from "../../../proofs/provers/cvc5.js";
import type { Solver } from "../../../proofs/provers/solver.js";
import { startZ3 } from "../../../proofs/provers/z3.js";
import { hasTools } from "../../support/tools.js";

async function answerOf(solver: Solver, { text, assertions }: Problem): Promise<string> {
  return (await solver.check({ text, assertions, variables: [] })).kind;
}

test("lemmas: each has proofs and wrong versions, of its own names", (t) => {
  t.true(lemmas.length >= 5);
  t.is(new Set(lemmas.map(({ name }) => name)).size, lemmas.length);
  for (const { name, proofs, wrong, conditions } of lemmas) {
    t.true(proofs.length > 0 && wrong.length > 0 && conditions.length > 0, name);
    const names = [...proofs, ...wrong].map((problem) => problem.name);
    t.is(new Set(names).size, names.length, name);
  }
  t.deepEqual(lemmas.filter(({ usable }) => usable).map(({ name }) => name), ["split-k", "fold-batch-normalization", "integer-quantised", "store-padding", "winograd"]);
  t.is(lemmaNamed("no-such-lemma"), undefined);
});

for (const [name, tools, start] of [["Z3", [], startZ3], ["cvc5", ["cvc5"], startCvc5]] as const) {
  test(`lemmas: ${name} proves each, and finds each wrong version satisfiable`, async (t) => {
    t.timeout(120_000);
    if (!hasTools(t, ...tools)) return;
    const solver = await start();
    t.teardown(() => solver.close());
    for (const lemma of lemmas) {
      for (const problem of lemma.proofs) t.is(await answerOf(solver, problem), "unsat", `${lemma.name}: ${problem.name}`);
      for (const problem of lemma.wrong) t.is(await answerOf(solver, problem), "sat", `${lemma.name}: ${problem.name}`);
    }
  });
}

const [add, sub, mul, div, max] = ["add.f32", "sub.f32", "mul.f32", "div.f32", "max.f32"].map(binary) as [F32, F32, F32, F32, F32];
type F32 = (a: number, b: number) => number;

function binary(op: string): F32 {
  const evaluate = f32Binary(op);
  if (evaluate === undefined) throw new Error(op);
  return evaluate;
}

const relu = f32Unary("relu.f32") ?? (() => NaN);
const specials = [0, -0, 1, -1, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -126), 3.4028234663852886e38, 0.1, -2.5].map(Math.fround);

/** Bit patterns of every kind, the special ones first. */
function samples(count: number): readonly number[] {
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  return Array.from({ length: count }, (_, k) => {
    bits[0] = Math.imul(k + 1, 2654435761);
    return specials[k] ?? float[0] ?? 0;
  });
}

/** The pairs for which `holds` is false. */
function failures(holds: (a: number, b: number) => boolean): number {
  const values = samples(300);
  return values.reduce((count, a) => count + values.filter((b) => !holds(a, b)).length, 0);
}

test("skip-zero-tap at random values: true under its conditions, false without", (t) => {
  const holds = (a: number, w: number): boolean => Object.is(add(a, mul(0, w)), a);
  t.is(failures((a, w) => Object.is(a, -0) || !Number.isFinite(w) || holds(a, w)), 0);
  t.true(failures((a, w) => !Number.isFinite(w) || holds(a, w)) > 0, "from −0");
  t.true(failures((a, w) => Object.is(a, -0) || holds(a, w)) > 0, "with infinite weights");
  t.is(failures((a, y) => Object.is(a, -0) || !Object.is(add(a, y), -0)), 0, "the invariant");
});

test("batch-normalization-identity and relu-max at random values", (t) => {
  t.is(failures((x) => [mul(x, 1), div(x, 1), sub(x, 0), add(x, -0)].every((y) => Object.is(y, x))), 0);
  t.true(failures((x) => Object.is(add(x, 0), x)) > 0 && failures((x) => Object.is(sub(x, -0), x)) > 0);
  t.is(failures((x, y) => Object.is(max(0, x), relu(x)) && Object.is(add(x, y), add(y, x)) && Object.is(mul(x, y), mul(y, x))), 0);
  t.true(failures((x) => Object.is(max(x, 0), relu(x))) > 0 && failures((x, y) => Object.is(max(x, y), max(y, x))) > 0);
  t.true(failures((x) => Object.is(mul(0, x), 0)) > 0);
});

test("store-padding at random values: a zero difference changes no sum, a byte of zero does where it is not the zero point", (t) => {
  const values = Array.from({ length: 60 }, (_, k) => Math.imul(k + 1, 2654435761) | 0);
  const step = (a: number, d: number, w: number): number => (a + Math.imul(d, w)) | 0;
  const byte = (x: number): number => (x << 24) >> 24;
  t.true(values.every((a) => values.every((w) => step(a, byte(w) - byte(w), w) === a)));
  t.true(values.some((a) => values.some((w) => step(a, 0 - byte(a), w) !== a)));
});

test("winograd at random values: sixteen products make four times the sums of nine, modulo 2^32, and the quarter of a factor the same product", (t) => {
  const value = (k: number): number => Math.imul(k + 1, 2654435761) | 0;
  const add = (...terms: readonly number[]): number => terms.reduce((sum, x) => (sum + x) | 0, 0);
  const [weights, input, output] = [[[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]], [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], [[1, 1, 1, 0], [0, 1, -1, -1]]];
  const nested = (rows: readonly number[] = [], columns: readonly number[] = [], of: (a: number, b: number) => number): number =>
    add(...rows.flatMap((x, a) => columns.map((y, b) => Math.imul(x * y, of(a, b)))));
  for (let round = 0; round < 50; round++) {
    const [w, d] = [(k: number, l: number): number => value(100 * round + 3 * k + l), (a: number, b: number): number => value(100 * round + 50 + 4 * a + b)];
    const m = (i: number, j: number): number => Math.imul(nested(weights[i], weights[j], w), nested(input[i], input[j], d));
    for (const p of [0, 1]) for (const q of [0, 1]) {
      const sum = add(...[0, 1, 2].flatMap((k) => [0, 1, 2].map((l) => Math.imul(w(k, l), d(p + k, q + l)))));
      t.is(nested(output[p], output[q], m), Math.imul(4, sum));
    }
    const [s, f] = [value(round) >> 3, Math.fround(Math.abs(value(round)) * 2 ** -40)];
    t.is(mul(Math.fround(4 * s), f / 4), mul(Math.fround(s), f));
  }
  const least = 2 ** -126 + 2 ** -149;
  t.not(mul(4, Math.fround(least / 4)), mul(1, least), "a quarter that is not normal");
});

test("split-k at random values: partial sums of integers are the sum, whatever the parts", (t) => {
  for (let length = 2; length < 40; length++) {
    const f = Array.from({ length }, (_, k) => BigInt(Math.imul(k + length, 2654435761)));
    const whole = f.reduce((sum, x) => sum + x, 7n);
    for (const parts of [2, 3, 5].filter((count) => count <= length)) {
      for (const partOf of [(k: number) => k % parts, (k: number) => Math.floor(k / Math.ceil(length / parts))]) {
        const sums = Array.from({ length: parts }, (_, p) => f.filter((_x, k) => partOf(k) === p).reduce((sum, x) => sum + x, 0n));
        t.is(sums.reduce((sum, x) => sum + x, 7n), whole);
        if (partOf(length - 1) === parts - 1) t.not(sums.slice(0, -1).reduce((sum, x) => sum + x, 7n), whole, "without the last part");
      }
    }
  }
});
