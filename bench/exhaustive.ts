/**
 * `npm run exhaustive [-- --jobs N] [FUNCTION…]`: the named functions, or all, on every one of the 2³² floats against the
 * reals; into docs/elementary.json and the table of docs/elementary.md. Goes on where a stopped run ended. Needs gcc,
 * the cross compiler for the Cortex-M4 and libflint-arb-dev. Leaves with 1 if a special case or the domain is wrong.
 */
import { join } from "node:path";
import { Refusal } from "../ir/prelude.js";
import { f32Unary } from "../ir/scalar/evaluate.js";
import { bitsOf } from "../ir/scalar/types.js";
import { measureAll } from "./exhaustive/chunks.js";
import { instructionCount, operationCount } from "./exhaustive/cost.js";
import { type MeasuredFunction, measuredFunctions } from "./exhaustive/functions.js";
import { sampleDigests } from "./exhaustive/program.js";
import { textDigest, writeRecord } from "./exhaustive/record.js";
import { writeTable } from "./exhaustive/table.js";

const order = measuredFunctions.map(({ name }) => name);

/** Special cases whose result is another one, by the interpreter, whose bits are those of the C (the samples). */
function wrongSpecials({ name, special }: MeasuredFunction): readonly string[] {
  const f = f32Unary(`${name}.f32`);
  return special.filter(([x, y]) => bitsOf("f32", f?.(x) ?? 0) !== bitsOf("f32", y)).map(([x, y]) => `${name}(${Object.is(x, -0) ? "-0" : x}) is not ${y}`);
}

function chosen(names: readonly string[]): readonly MeasuredFunction[] {
  const unknown = names.find((name) => !order.includes(name));
  if (unknown !== undefined) throw new Refusal("usage", "usage", `no measured function ${unknown}`, unknown, `name some of ${order.join(" ")}`);
  return names.length === 0 ? measuredFunctions : names.flatMap((wished) => measuredFunctions.filter(({ name }) => name === wished));
}

function argumentsOf(list: readonly string[]): { readonly jobs: number; readonly names: readonly string[] } {
  const at = list.indexOf("--jobs");
  return at < 0 ? { jobs: 1, names: list } : { jobs: Number(list[at + 1]), names: list.filter((_, k) => k !== at && k !== at + 1) };
}

const { jobs, names } = argumentsOf(process.argv.slice(2));
let wrong = false;
for (const measured of chosen(names)) {
  const { name } = measured;
  const [op, folder] = [`${name}.f32`, join("out", "exhaustive", name)];
  const sample = sampleDigests(op, folder);
  const results = await measureAll(name, folder, jobs);
  const problems = wrongSpecials(measured);
  wrong ||= problems.length > 0 || results.wrong > 0;
  writeRecord({ name, text: textDigest(op), sample, operations: operationCount(op), instructions: instructionCount(op, folder), ...results }, order);
  writeTable();
  console.log(`${name}: ${results.worst.toFixed(4)} ulp, ${results.misrounded} misrounded, ${results.descents} out of order`, problems.join("; "));
}
process.exitCode = wrong ? 1 : 0;
