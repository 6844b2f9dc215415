/** Compiles a function's text with a C program of this folder and runs it. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFlags } from "../../backends/c/flags.js";
import { Refusal } from "../../ir/prelude.js";
import { requireTool } from "../../src/toolchain/tools.js";
import { evaluationUnit, evaluationUnitOfDouble } from "./function-text.js";

/** The C sources stay where they are; only TypeScript is compiled to dist. */
const sources = join(dirname(fileURLToPath(import.meta.url)), "../../../bench/exhaustive");

/** The widest vectors of this machine; they change no value, which the digest of results confirms. */
const vectors = ["-march=native", "-mprefer-vector-width=512"];
const hostFlags = ["-std=gnu11", "-O3", ...vectors, "-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra", "-Werror"];

function gcc(args: readonly string[]): void {
  const done = spawnSync(requireTool("gcc", "to measure functions"), args, { encoding: "utf8" });
  if (done.status !== 0) throw new Refusal("tool-missing", "tool-missing", `gcc: ${done.stderr}`, undefined, "install libflint-arb-dev");
}

/** Changes the C of a function: how a test shows that a wrong one is noticed. */
export type Spoil = (unit: string) => string;

const arb = ["-lflint-arb", "-lflint", "-lmpfr", "-lgmp", "-lm"];

interface Parts {
  readonly sources: readonly string[];
  readonly libraries?: readonly string[];
}

/** Compiles `op` and a C program in `folder`; returns its path. Product flags for the function, but for its vectors. */
function buildProgram(op: string, folder: string, { sources: parts, libraries = [] }: Parts, spoil: Spoil = (unit) => unit): string {
  mkdirSync(folder, { recursive: true });
  const [unit, object, program] = [join(folder, `${op}.c`), join(folder, `${op}.o`), join(folder, `${op}.${parts[0] ?? ""}`)];
  writeFileSync(unit, spoil(op.endsWith(".f64") ? evaluationUnitOfDouble(op) : evaluationUnit(op)));
  gcc([...compileFlags({ compiler: "gcc", target: "host", optimisation: "O3" }), ...vectors, "-c", unit, "-o", object]);
  gcc([...hostFlags, object, ...parts.map((part) => join(sources, `${part}.c`)), "-o", program, ...libraries]);
  return program;
}

/** The program of stratified.c for a function of doubles. */
export function stratifiedProgram(op: string, folder: string, spoil?: Spoil): string {
  return buildProgram(op, folder, { sources: ["stratified", "reference"], libraries: arb }, spoil);
}

/** Digests of the two samples of sample.c, the large and the small. */
export function sampleDigests(op: string, folder: string, spoil?: Spoil): readonly [string, string] {
  const { stdout } = spawnSync(buildProgram(op, folder, { sources: ["sample"] }, spoil), { encoding: "utf8" });
  const [large = "", small = ""] = stdout.trim().split(" ");
  return [large, small];
}

/** The program of check.c for a function. */
export function checkProgram(op: string, folder: string, spoil?: Spoil): string {
  return buildProgram(op, folder, { sources: ["check", "piece", "angle", "reference"], libraries: arb }, spoil);
}
