/** What was measured before, for a run that was stopped: lines of JSON under the digest of everything that the answer depends on. */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fieldsOf, textOf } from "../../src/audit/json.js";
import { findCompilers } from "../../src/toolchain/tools.js";

export interface Measured {
  readonly answer: unknown;
  /** Seconds, in a process of its own. */
  readonly seconds: number;
}

export interface TestRecord {
  readonly find: (key: string) => Measured | undefined;
  readonly add: (key: string, measured: Measured) => void;
}

/** A line that was not written whole is left out. */
export function recordIn(file: string): TestRecord {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const known = new Map(lines.flatMap((line) => {
    const fields = fieldsOf(line);
    const [key, seconds] = [textOf(fields.get("key")), fields.get("seconds")];
    return key === "" || typeof seconds !== "number" ? [] : [[key, { answer: fields.get("answer"), seconds }] as const];
  }));
  mkdirSync(dirname(file), { recursive: true });
  return {
    find: (key) => known.get(key),
    add: (key, measured) => {
      known.set(key, measured);
      appendFileSync(file, `${JSON.stringify({ key, ...measured })}\n`);
    },
  };
}

export function digestOf(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex");
}

/** Of the sources that a test runs, of the C compiler and of Node. */
export async function toolsDigest(): Promise<string> {
  const [compiler] = await findCompilers();
  const sources = ["ir", "proofs", "backends", "src", "wcet"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts")).toSorted().map((name) => join(folder, name)));
  const runners = ["onnx-cases.ts", "onnxruntime-cases.ts", "onnxruntime-cases.json"].map((name) => join("test", "ops", name));
  const read = [...sources, ...runners, join("bench", "node-tests", "worker.ts")].flatMap((path) => [path, readFileSync(path, "utf8")]);
  return digestOf(compiler?.version ?? "", process.version, ...read);
}
