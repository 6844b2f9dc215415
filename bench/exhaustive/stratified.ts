/**
 * Functions of f64: measured on a stratified sample (stratified.c), recorded in docs/elementary-f64.json and shown in a
 * table of docs/elementary.md. A record is bound to the C text of its function, as those of f32 are.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { invariant } from "../../ir/prelude.js";
import { operationCount } from "./cost.js";
import { type Spoil, stratifiedProgram } from "./program.js";
import { textDigest } from "./record.js";

/** A line of stratified.c. */
export interface StratifiedResults {
  readonly inputs: number;
  readonly misrounded: number;
  /** Results outside the domain that are not NaN. */
  readonly wrong: number;
  /** Greatest error, in ulp, rounded up, and the pattern of its input; then where the exact value is normal. */
  readonly worst: number;
  readonly at: string;
  readonly worstNormal: number;
  readonly atNormal: string;
  readonly digest: string;
}

export interface StratifiedRecord extends StratifiedResults {
  readonly name: string;
  /** SHA-256 of the C text. */
  readonly text: string;
  /** Digest of the results on every 1,024th of the sample, which the interpreter computes too. */
  readonly sample: string;
  readonly operations: number;
}

export const stratifiedFile = join("docs", "elementary-f64.json");

/** Of `part` inputs one is taken. */
export const smallPart = 1024;

const numbers = ["inputs", "misrounded", "wrong", "worst", "worstNormal"];

function isResults(value: unknown): value is StratifiedResults {
  if (typeof value !== "object" || value === null || !("digest" in value) || !("at" in value)) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return typeof value.digest === "string" && typeof value.at === "string" && numbers.every((name) => typeof fields.get(name) === "number");
}

function isRecord(value: unknown): value is StratifiedRecord {
  return isResults(value) && "name" in value && "text" in value && "sample" in value && "operations" in value;
}

export function readStratified(): readonly StratifiedRecord[] {
  const list: unknown = JSON.parse(readFileSync(stratifiedFile, "utf8"));
  invariant(Array.isArray(list) && list.every(isRecord), `${stratifiedFile} is a list of records`);
  return list;
}

/** Every `part`-th input of the sample of `op`, against the reals behind `name`; an infinite error becomes the largest number. */
export function measureStratified(op: string, name: string, folder: string, { part = 1, spoil }: { readonly part?: number; readonly spoil?: Spoil } = {}): StratifiedResults {
  const { stdout } = spawnSync(stratifiedProgram(op, folder, spoil), [name, String(part)], { encoding: "utf8" });
  const value: unknown = JSON.parse(stdout.replaceAll(":inf", `:${Number.MAX_VALUE}`));
  invariant(isResults(value), `line of results ${stdout}`);
  return value;
}

/** Measures one function and replaces its record. */
export function recordStratified(name: string, folder: string, order: readonly string[]): StratifiedRecord {
  const op = `${name}.f64`;
  const { digest: sample } = measureStratified(op, name, folder, { part: smallPart });
  const record = { name, text: textDigest(op), sample, operations: operationCount(op), ...measureStratified(op, name, folder) };
  const all = [...readStratified().filter((other) => other.name !== name), record].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  writeFileSync(stratifiedFile, `${JSON.stringify(all, undefined, 1)}\n`);
  return record;
}
