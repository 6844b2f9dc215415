/** From obligations to the ledger: order, covers, sharing, caching, counterexamples, and what is not proved. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { atLeast, below, equals, literal, plus, shift, times, variable } from "../../../ir/loop/index-expr.js";
import { evalFormula, lookup } from "../../../proofs/encode/formula.js";
import { condition, falsehood, not, truth } from "../../../proofs/kernel/obligation.js";
import type { Formula, GroundObligation, Obligation, SolverObligation } from "../../../proofs/kernel/obligation.js";
import { directoryCache } from "../../../proofs/provers/cache.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import type { DischargeOptions } from "../../../proofs/provers/discharge.js";
import { assertSomeObligations, summarise } from "../../../proofs/provers/ledger.js";
import type { LedgerLine } from "../../../proofs/provers/ledger.js";
import type { Answer } from "../../../proofs/provers/solver.js";
import { printObligation } from "../../../proofs/smt/print.js";
import { hasTools } from "../../support/tools.js";
import { counterexampleOf, enumeratePoint, makeObligation, randomObligation, seeded } from "./random-obligations.js";

const v = variable;
const z3: DischargeOptions = { jobs: 1, solver: "z3" };

/** Three variables in a chain: true only by adding two premises, which intervals do not do. */
function chain(id: string, [x, y, z]: readonly [string, string, string], gap: number, more: Partial<SolverObligation> = {}): SolverObligation {
  const premises = [condition(atLeast(v(y), shift(v(x), 1))), condition(atLeast(v(z), shift(v(y), 1)))];
  return makeObligation([x, y, z].map((name) => ({ name, extent: 100 })), premises, condition(atLeast(v(z), shift(v(x), gap))), { id, ...more });
}

/** Two equations without a common integer solution, which intervals do not see. */
const parity: readonly Formula[] = [
  condition(equals(plus(times(v("a"), 6), times(v("b"), 10)), plus(times(v("c"), 15), literal(1)))),
  condition(equals(plus(times(v("a"), 6), times(v("b"), 10)), plus(times(v("c"), 15), literal(2)))),
];

function overParity(id: string, cover: SolverObligation["cover"]): SolverObligation {
  return makeObligation(["a", "b", "c"].map((name) => ({ name, extent: 50 })), parity, falsehood, { id, cover });
}

function small(id: string, premises: readonly Formula[], goal: Formula, more: Partial<SolverObligation> = {}): SolverObligation {
  return makeObligation([{ name: "a", extent: 4 }], premises, goal, { id, ...more });
}

function fact(id: string, holds: boolean): GroundObligation {
  return { kind: "ground", id, stage: "test", rule: "M1", question: "1-defined", sentence: "", subject: { node: "", statement: "", buffer: "" }, holds, detail: "12 bytes, 16 available" };
}

function withoutTime(lines: readonly LedgerLine[]): unknown[] {
  return lines.map((line) => ({ ...line, ms: 0 }));
}

function whyOf(line: LedgerLine | undefined): string | undefined {
  return line?.verdict.kind === "unknown" ? line.verdict.why : line?.verdict.kind;
}

test.serial("discharge: one line per obligation, in their order, whoever settles it", async (t) => {
  const obligations: Obligation[] = [
    chain("solver", ["x", "y", "z"], 2),
    fact("fact", true),
    small("trivial", [], condition(atLeast(literal(1), literal(0)))),
    fact("no-fact", false),
    small("interval", [], condition(below(v("a"), 4))),
    small("wrong", [], condition(below(v("a"), 3))),
  ];
  const lines = await discharge(obligations, z3);
  t.deepEqual(lines.map((l) => l.id), obligations.map((o) => o.id));
  t.deepEqual(lines.map((l) => l.verdict.kind), ["proved", "proved", "proved", "refuted", "proved", "refuted"]);
  t.deepEqual(lines.map((l) => l.prover).slice(1), ["kernel", "trivial", "kernel", "interval", "example"]);
  t.regex(lines[0]?.prover ?? "", /^Z3 5\.1\.0\.0 \(wasm\)$/);
  t.is(lines[0]?.digest, printObligation(chain("solver", ["x", "y", "z"], 2)).digest);
  t.is(lines[3]?.detail, "12 bytes, 16 available");
  t.deepEqual(summarise(lines), { proved: 4, refuted: 2, unknown: 0 });
});

