/**
 * `npm run exhaustive [-- --jobs N] [-- --sample] [-- --type f64] [FUNCTION…]`: the named functions, or all, on every one of the 2³² floats
 * against the reals (with --sample: on 2²⁴); into docs/elementary.json and the table of docs/elementary.md. Goes on where
 * a stopped run ended. Needs gcc, the cross compiler for the Cortex-M4 and libflint-arb-dev. Leaves with 1 if a special
 * case or the domain is wrong. With --type f64: the functions of f64, on a stratified sample of 5 million doubles.
 */
import { join } from "node:path";
import { Refusal, present } from "../ir/prelude.js";
import { f32Unary } from "../ir/scalar/evaluate.js";
import { bitsOf } from "../ir/scalar/types.js";
import { measureAll, measureSample } from "./exhaustive/chunks.js";
import { instructionCount, operationCount } from "./exhaustive/cost.js";
import { type MeasuredFunction, doubleFunctions, measuredFunctions } from "./exhaustive/functions.js";
import { sampleDigests } from "./exhaustive/program.js";
import { readRecords, textDigest, writeRecord } from "./exhaustive/record.js";
import { recordStratified } from "./exhaustive/stratified.js";
import { writeTable } from "./exhaustive/table.js";

const order = measuredFunctions.map(({ name }) => name);

/** Special cases whose result is another one, by the interpreter, whose bits are those of the C (the samples). */
function wrongSpecials({ name, special }: MeasuredFunction, type: "f32" | "f64"): readonly string[] {
  const f = f32Unary(`${name}.${type}`);
  return special.filter(([x, y]) => bitsOf(type, f?.(x) ?? 0) !== bitsOf(type, y)).map(([x, y]) => `${name}(${Object.is(x, -0) ? "-0" : x}) is not ${y}`);
}

function chosen(names: readonly string[]): readonly MeasuredFunction[] {
  const unknown = names.find((name) => !order.includes(name));
  if (unknown !== undefined) throw new Refusal("usage", "usage", `no measured function ${unknown}`, unknown, `name some of ${order.join(" ")}`);
  return names.length === 0 ? measuredFunctions : names.flatMap((wished) => measuredFunctions.filter(({ name }) => name === wished));
}

interface Wishes {
  readonly jobs: number;
  readonly sample: boolean;
  /** Functions of f64. */
  readonly wide: boolean;
  readonly names: readonly string[];
}

function wishesOf(list: readonly string[]): Wishes {
  const at = list.indexOf("--jobs");
  const type = list.indexOf("--type");
  const taken = [at, type].flatMap((k) => (k < 0 ? [] : [k, k + 1]));
  const names = list.filter((word, k) => word !== "--sample" && !taken.includes(k));
  return { jobs: at < 0 ? 1 : Number(list[at + 1]), sample: list.includes("--sample"), wide: type >= 0 && list[type + 1] === "f64", names };
}

/** Measures and records one function, which a sample does not do again if all is known; whether its special cases and its domain are right. */
async function measure(measured: MeasuredFunction, { jobs, sample }: Wishes): Promise<boolean> {
  const { name } = measured;
  const [op, folder] = [`${name}.f32`, join("out", "exhaustive", name)];
  if (sample && readRecords().some((record) => record.name === name && record.inputs === 2 ** 32 && record.text === textDigest(op))) return true;
  const digests = sampleDigests(op, folder);
  const results = sample ? await measureSample(name, folder) : await measureAll(name, folder, jobs);
  const problems = wrongSpecials(measured, "f32");
  const cost = { operations: operationCount(op), instructions: instructionCount(op, folder) };
  writeRecord({ name, text: textDigest(op), sample: digests, ...cost, ...results }, order);
  writeTable();
  console.log(`${name}: ${results.worst.toFixed(4)} ulp, ${results.misrounded} misrounded, ${results.descents} out of order`, problems.join("; "));
  return problems.length === 0 && results.wrong === 0;
}

function measureWide({ name }: MeasuredFunction): boolean {
  const wide = present(doubleFunctions.find((one) => one.name === name), `${name} of f64`);
  const record = recordStratified(name, join("out", "exhaustive", name), order);
  writeTable("f64");
  const problems = wrongSpecials(wide, "f64");
  console.log(`${name}: ${record.worst.toFixed(4)} ulp, ${record.misrounded} misrounded`, problems.join("; "));
  return problems.length === 0 && record.wrong === 0;
}

const wishes = wishesOf(process.argv.slice(2));
let right = true;
for (const measured of chosen(wishes.names)) {
  if (!wishes.wide) right = (await measure(measured, wishes)) && right;
  else if (doubleFunctions.some(({ name }) => name === measured.name)) right = measureWide(measured) && right;
}
process.exitCode = right ? 0 : 1;
