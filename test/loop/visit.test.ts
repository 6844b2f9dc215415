/** Walks: the schedule θ orders instances as they run; loads come left to right. */
import test from "ava";
import { load, op } from "../../ir/loop/build.js";
import { evalProgram } from "../../ir/loop/eval.js";
import { literal, variable } from "../../ir/loop/index-expr.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import { type StoreContext, bufferOf, loadsOf, mapExpr, mapStores, storesOf, substituteNode } from "../../ir/loop/visit.js";
import { present } from "../../ir/prelude.js";
import { randomProgram } from "./random-program.js";
import { randomInputs, readCase } from "./support.js";

function theta({ positions }: StoreContext, point: readonly number[]): number[] {
  return positions.flatMap((position, d) => (d < point.length ? [position, point[d] ?? NaN] : [position]));
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((x, k) => x !== b[k]);
  return at >= 0 && at < b.length && present(a[at], "entry") < present(b[at], "entry");
}

test("θ is strictly increasing along every run of 100 random programs", (t) => {
  for (let seed = 0; seed < 100; seed++) {
    const program = randomProgram(seed);
    const contexts = new Map(storesOf(program).map((context) => [context.store.name, context]));
    let last: number[] | undefined;
    evalProgram(program, randomInputs(program, new Map(), seed), {
      hooks: {
        onStore: ({ name }, point) => {
          const next = theta(present(contexts.get(name), name), point);
          if (last !== undefined && !isBefore(last, next)) t.fail(`seed ${seed}: [${last.join()}] runs before [${next.join()}]`);
          last = next;
        },
      },
    });
    t.not(last, undefined);
  }
});

test("guards add no depth and rank what they hold in its place", (t) => {
  const program = parseProgram(readCase("arena-index.loop"));
  const found = storesOf(program).map(({ store, loops, conditions, positions, topLevel }) => [store.name, loops.map((l) => l.variable), conditions.length, positions, topLevel]);
  t.deepEqual(found, [
    ["st", ["a", "b"], 0, [0, 0, 0], 0],
    ["third", ["k"], 1, [1, 0], 1],
    ["sy", ["k"], 0, [1, 1], 1],
    ["count", [], 0, [2], 2],
  ]);
});

test("a store's conditions are those of all its guards", (t) => {
  const step = storesOf(parseProgram(readCase("conv-padded.loop"))).find(({ store }) => store.name === "step");
  t.deepEqual(step?.conditions.map((c) => c.index.text), ["i + p - 1", "-i - p + 5", "j + q - 1", "-j - q + 5"]);
  t.deepEqual(step?.positions, [0, 0, 0, 1, 0, 0, 0]);
});

test("loads are listed left to right, depth first", (t) => {
  const value = op("fma.f32", op("add.f32", load("a"), load("b")), load("c"), op("neg.f32", load("a")));
  t.deepEqual(loadsOf(value).map(({ buffer }) => buffer), ["a", "b", "c", "a"]);
  const renamed = mapExpr(value, (e) => (e.kind === "load" ? { ...e, buffer: `${e.buffer}2` } : e));
  t.deepEqual(loadsOf(renamed).map(({ buffer }) => buffer), ["a2", "b2", "c2", "a2"]);
});

test("mapping stores by the identity changes nothing, substitution reaches indices, values and conditions", (t) => {
  const program = parseProgram(readCase("tile-tail.loop"));
  t.is(printProgram(mapStores(program, (store) => store)), printProgram(program));
  const [outer] = program.body;
  const body = (outer?.kind === "loop" ? outer.body : []).map((node) => substituteNode(node, (name) => (name === "t" ? literal(3) : name === "u" ? variable("w") : undefined)));
  const text = printProgram({ ...program, body });
  t.true(text.includes("if -w + 5 >= 0 {"));
  t.true(text.includes("step: acc[w] = fma.f32(x[w + 24], packed[3, w], acc[w])"));
});

test("bufferOf names what it does not find", (t) => {
  const program = parseProgram(readCase("empty.loop"));
  t.throws(() => bufferOf(program, "x"), { message: "missing buffer x" });
});
