/** Well-formedness: every rule has a program that breaks it and nothing else. */
import test from "ava";
import { assertProgram, problemsOf } from "../../ir/loop/assert.js";
import { literal, variable } from "../../ir/loop/index-expr.js";
import { parseProgram } from "../../ir/loop/parse.js";
import type { Expr, Program } from "../../ir/loop/program.js";
import { mapStores } from "../../ir/loop/visit.js";
import { InvariantViolation } from "../../ir/prelude.js";
import { randomProgram } from "./random-program.js";
import { caseNames, readCase } from "./support.js";

for (const name of caseNames) {
  test(`${name} is well-formed`, (t) => {
    t.deepEqual(problemsOf(parseProgram(readCase(name))), []);
  });
}

test("random programs are well-formed", (t) => {
  for (let seed = 0; seed < 50; seed++) t.notThrows(() => assertProgram(randomProgram(seed)));
});

const base = readCase("tile-tail.loop");

/** Each line: the rule, the text to replace in tile-tail.loop, by what, and the one problem that follows. */
const broken: readonly (readonly [title: string, from: string, to: string, problem: string])[] = [
  ["a keyword as a name", "local acc f32[8]", "local int f32[8]\nlocal acc f32[8]", 'buffer int: "int" is a keyword of C'],
  ["a leading underscore", "zero:", "_zero:", 'statement _zero: "_zero" is no C identifier that starts with a letter'],
  ["a dotted name", "zero:", "a.b:", 'statement a.b: "a.b" is no C identifier that starts with a letter'],
  ["a name of 32 characters", "zero:", `${"z".repeat(32)}:`, `statement ${"z".repeat(32)}: "${"z".repeat(32)}" is longer than 31 characters`],
  ["a statement named like a buffer", "zero:", "acc:", 'statement acc: the name "acc" is used twice'],
  ["two loops of one variable, even apart", "for v in 0..8 vector from \"dense\" by \"tile\" {\n    zero: acc[v]", "for u in 0..8 vector from \"dense\" by \"tile\" {\n    zero: acc[u]", 'loop u: the name "u" is used twice'],
  ["a zero extent of a loop", "for t in 0..4", "for t in 0..0", "loop t: extent 0 must be an integer of at least 1"],
  ["a zero extent of a buffer", "local acc f32[8]", "local zz f32[0]\nlocal acc f32[8]", "buffer zz: extents [0] must be integers of at least 1"],
  ["a buffer beyond 32-bit indices", "local acc f32[8]", "temp zz f32[65536,32768]\nlocal acc f32[8]", "buffer zz: 2^31 elements or more do not fit a 32-bit index"],
  ["a weight without a map", ' = "W"[8*d0 + d1]', "", "buffer packed: a weight, and nothing else, has a map to a tensor of the model"],
  ["a map of a local", "local acc f32[8]", 'local acc f32[8] = "W"[d0]', "buffer acc: a weight, and nothing else, has a map to a tensor of the model"],
  ["a map over unknown dimensions", "8*d0 + d1]", "8*d0 + d2]", "buffer packed: variable d2 is not in scope"],
  ["a place of a local", "local acc f32[8]", "local acc f32[8] @ 0", "buffer acc: only a temp has a place in the arena"],
  ["a label of a local", "local acc f32[8]", 'local acc "a" f32[8]', "buffer acc: only inputs and outputs carry a label"],
  ["a store to an input", "y[8*t + z] =", "x[8*t + z] =", "statement out: stores to input x"],
  ["a store to a weight", "y[8*t + z] =", "packed[t, z] =", "statement out: stores to weight packed"],
  ["a store to nothing", "y[8*t + z] =", "yy[8*t + z] =", "statement out: there is no buffer yy"],
  ["a load of nothing", "= acc[z]", "= acd[z]", "statement out: there is no buffer acd"],
  ["a load of another rank", "packed[t, u]", "packed[t]", "statement step: packed has 2 dimensions, not 1"],
  ["a variable out of scope", "= acc[z]", "= acc[v]", "statement out: variable v is not in scope"],
  ["a condition over a variable out of scope", "if -8*t - u + 29", "if -8*t - z + 29", "guard on -8*t - z + 29: variable z is not in scope"],
  ["an unknown operator", "fma.f32(", "fmaa.f32(", "statement step: there is no operator fmaa.f32"],
  ["an operator with too few arguments", "packed[t, u], acc[u])", "packed[t, u])", "statement step: fma.f32 takes (f32, f32, f32), not (f32, f32) as in fma.f32(x[8*t + u], packed[t, u])"],
  ["an operator on another type", "x[8*t + u],", "i32:0x00000001,", "statement step: fma.f32 takes (f32, f32, f32), not (i32, f32, f32) as in fma.f32(i32:0x00000001, packed[t, u], acc[u])"],
  ["a narrowing store", "= acc[z]", "= cast.f32.f64(acc[z])", "statement out: a value of type f64 is stored to y of type f32"],
  ["an index value stored as a float", "= acc[z]", "= index(z)", "statement out: a value of type i64 is stored to y of type f32"],
  ["a NaN that is not canonical", "f32:0x80000000", "f32:0x7fc00001", "statement zero: a NaN constant is not the canonical one"],
  ["an origin without a node", 'zero: acc[v] = f32:0x80000000 from "dense"', 'zero: acc[v] = f32:0x80000000 from ""', "statement zero: the origin names no node or no pass"],
  ["a program whose name is no identifier", "program tile_tail", "program tile.tail", 'program: "tile.tail" is no C identifier that starts with a letter'],
];

