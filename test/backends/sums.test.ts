/**
 * The bound of sums of floats: what a sum is started with and as much as its steps can have added since. Where a
 * step may have had no start, or adds what has no bound, there is none.
 */
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { magnitudesOf } from "../../backends/c/magnitude.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { storesOf } from "../../ir/loop/visit.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { caseOf, expected } from "./support.js";

/** Two pixels of three channels in a tile, each a sum of 5·2 products of at most 256 and 2, which starts with at most 8. */
const tile = `program tile
input x "x" i8[4,5,2,2]
output y "y" f32[4,2,3]
weight w f32[5,2,3] = "W"[d0, d1, d2]
weight b f32[3] = "B"[d0]
local acc f32[2,3]

for o in 0..4 serial from "n" by "lower" {
  for p in 0..2 unrolled from "n" by "lower" {
    for c in 0..3 vector from "n" by "lower" {
      start: acc[p, c] = b[c] from "n" by "lower"
    }
  }
  for k in 0..5 serial from "n" by "lower" {
    for e in 0..2 unrolled from "n" by "lower" {
      for q in 0..2 unrolled from "n" by "lower" {
        for d in 0..3 vector from "n" by "lower" {
          step: acc[q, d] = add.f32(acc[q, d], mul.f32(mul.f32(cast.i32.f32(subw.i32(cast.i8.i32(x[o, k, e, q]), i32:0x00000080)), f32:0x3f800000), w[k, e, d])) from "n" by "lower"
        }
      }
    }
  }
  for r in 0..2 unrolled from "n" by "lower" {
    for f in 0..3 vector from "n" by "lower" {
      last: y[o, r, f] = acc[r, f] from "n" by "lower"
    }
  }
}
`;

const contents = new Map([["w", tensorOf("f32", [5, 2, 3], new Array<number>(30).fill(-2))], ["b", tensorOf("f32", [3], [1, -8, 4])]]);

/** The bound of what the store `last` holds. */
function boundOf(text: string, weights: ReadonlyMap<string, Tensor> = contents): number {
  const program = parseProgram(text);
  const last = storesOf(program).find(({ store }) => store.name === "last");
  return last === undefined ? Number.NaN : magnitudesOf(program, weights)(last.store.value);
}

const exact = 8 + 10 * 256 * 2;

function isAbout(bound: number, value: number): boolean {
  return bound >= value && bound < value * 1.0001;
}

test("sums: the start and as many steps as there are of an element", (t) => {
  t.true(isAbout(boundOf(tile), exact), String(boundOf(tile)));
});

/** Text, and the bound of the sum. */
const others: readonly (readonly [what: string, from: string, to: string, bound: number])[] = [
  ["added to from the other side", "add.f32(acc[q, d], mul.f32(mul", "add.f32(mul.f32(mul", exact],
  ["with one rounding", "add.f32(acc[q, d], mul.f32(mul.f32(", "fma.f32(mul.f32(", exact],
  ["fewer steps", "for k in 0..5", "for k in 0..3", 8 + 6 * 512],
  ["steps of fewer elements", "for q in 0..2", "for q in 0..1", exact],
  ["a start that is larger than any step", "b[c]", "f32:0x49800000", 2 ** 20 + 10 * 512],
];

for (const [what, from, to, value] of others) {
  test(`sums: ${what}`, (t) => {
    t.true(tile.includes(from));
    const moved = from.startsWith("add") ? [["w[k, e, d]))", to.startsWith("fma") ? "w[k, e, d], acc[q, d])" : "w[k, e, d]), acc[q, d])"] as const] : [];
    const text = moved.reduce((all, [a, b]) => all.replace(a, b), tile.replace(from, to));
    t.true(isAbout(boundOf(text), value), String(boundOf(text)));
  });
}

