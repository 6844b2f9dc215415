/** What the loop tests share: the case files, and inputs that fit a program. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "../../ir/loop/eval.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { scalarOf } from "../../ir/scalar/half.js";
import { isFloat, isHalf } from "../../ir/scalar/types.js";
import { type Tensor, elementCount, tensorOf } from "../../ir/tensor/tensor.js";

/** The directory of `*.loop` cases, beside the sources of these tests. */
function casesDirectory(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const cases = join(at, "test", "loop", "cases");
    if (existsSync(cases)) return cases;
  }
  throw new Error("test/loop/cases not found above the compiled tests");
}

export const caseNames: readonly string[] = readdirSync(casesDirectory())
  .filter((name) => name.endsWith(".loop"))
  .sort();

export function readCase(name: string): string {
  return readFileSync(join(casesDirectory(), name), "utf8");
}

/** Repeatable numbers in 0 … 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomTensor({ type, shape }: Pick<Buffer, "type" | "shape">, random: () => number): Tensor {
  const draw = (): number | bigint => {
    if (isFloat(type) || isHalf(type)) return scalarOf(type, random() * 4 - 2);
    const n = Math.floor(random() * 100);
    return type === "i64" || type === "u64" ? BigInt(n) : type === "bool" ? n % 2 : n;
  };
  return tensorOf(type, shape, Array.from({ length: elementCount(shape) }, draw));
}

/** Random inputs; `weights` are given by the test, which knows the model's shapes. */
export function randomInputs(program: Program, weights: ReadonlyMap<string, Tensor>, seed: number): Environment {
  const random = randomFrom(seed);
  const inputs = program.buffers.filter(({ kind }) => kind === "input");
  return { inputs: new Map(inputs.map((buffer) => [buffer.name, randomTensor(buffer, random)])), weights };
}