for (const [title, from, to, problem] of broken) {
  test(`reports ${title}`, (t) => {
    t.true(base.includes(from));
    const program = parseProgram(base.replace(from, () => to));
    t.deepEqual(problemsOf(program), [problem]);
    t.throws(() => assertProgram(program), { instanceOf: InvariantViolation });
  });
}

function withValue(value: Expr): Program {
  return mapStores(parseProgram(base), (store) => (store.name === "zero" ? { ...store, value } : store));
}

test("reports index expressions and constants that no constructor would make", (t) => {
  const forged = { constant: 0, terms: [{ coefficient: 1, atom: { kind: "mod" as const, of: variable("v"), by: 0 } }], text: "mod(v, 0)" };
  t.deepEqual(problemsOf(withValue({ kind: "load", buffer: "acc", index: [forged] })), ["statement zero: mod by 0"]);
  const renamed = { ...variable("v"), text: "u" };
  t.deepEqual(problemsOf(withValue({ kind: "load", buffer: "acc", index: [renamed] })), ["statement zero: index u is not canonical, that is v"]);
  t.deepEqual(problemsOf(withValue({ kind: "const", constant: { type: "f32", bits: 1n << 32n } })), ["statement zero: constant 0x100000000 does not fit f32"]);
  const bool = withValue({ kind: "op", op: "cast.bool.f32", args: [{ kind: "const", constant: { type: "bool", bits: 2n } }] });
  t.deepEqual(problemsOf(bool), ["statement zero: constant 0x2 does not fit bool"]);
});

test("reports endless nesting without a stack overflow", (t) => {
  let value: Expr = { kind: "load", buffer: "acc", index: [literal(0)] };
  for (let k = 0; k < 100_000; k++) value = { kind: "op", op: "neg.f32", args: [value] };
  t.deepEqual(problemsOf(withValue(value)), ["statement zero: operators nest deeper than 1000"]);
});

test("assertProgram names the program and counts the problems", (t) => {
  const program = parseProgram(base.replaceAll("zero:", "int:").replace("out:", "if1:").replace("step:", "for1_:").replace("= acc[z]", "= acc[q]"));
  const error = t.throws(() => assertProgram(program), { instanceOf: InvariantViolation });
  t.regex(error.message, /^program tile_tail is not well-formed: .*keyword of C.*variable q is not in scope.* \(2 in all\)$/);
});