/** Changes after which nothing is known. */
const none: readonly (readonly [what: string, from: string, to: string])[] = [
  ["a start of too few elements", "for p in 0..2", "for p in 0..1"],
  ["a start of one element", "start: acc[p, c] = b[c]", "start: acc[0, c] = b[c]"],
  ["a start beside the first", "start: acc[p, c] = b[c]", "start: acc[p + 1, c] = b[c]"],
  ["a start of a diagonal", "for p in 0..2 unrolled from \"n\" by \"lower\" {\n    for c in 0..3 vector from \"n\" by \"lower\" {\n      start: acc[p, c] = b[c]", "for p in 0..2 unrolled from \"n\" by \"lower\" {\n    for c in 0..3 vector from \"n\" by \"lower\" {\n      start: acc[p, p] = b[c]"],
  ["a start of every other element", "start: acc[p, c] = b[c]", "start: acc[2*p, c] = b[c]"],
  ["a start of elements by a quotient", "start: acc[p, c] = b[c]", "start: acc[floordiv(p, 2), c] = b[c]"],
  ["a start under a guard", "      start: acc[p, c] = b[c] from \"n\" by \"lower\"", "      if o - 1 >= 0 {\n        start: acc[p, c] = b[c] from \"n\" by \"lower\"\n      }"],
  ["a start with what the caller gives", "start: acc[p, c] = b[c]", "start: acc[p, c] = g[c]"],
  ["a step from another element", "acc[q, d] = add.f32(acc[q, d],", "acc[q, d] = add.f32(acc[0, d],"],
  ["a step that subtracts from what it adds", "acc[q, d] = add.f32(acc[q, d],", "acc[q, d] = sub.f32(acc[q, d],"],
  ["a step that adds the sum itself", "f32:0x3f800000)", "acc[q, d])"],
  ["a factor that the caller gives", "f32:0x3f800000)", "g[0])"],
  ["an infinite constant", "f32:0x3f800000)", "f32:0x7f800000)"],
  ["a constant that is no number", "f32:0x3f800000)", "f32:0x7fc00000)"],
  ["steps that leave the floats", "f32:0x3f800000)", "f32:0x7b800000)"],
  ["too many steps", "for k in 0..5", "for k in 0..5000000"],
];

for (const [what, from, to] of none) {
  test(`sums: no bound with ${what}`, (t) => {
    t.true(tile.includes(from));
    t.is(boundOf(tile.replace(from, to).replace("output y", 'input g "g" f32[3]\noutput y')), Infinity);
  });
}

test("sums: no bound where the start comes after the step, or in another loop", (t) => {
  const start = tile.slice(tile.indexOf("  for p in"), tile.indexOf("  for k in"));
  const after = tile.replace(start, "").replace("  for r in", `${start}  for r in`);
  t.is(boundOf(after), Infinity);
  const alone = tile.replace(start, "").replace("for o in", `for a in 0..1 serial from "n" by "lower" {\n${start}}\nfor o in`);
  t.true(isAbout(boundOf(alone), 8 + 4 * 10 * 512), "started once, all iterations count");
});

test("sums: a step under a guard counts as if there were none", (t) => {
  const [from, to] = ["        for d in 0..3", "        if k - 1 >= 0 {"];
  const at = tile.indexOf(from);
  const end = tile.indexOf("\n      }\n", at);
  const body = tile.slice(at, end).replaceAll("\n", "\n  ").replace("        for d", "          for d");
  const text = `${tile.slice(0, at)}${to}\n${body}\n        }${tile.slice(end)}`;
  t.true(isAbout(boundOf(text), exact), String(boundOf(text)));
});

/** A sum over rows of so many elements, in two loops of which the first has this factor. */
function rows(factor: number, [own, others]: readonly [number, number]): string {
  return `program rows
output y "y" f32[1]
weight w f32[1] = "W"[d0]
temp a f32[64] @ 0

for p in 0..${own} serial from "n" by "lower" {
  for c in 0..4 serial from "n" by "lower" {
    start: a[c + ${factor}*p] = w[0] from "n" by "lower"
  }
}
for k in 0..3 serial from "n" by "lower" {
  for q in 0..${others} serial from "n" by "lower" {
    for d in 0..4 serial from "n" by "lower" {
      step: a[d + ${factor}*q] = add.f32(a[d + ${factor}*q], w[0]) from "n" by "lower"
    }
  }
}
last: y[0] = a[0] from "n" by "lower"
`;
}

