/** Parts of a program that are equal but for names, and the counts of their one function. */
import test from "ava";
import { firstAlike, namesIn, partsOf, renamingOf } from "../../ir/loop/alike.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { factsOf } from "../../ir/loop/facts.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printNodes, printProgram } from "../../ir/loop/print.js";
import { renamed } from "../../ir/loop/rename.js";
import { programs } from "../backends/programs.js";

const twins = programs.find(({ name }) => name === "twins")?.program ?? parseProgram("program none\n\n");

test("parts that differ in names alone are alike, and are each other once renamed", (t) => {
  const parts = partsOf(twins);
  t.deepEqual(firstAlike(twins, parts), [0, 0, 0]);
  for (const { body } of parts) {
    const [first] = parts;
    t.deepEqual(printNodes(renamed(first?.body ?? [], renamingOf(namesIn(first?.body ?? []), namesIn(body)))), printNodes(body));
  }
});

/** Changes of the second part, or of what it touches. */
const differences: readonly (readonly [what: string, from: string | RegExp, to: string])[] = [
  ["an operator", "sb0: lb[b1] = sub.f32", "sb0: lb[b1] = add.f32"],
  ["an index", "lb[b2 - 1]) from", "lb[b2]) from"],
  ["a condition", "if b2 - 1 >= 0", "if b2 - 2 >= 0"],
  ["an extent", "for b3 in 0..4", "for b3 in 0..3"],
  ["a kind of loop", "for b3 in 0..4 unrolled", "for b3 in 0..4 serial"],
  ["a pass", 'from "second/relu" by "fuse"', 'from "second/relu" by "tile"'],
  ["which of two arrays is read", "p[b0, b1], wb[b1]", "wb[b1], p[b0, b1]"],
  ["a shape", "weight wb f32[4]", "weight wb f32[5]"],
  ["a local that another part has too", /\bla\b/g, "lc"],
];

for (const [what, from, to] of differences) {
  test(`parts that differ in ${what} are not alike`, (t) => {
    const text = printProgram(twins);
    const changed = parseProgram(text.replace(from, to));
    t.not(printProgram(changed), text);
    const first = firstAlike(changed, partsOf(changed));
    t.true(first[1] === 1 || first[2] !== 0, first.join());
  });
}

test("nothing is shared where a loop is left to a vector unit or to workers", (t) => {
  for (const mode of ["vector", "parallel"]) {
    const changed = parseProgram(printProgram(twins).replaceAll(/(for c0 in 0\.\.2) serial/g, `$1 ${mode}`));
    t.deepEqual(firstAlike(changed, partsOf(changed)), partsOf(changed).map((_, k) => k));
  }
});

test("what stands for several runs as often as all of them", (t) => {
  const [facts, code] = [factsOf(twins), codeFactsOf(twins)];
  t.deepEqual(code.loops.map(({ loop, extent, total }) => [loop, extent, total]), facts.loops.slice(0, 4).map(({ loop, extent, total }) => [loop, extent, 3 * total]));
  t.deepEqual(code.guards.map(({ taken }) => taken), facts.guards.slice(0, 1).map(({ taken }) => 3 * taken));
  t.deepEqual([code.namesakes.get("a1"), code.bodies], [["a1", "b1", "c1"], [[0, 1, 2]]]);
  const sum = (list: readonly { readonly executions: number }[]): number => list.reduce((total, { executions }) => total + executions, 0);
  t.is(sum(code.statements), sum(facts.statements));
});
