/**
 * The records of docs/elementary.json belong to the functions as they are: same text, same results on the samples, in C
 * and interpreted. And the program that made them notices a function that is wrong.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { measuredFunctions } from "../../bench/exhaustive/functions.js";
import { type Spoil, checkProgram, sampleDigests } from "../../bench/exhaustive/program.js";
import { type Results, merge, parseResults, readRecords, textDigest } from "../../bench/exhaustive/record.js";
import { hexFloat, tableOfPage, tableText } from "../../bench/exhaustive/table.js";
import { present } from "../../ir/prelude.js";
import { f32Unary } from "../../ir/scalar/evaluate.js";
import { bitsOf } from "../../ir/scalar/types.js";
import { ulpsOf } from "../../proofs/bounds/elementary.js";
import { hasTools } from "../support/tools.js";
import { f32FromBits } from "./random.js";

const records = readRecords();
const folder = mkdtempSync(join(tmpdir(), "obligato-exhaustive-"));
test.after.always(() => rmSync(folder, { recursive: true }));

test("every measured function has a record, and the page shows them", (t) => {
  t.deepEqual(records.map(({ name }) => name), measuredFunctions.map(({ name }) => name));
  t.is(tableOfPage(), tableText(records));
});

function mixed(z: number): number {
  let hash = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** As sample.c has it: the first 16 patterns of the sample of every 64th block. */
function interpretedDigest(f: (x: number) => number): string {
  let digest = 0;
  for (let block = 0; block < 2 ** 16; block += 64) {
    const first = ((block << 16) | ((Math.imul(block, 40503) & 255) << 8)) >>> 0;
    for (let pattern = first; pattern < first + 16; pattern++) digest += mixed(Number(bitsOf("f32", f(f32FromBits(pattern)))) ^ Math.imul(pattern, 0x9e3779b9));
  }
  return digest.toString(16).padStart(16, "0");
}

for (const { name, special } of measuredFunctions) {
  const f = present(f32Unary(`${name}.f32`), name);
  const record = present(records.find((one) => one.name === name), `record of ${name}`);

  test(`${name}: the record is of this text and says that it is within one ulp`, (t) => {
    t.is(record.text, textDigest(`${name}.f32`), `${name} has changed: npm run exhaustive -- ${name}`);
    t.true(record.worst <= 1 && record.worst >= record.worstNormal, `${record.worst} ulp`);
    t.is(record.wrong, 0);
  });

  test(`${name}: the samples have their results, compiled and interpreted`, (t) => {
    t.is(interpretedDigest(f), record.sample[1]);
    if (hasTools(t, "gcc")) t.deepEqual(sampleDigests(`${name}.f32`, folder), record.sample);
  });

  test(`${name}: special cases`, (t) => {
    for (const [x, y] of [...special, [NaN, NaN] as const]) t.is(bitsOf("f32", f(x)), bitsOf("f32", y), `${name}(${x}) = ${f(x)}`);
  });
}

/** Results of the sample for a function whose C is spoiled, compared as `name`. */
function measured(op: string, name: string, spoil?: Spoil): Results {
  const { stdout } = spawnSync(checkProgram(op, folder, spoil), [name, "sample"], { encoding: "utf8" });
  return parseResults(stdout);
}

/** The result of the pattern 0x40000000 (x = 2), which is in the sample, gets another value. */
const instead = (value: string): Spoil => (unit) => unit.replace(/y\[k\] = (.*);/, `y[k] = (first + k == 0x40000000U) ? ${value} : $1;`);

test("the check finds one wrong result among 2^24", (t) => {
  if (!hasTools(t, "gcc")) return;
  if (!existsSync("/usr/include/arb.h")) {
    t.log("skipped: libflint-arb-dev");
    return t.pass();
  }
  const right = measured("exp.f32", "exp");
  const record = present(records.find(({ name }) => name === "exp"), "record of exp");
  t.is(right.digest, record.sample[0]);
  t.true(right.worst <= record.worst && right.misrounded <= record.misrounded);

  const above = measured("exp.f32", "exp", instead("0x1.d8e64ep+2f")); // the neighbour of exp(2)
  t.deepEqual([above.misrounded, above.at, above.descents], [right.misrounded + 1, 0x40000000, right.descents]);
  t.true(above.worst > 0.5 && above.worst < 2 && above.digest !== right.digest);

  const below = measured("exp.f32", "exp", instead("1.0f"));
  t.deepEqual([below.at, below.descents], [0x40000000, right.descents]);
  t.true(below.worst > 1e6);

  const infinite = measured("exp.f32", "exp", instead("INFINITY"));
  t.true(infinite.worst > 1e40 && infinite.descents === right.descents + 1);

  const missing = measured("exp.f32", "exp", instead("NAN"));
  t.is(missing.misrounded, right.misrounded + 1);
  t.is(missing.worst, Number.MAX_VALUE);

  const outside = measured("exp.f32", "log");
  t.true(outside.wrong > 2 ** 22);
});

test("the error bounds of proofs/bounds are those measured on all inputs", (t) => {
  for (const [name, hundredths] of Object.entries(ulpsOf)) {
    const record = present(records.find((one) => one.name === name), `record of ${name}`);
    t.is(record.inputs, 2 ** 32);
    t.true(record.worst * 100 <= Number(hundredths), `${name}: ${record.worst} ulp`);
  }
});

test("merged results keep the worst, add the counts and the digests", (t) => {
  const [a] = records;
  if (a === undefined) return t.fail();
  const b: Results = { ...a, worst: a.worst + 1, at: 7, digest: "ffffffffffffffff" };
  const both = merge(a, b);
  t.deepEqual([both.worst, both.at, both.inputs], [a.worst + 1, 7, 2 * a.inputs]);
  t.is(BigInt(`0x${both.digest}`), BigInt.asUintN(64, BigInt(`0x${a.digest}`) - 1n));
});

test("patterns print as C writes floats", (t) => {
  t.deepEqual([0x3f800000, 0xc0490fdb, 1, 0x7f7fffff].map(hexFloat), ["0x1p0", "−0x1.921fb6p1", "0x0.000002p-126", "0x1.fffffep127"]);
});