test("sums: an index of two loops tells elements apart where the factor of one is the extent of the other, or more", (t) => {
  const one = new Map([["w", tensorOf("f32", [1], [1])]]);
  for (const factor of [4, 5]) t.true(isAbout(boundOf(rows(factor, [6, 6]), one), 4));
  t.true(isAbout(boundOf(rows(4, [6, 5]), one), 4));
  for (const factor of [2, 3]) t.is(boundOf(rows(factor, [6, 6]), one), Infinity, "elements are met twice");
  t.is(boundOf(rows(4, [5, 6]), one), Infinity, "some have no start");
});

test("sums: no bound where a weight is infinite or no number", (t) => {
  for (const value of [Infinity, NaN]) {
    t.is(boundOf(tile, new Map([...contents, ["w", tensorOf("f32", [5, 2, 3], [...new Array<number>(29).fill(1), value])]])), Infinity);
    t.is(boundOf(tile, new Map([...contents, ["b", tensorOf("f32", [3], [0, value, 0])]])), Infinity);
  }
});

test("sums: a buffer that is used again has a bound", (t) => {
  const again = `program again
input x "x" i8[4]
output y "y" f32[4]
temp a f32[4] @ 0
temp b f32[4] @ 4

for i in 0..4 serial from "n" by "lower" {
  s0: a[i] = cast.i8.f32(x[i]) from "n" by "lower"
}
for j in 0..4 serial from "n" by "lower" {
  s1: b[j] = add.f32(a[j], a[j]) from "n" by "lower"
}
for k in 0..4 serial from "n" by "lower" {
  s2: a[k] = cast.i8.f32(cast.f32.i8(b[k])) from "n" by "lower"
}
for l in 0..4 serial from "n" by "lower" {
  last: y[l] = b[l] from "n" by "lower"
}
`;
  t.true(isAbout(boundOf(again, new Map()), 256), String(boundOf(again, new Map())));
  t.is(boundOf(again.replace("cast.i8.f32(cast.f32.i8(b[k]))", "b[k]"), new Map()), Infinity, "nothing holds it where it doubles");
});

test("sums: no number of a run is further from 0 than the bound, and the largest is near it", (t) => {
  const subject = caseOf(tile, [["W", "f32", [5, 2, 3]], ["B", "f32", [3]]]);
  const weights = new Map([["W", tensorOf("f32", [5, 2, 3], new Array<number>(30).fill(-1.999999))], ["B", tensorOf("f32", [3], [1, 8, 4])]]);
  const bound = boundOf(tile, new Map([["w", tensorOf("f32", [5, 2, 3], new Array<number>(30).fill(-1.999999))], ["b", tensorOf("f32", [3], [1, 8, 4])]]));
  const [y] = expected({ ...subject, weights }, [tensorOf("i8", [4, 5, 2, 2], new Array<number>(80).fill(-128))]);
  const most = Math.max(...[...(y?.data ?? [])].map((value) => Math.abs(Number(value))));
  t.true(most <= bound && most > bound * 0.99, `${most} ${bound}`);
});

/** Sums of `steps` ones times the weight, rounded. */
function rounds(weight: number): boolean {
  const text = `program limit
input x "x" bool[1]
output y "y" i8[1]
weight w f32[1] = "W"[d0]
weight z i8[] = "Z"[]
local acc f32[]

for i in 0..1 serial from "n" by "lower" {
  s0: acc[] = f32:0x00000000 from "n" by "lower"
  for k in 0..4 serial from "n" by "lower" {
    s1: acc[] = add.f32(acc[], w[i]) from "n" by "lower"
  }
  s2: y[i] = cast.f32.i8(add.f32(rint.f32(acc[]), cast.i8.f32(z[]))) from "n" by "lower"
}
`;
  const { files } = emitC(parseProgram(text), { model: "limit", weights: new Map([["W", tensorOf("f32", [1], [weight])], ["Z", tensorOf("i8", [], [0])]]) });
  return files.some((file) => file.name === "limit.c" && /= near_i8\(acc/.test(file.text));
}

test("sums: what may be just over 2³⁰ is rounded as any number", (t) => {
  t.true(rounds(0.9999 * 2 ** 28));
  t.false(rounds(2 ** 28), "four steps of 2²⁸ and what they may round by");
});