test.serial("discharge: a refutation carries a point that falsifies the claim", async (t) => {
  const [example] = await discharge([small("wrong", [], condition(below(v("a"), 3)))], z3);
  t.deepEqual(example?.verdict, { kind: "refuted", by: "example", counterexample: { a: 3 } });
  t.is(example?.cover?.found, "sat");
  const wrong = chain("wrong", ["x", "y", "z"], 3);
  const [line] = await discharge([wrong], { ...z3, solveAll: true });
  t.is(line?.verdict.kind, "refuted");
  if (line?.verdict.kind !== "refuted") return;
  const env = lookup(line.verdict.counterexample);
  t.true([...wrong.premises, not(wrong.goal)].every((f) => evalFormula(f, env)));
});

test.serial("discharge: premises without a point prove nothing, unless they were declared empty", async (t) => {
  const never = [condition(atLeast(v("a"), literal(2))), condition(below(v("a"), 2))];
  const obligations = [
    small("vacuous", never, falsehood),
    small("empty", never, falsehood, { cover: "expect-empty" }),
    small("not-empty", [condition(below(v("a"), 2))], truth, { cover: "expect-empty" }),
    overParity("vacuous-for-the-solver", "sat"),
    overParity("empty-for-the-solver", "expect-empty"),
  ];
  for (const options of [z3, { ...z3, solveAll: true }]) {
    const lines = await discharge(obligations, options);
    t.deepEqual(lines.map(whyOf), ["vacuous", "proved", "not-empty", "vacuous", "proved"]);
    t.deepEqual(lines.map((l) => l.cover?.found), ["unsat", "unsat", "sat", "unsat", "unsat"]);
    t.deepEqual(lines.map((l) => l.cover?.expected), ["sat", "unsat", "unsat", "sat", "unsat"]);
  }
});

test.serial("discharge: equal obligations are solved once, and each has its own names in its counterexample", async (t) => {
  const obligations = [
    chain("first", ["x", "y", "z"], 2),
    chain("renamed", ["p", "q", "r"], 2),
    chain("other-rule", ["x", "y", "z"], 2, { rule: "W3" }),
    chain("other-gap", ["x", "y", "z"], 1),
  ];
  const lines = await discharge(obligations, z3);
  t.deepEqual(lines.map((l) => l.verdict.kind), ["proved", "proved", "proved", "proved"]);
  t.deepEqual(lines.map((l) => l.sharedWith), [undefined, "first", undefined, undefined]);
  t.is(lines[1]?.digest, lines[0]?.digest);
  const alone = await discharge(obligations, { ...z3, solveAll: true });
  t.deepEqual(alone.map((l) => l.sharedWith), [undefined, undefined, undefined, undefined]);
  t.is(new Set(alone.map((l) => l.digest)).size, 4);
});

test.serial("discharge: a model shared by position is checked against the claim it is used for", async (t) => {
  const gap = [chain("p", ["x", "y", "z"], 2), chain("q", ["p", "q", "r"], 2)];
  const stored = new Map<string, Answer>();
  await discharge(gap, { ...z3, cache: stored });
  t.is(stored.size, 1);
  for (const key of stored.keys()) stored.set(key, { kind: "sat", values: [1, 2, 3] });
  const lines = await discharge(gap, { ...z3, cache: stored });
  t.deepEqual(lines.map(whyOf), ["solver-error", "solver-error"], "no cached model refutes what is true");
});

