/** Flow facts: the counts are those of the run, for every loop, guard and statement. */
import test from "ava";
import { countPoints } from "../../ir/loop/count.js";
import { evalProgram } from "../../ir/loop/eval.js";
import { factsOf } from "../../ir/loop/facts.js";
import { type Condition, atLeast, below, equals, floordiv, holds, literal, minus, mod, plus, shift, times, variable } from "../../ir/loop/index-expr.js";
import { parseProgram } from "../../ir/loop/parse.js";
import type { Guard, Node, Program } from "../../ir/loop/program.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { randomProgram } from "./random-program.js";
import { caseNames, randomFrom, randomInputs, randomTensor, readCase } from "./support.js";

function guardsOf(body: readonly Node[]): Guard[] {
  return body.flatMap((node) => (node.kind === "store" ? [] : [...(node.kind === "guard" ? [node] : []), ...guardsOf(node.body)]));
}

/** How often each loop is entered, each guard holds, each statement runs: counted while running. */
function observed(program: Program, weights: ReadonlyMap<string, Tensor>): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  const bump = (key: unknown): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  const hooks = { onLoop: bump, onGuard: bump, onStore: bump };
  evalProgram(program, randomInputs(program, weights, 1), { hooks });
  return counts;
}

/** The facts of every loop, guard and statement beside what was observed. */
function compare(program: Program, weights: ReadonlyMap<string, Tensor>): { stated: number[]; seen: number[] } {
  const counts = observed(program, weights);
  const facts = factsOf(program);
  const byName = new Map([...counts].flatMap(([node, n]) => {
    const { variable: loop, name } = node as { variable?: string; name?: string };
    return loop === undefined && name === undefined ? [] : [[loop ?? name ?? "", n] as const];
  }));
  const guards = guardsOf(program.body);
  return {
    stated: [...facts.loops.map((f) => f.entries), ...facts.statements.map((f) => f.executions), ...facts.guards.map((f) => f.taken)],
    seen: [...facts.loops.map((f) => byName.get(f.loop) ?? 0), ...facts.statements.map((f) => byName.get(f.statement) ?? 0), ...guards.map((g) => counts.get(g) ?? 0)],
  };
}

const random = randomFrom(5);
const weights = new Map([
  ["W", randomTensor({ type: "f32", shape: [3, 2, 3, 3] }, random)],
  ["B", randomTensor({ type: "f32", shape: [3] }, random)],
]);

for (const name of caseNames) {
  test(`${name}: the facts are what a run counts`, (t) => {
    const given = name === "tile-tail.loop" ? new Map([["W", randomTensor({ type: "f32", shape: [30] }, random)]]) : weights;
    const { stated, seen } = compare(parseProgram(readCase(name)), given);
    t.deepEqual(stated, seen);
  });
}

test("the facts of 200 random programs are what their runs count", (t) => {
  for (let seed = 1000; seed < 1200; seed++) {
    const { stated, seen } = compare(randomProgram(seed), new Map());
    t.deepEqual(stated, seen, `seed ${seed}`);
  }
});

test("a padded convolution: entries, totals and the taps inside", (t) => {
  const { loops, guards, statements } = factsOf(parseProgram(readCase("conv-padded.loop")));
  t.deepEqual(loops.map(({ loop, parent, extent, entries, total }) => [loop, parent, extent, entries, total]), [
    ["m", undefined, 3, 1, 3], ["i", "m", 5, 3, 15], ["j", "i", 5, 15, 75],
    ["c", "j", 2, 75, 150], ["p", "c", 3, 150, 450], ["q", "p", 3, 450, 1350],
  ]);
  t.deepEqual(guards.map(({ parent, reached, taken }) => [parent, reached, taken]), [["q", 1350, 3 * 2 * 13 * 13]]);
  t.deepEqual(statements.map(({ statement, executions }) => [statement, executions]), [["init", 75], ["step", 3 * 2 * 13 * 13]]);
});

const v = variable;

test("counting agrees with enumeration on conditions of every shape", (t) => {
  const axes = [{ variable: "a", extent: 6 }, { variable: "b", extent: 5 }, { variable: "c", extent: 4 }];
  const sets: readonly (readonly Condition[])[] = [
    [],
    [atLeast(v("a"), literal(2)), below(plus(v("a"), v("b")), 7)],
    [equals(plus(v("a"), v("c")), times(v("b"), 2))],
    [equals(times(v("a"), 2), literal(5))],
    [equals(mod(v("a"), 3), literal(1)), atLeast(floordiv(plus(v("b"), v("c")), 3), literal(1))],
    [atLeast(minus(times(v("a"), 3), times(v("b"), 2)), shift(v("c"), 1)), below(v("c"), 3)],
    [atLeast(v("a"), literal(6))],
    [equals(v("a"), v("b")), equals(v("b"), v("c"))],
  ];
  for (const conditions of sets) {
    let points = 0;
    for (let a = 0; a < 6; a++) for (let b = 0; b < 5; b++) for (let c = 0; c < 4; c++) {
      const at = new Map([["a", a], ["b", b], ["c", c]]);
      if (conditions.every((condition) => holds(condition, (name) => present(at.get(name), name)))) points++;
    }
    t.is(countPoints(axes, conditions), points);
  }
});

test("variables that no condition couples are multiplied, not enumerated", (t) => {
  const axes = ["m", "i", "j", "c", "p", "q"].map((variable, k) => ({ variable, extent: [512, 224, 224, 512, 3, 3][k] ?? 0 }));
  const inside = (a: string, b: string): Condition[] => [atLeast(plus(v(a), v(b)), literal(1)), below(plus(v(a), v(b)), 225)];
  t.is(countPoints(axes, [...inside("i", "p"), ...inside("j", "q")]), 512 * 512 * 670 * 670);
});

test("counts beyond 2^53, or too costly to make, are refused", (t) => {
  const axes = (extent: number): { variable: string; extent: number }[] => ["a", "b", "c"].map((variable) => ({ variable, extent }));
  t.throws(() => countPoints(axes(2 ** 20), []), { instanceOf: Refusal, code: "count-too-large" });
  const tangled = [equals(mod(plus(v("a"), v("b")), 7), mod(plus(v("b"), v("c")), 5)), atLeast(mod(plus(v("a"), v("c")), 11), literal(3))];
  t.throws(() => countPoints(axes(2000), tangled), { instanceOf: Refusal, message: /more than 2000000 trials/ });
});
