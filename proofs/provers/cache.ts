/**
 * Answers kept between runs while developing, by the digest of what was asked. A wrong
 * entry could pass for a proof, so an audit never reads one; models are evaluated
 * again anyway. Answers that say `unknown` are not kept.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "./solver.js";

/** A `Map<string, Answer>` is one. */
export interface AnswerCache {
  readonly get: (key: string) => Answer | undefined;
  readonly set: (key: string, answer: Answer) => unknown;
}

/** One small file per answer in `directory`, which is made if need be. */
export function directoryCache(directory: string): AnswerCache {
  mkdirSync(directory, { recursive: true });
  const path = (key: string): string => join(directory, `${key}.json`);
  return {
    get: (key) => readAnswer(path(key)),
    set: (key, answer) => {
      const draft = `${path(key)}.${process.pid}`; // renamed whole: no reader sees half a file
      writeFileSync(draft, JSON.stringify(answer));
      renameSync(draft, path(key));
    },
  };
}

function readAnswer(path: string): Answer | undefined {
  try {
    return asAnswer(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined; // absent or damaged: ask again
  }
}

function asAnswer(value: unknown): Answer | undefined {
  if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
  if (value.kind === "unsat") return { kind: "unsat" };
  if (value.kind !== "sat" || !("values" in value) || !Array.isArray(value.values)) return undefined;
  const values: unknown[] = value.values;
  const integers = values.filter((v) => typeof v === "number" && Number.isSafeInteger(v)).map(Number);
  return integers.length === values.length ? { kind: "sat", values: integers } : undefined;
}