test.serial("discharge: answers are kept in a directory, damaged ones are asked again, audits read none", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "obligato-cache-"));
  const cache = directoryCache(directory);
  const obligations = [chain("one", ["x", "y", "z"], 2)];
  const [first] = await discharge(obligations, { ...z3, cache });
  const [second] = await discharge(obligations, { ...z3, cache });
  t.deepEqual([first?.verdict.kind, second?.verdict.kind, second?.prover], ["proved", "proved", "cache"]);
  const files = readdirSync(directory);
  t.is(files.length, 1);
  const path = join(directory, files[0] ?? "");
  t.is(readFileSync(path, "utf8"), '{"kind":"unsat"}');
  for (const damaged of ["", "{", '{"kind":"proved"}', '{"kind":"sat"}', '{"kind":"sat","values":["1"]}']) {
    writeFileSync(path, damaged);
    const [line] = await discharge(obligations, { ...z3, cache });
    t.regex(line?.prover ?? "", /^Z3/, damaged);
  }
  const [audited] = await discharge(obligations, { ...z3, cache, solveAll: true });
  t.regex(audited?.prover ?? "", /^Z3/);
  rmSync(directory, { recursive: true });
});

test.serial("discharge: random obligations get the verdict of enumeration, cheaply and by solver alone", async (t) => {
  const draw = seeded(99);
  const obligations = Array.from({ length: 60 }, (_, k) => randomObligation(draw, `random${k}`));
  const truths = obligations.map((o) => {
    if (counterexampleOf(o) !== undefined) return "refuted";
    return enumeratePoint(o.variables, o.premises) === undefined ? "vacuous" : "proved";
  });
  t.true(["refuted", "vacuous", "proved"].every((kind) => truths.filter((x) => x === kind).length > 5));
  t.deepEqual((await discharge(obligations, z3)).map(whyOf), truths);
  t.deepEqual((await discharge(obligations, { ...z3, jobs: 2, solveAll: true })).map(whyOf), truths);
});

test.serial("discharge: cvc5 gives the same verdicts", async (t) => {
  if (!hasTools(t, "cvc5")) return;
  const obligations = [chain("right", ["x", "y", "z"], 2), chain("wrong", ["x", "y", "z"], 3), overParity("empty", "expect-empty")];
  const lines = await discharge(obligations, { jobs: 2, solver: "cvc5", solveAll: true });
  t.deepEqual(lines.map(whyOf), ["proved", "refuted", "proved"]);
});

test.serial("discharge: two runs, with one lane or two, write the same ledger", async (t) => {
  const draw = seeded(3);
  const random = Array.from({ length: 200 }, (_, k) => randomObligation(draw, `random${k}`));
  const obligations = [...random, chain("a", ["x", "y", "z"], 2), overParity("b", "sat"), chain("c", ["y", "z", "x"], 2)];
  const one = await discharge(obligations, z3);
  const two = await discharge(obligations, { ...z3, jobs: 2 });
  t.deepEqual(withoutTime(one), withoutTime(two));
});

test.serial("discharge: progress ends with every obligation, each named once", async (t) => {
  const obligations = [chain("a", ["x", "y", "z"], 2), small("b", [], truth), fact("c", true), chain("d", ["p", "q", "r"], 2)];
  const seen: [number, number, string][] = [];
  await discharge(obligations, { ...z3, onProgress: (done, total, current) => seen.push([done, total, current]) });
  t.deepEqual(seen.map(([done]) => done), [1, 2, 3, 4]);
  t.true(seen.every(([, total]) => total === 4));
  t.deepEqual(seen.map(([, , id]) => id).sort(), ["a", "b", "c", "d"]);
});

test("discharge: a stage without obligations is our bug", (t) => {
  t.throws(() => assertSomeObligations([], "tile"), { message: /tile made no obligation/ });
  t.notThrows(() => assertSomeObligations([fact("c", true)], "tile"));
});

test.serial("discharge: thousands of cheap obligations are all settled", async (t) => {
  const many = Array.from({ length: 10000 }, (_, k) => small(`o${k}`, [condition(atLeast(v("a"), literal(k % 4)))], condition(below(v("a"), 4 + (k % 50)))));
  const lines = await discharge(many, z3);
  t.is(summarise(lines).proved, many.length);
});
