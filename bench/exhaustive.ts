/**
 * `npm run exhaustive [-- --jobs N] [-- --sample] [FUNCTION…]`: the named functions, or all, on every one of the 2³² floats
 * against the reals (with --sample: on 2²⁴); into docs/elementary.json and the table of docs/elementary.md. Goes on where
 * a stopped run ended. Needs gcc, the cross compiler for the Cortex-M4 and libflint-arb-dev. Leaves with 1 if a special
 * case or the domain is wrong.
 */
import { join } from "node:path";
import { Refusal } from "../ir/prelude.js";
import { f32Unary } from "../ir/scalar/evaluate.js";
import { bitsOf } from "../ir/scalar/types.js";
import { measureAll, measureSample } from "./exhaustive/chunks.js";
import { instructionCount, operationCount } from "./exhaustive/cost.js";
import { type MeasuredFunction, measuredFunctions } from "./exhaustive/functions.js";
import { sampleDigests } from "./exhaustive/program.js";
import { readRecords, textDigest, writeRecord } from "./exhaustive/record.js";
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

interface Wishes {
  readonly jobs: number;
  readonly sample: boolean;
  readonly names: readonly string[];
}

function wishesOf(list: readonly string[]): Wishes {
  const at = list.indexOf("--jobs");
  const names = list.filter((word, k) => word !== "--sample" && (at < 0 || (k !== at && k !== at + 1)));
  return { jobs: at < 0 ? 1 : Number(list[at + 1]), sample: list.includes("--sample"), names };
}

/** Measures and records one function, which a sample does not do again if all is known; whether its special cases and its domain are right. */
async function measure(measured: MeasuredFunction, { jobs, sample }: Wishes): Promise<boolean> {
  const { name } = measured;
  const [op, folder] = [`${name}.f32`, join("out", "exhaustive", name)];
  if (sample && readRecords().some((record) => record.name === name && record.inputs === 2 ** 32 && record.text === textDigest(op))) return true;
  const digests = sampleDigests(op, folder);
  const results = sample ? await measureSample(name, folder) : await measureAll(name, folder, jobs);
  const problems = wrongSpecials(measured);
  const cost = { operations: operationCount(op), instructions: instructionCount(op, folder) };
  writeRecord({ name, text: textDigest(op), sample: digests, ...cost, ...results }, order);
  writeTable();
  console.log(`${name}: ${results.worst.toFixed(4)} ulp, ${results.misrounded} misrounded, ${results.descents} out of order`, problems.join("; "));
  return problems.length === 0 && results.wrong === 0;
}

const wishes = wishesOf(process.argv.slice(2));
let right = true;
for (const measured of chosen(wishes.names)) right = (await measure(measured, wishes)) && right;
process.exitCode = right ? 0 : 1;
