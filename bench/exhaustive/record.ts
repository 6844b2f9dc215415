/**
 * What was measured, in docs/elementary.json: a record per function, bound to its C text by a digest, so that a changed
 * function has no record until it is measured again.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { invariant } from "../../ir/prelude.js";
import { functionText } from "./function-text.js";

/** A line of check.c: one chunk, or several merged. */
export interface Results {
  readonly inputs: number;
  /** Results that are not the float nearest to the exact value. */
  readonly misrounded: number;
  /** Inputs that the piece left open. */
  readonly undecided: number;
  /** Neighbours whose results are in the wrong order. */
  readonly descents: number;
  /** Results outside the domain that are not NaN. */
  readonly wrong: number;
  /** Sum of mixed results modulo 2⁶⁴, in hexadecimal. */
  readonly digest: string;
  /** Greatest error, in ulp, rounded up; and the pattern of its input. */
  readonly worst: number;
  readonly at: number;
  /** The same where the exact value is normal. */
  readonly worstNormal: number;
  readonly atNormal: number;
  /** Processor time. */
  readonly seconds: number;
}

const numbers = ["inputs", "misrounded", "undecided", "descents", "wrong", "worst", "at", "worstNormal", "atNormal", "seconds"];

function isResults(value: unknown): value is Results {
  if (typeof value !== "object" || value === null || !("digest" in value)) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return typeof value.digest === "string" && numbers.every((name) => typeof fields.get(name) === "number");
}

export interface ElementaryRecord extends Results {
  readonly name: string;
  /** SHA-256 of the C text. */
  readonly text: string;
  /** Digests of results on the two samples. */
  readonly sample: readonly [large: string, small: string];
  readonly operations: number;
  /** Instructions of the function for a Cortex-M4F with gcc -O2. */
  readonly instructions: number;
}

export const recordFile = join("docs", "elementary.json");

export function textDigest(op: string): string {
  return createHash("sha256").update(functionText(op)).digest("hex");
}

/** A line of check.c; an infinite error becomes the largest number, which JSON can hold. */
export function parseResults(line: string): Results & { readonly chunk: string } {
  const value: unknown = JSON.parse(line.replaceAll(":inf", `:${Number.MAX_VALUE}`));
  invariant(isResults(value) && "chunk" in value && typeof value.chunk === "string", `line of results ${line}`);
  return { ...value, chunk: value.chunk };
}

function isRecord(value: unknown): value is ElementaryRecord {
  return isResults(value) && "name" in value && "text" in value && "sample" in value && Array.isArray(value.sample) && "operations" in value && "instructions" in value;
}

export function readRecords(): readonly ElementaryRecord[] {
  const list: unknown = JSON.parse(readFileSync(recordFile, "utf8"));
  invariant(Array.isArray(list) && list.every(isRecord), `${recordFile} is a list of records`);
  return list;
}

/** Replaces the record of the same function. */
export function writeRecord(record: ElementaryRecord, order: readonly string[]): void {
  const others = readRecords().filter(({ name }) => name !== record.name);
  const all = [...others, record].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  writeFileSync(recordFile, `${JSON.stringify(all, undefined, 1)}\n`);
}

/** Results of disjoint inputs as one. */
export function merge(a: Results, b: Results): Results {
  const [worst, normal] = [b.worst > a.worst ? b : a, b.worstNormal > a.worstNormal ? b : a];
  const sum = BigInt.asUintN(64, BigInt(`0x${a.digest}`) + BigInt(`0x${b.digest}`));
  return {
    inputs: a.inputs + b.inputs, misrounded: a.misrounded + b.misrounded, undecided: a.undecided + b.undecided,
    descents: a.descents + b.descents, wrong: a.wrong + b.wrong, digest: sum.toString(16).padStart(16, "0"),
    worst: worst.worst, at: worst.at, worstNormal: normal.worstNormal, atNormal: normal.atNormal,
    seconds: a.seconds + b.seconds,
  };
}
