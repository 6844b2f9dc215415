/**
 * Compiles the emitted files with the pinned flags and checks the objects: they must
 * need nothing that the text does not call.
 */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Emission } from "../../backends/backend.js";
import { type Optimisation, type TargetName, allowedUndefined, compileFlags, isSmallCore } from "../../backends/c/flags.js";
import { fileNames } from "../../backends/c/names.js";
import { marksHeader } from "../../wcet/elf/marks.js";
import { Refusal } from "../../ir/prelude.js";
import { type ProcessOptions, runProcess } from "./process.js";
import { type HostedTarget, hosted, linkerFor } from "./hosted.js";
import { type Compiler, requireTool } from "./tools.js";

/** Writes product files and harness into one folder. */
export async function writeEmission(folder: string, { files, harness }: Pick<Emission, "files" | "harness">): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all([...files, ...harness].map(({ name, text }) => writeFile(join(folder, name), text)));
}

export interface Build {
  /** Folder of the emitted files. */
  readonly folder: string;
  readonly model: string;
  readonly compiler: Compiler;
  readonly optimisation: Optimisation;
  /** The contract of the build; `fused` asks for the fma instruction. */
  readonly fused?: boolean;
  /** Flags after the pinned ones, for an analyser that needs more. */
  readonly extra?: readonly string[];
  /** Folder for objects and the binary; default: a folder in `folder` named after compiler and level. */
  readonly output?: string;
  readonly limits?: Pick<ProcessOptions, "timeLimit" | "signal">;
}

export interface Compiled {
  readonly binary: string;
  readonly objects: readonly string[];
}

/** The product objects and, linked with the test harness, a binary for the host or for a system that is emulated. */
export async function compileModel(build: Build, target: HostedTarget = "host"): Promise<Compiled> {
  const { folder, model, compiler, optimisation } = build;
  const output = build.output ?? join(folder, `build-${compiler.kind}-${optimisation}`);
  await mkdir(output, { recursive: true });
  const objects = await compileProduct(build, target, output);
  await requireSelfContained(`${hosted[target].prefix}nm`, objects, target);
  const binary = join(output, model);
  const harness = join(folder, `${model}_test_main.c`);
  const linker = { ...build, compiler: await linkerFor(target, compiler) };
  await compilerRun(linker, ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", ...hosted[target].link, `-I${folder}`, harness, ...objects, "-o", binary]);
  return { binary, objects };
}

/** One object per product file. On a small core the loops are marked, for the analysis of the binary. */
export async function compileProduct(build: Build, target: TargetName, output: string): Promise<readonly string[]> {
  const { folder, model, compiler, optimisation, fused = false, extra = [] } = build;
  const flags = compileFlags({ compiler: compiler.kind, target, optimisation, fused });
  const names = fileNames(model);
  const sources = [names.source, names.weights, names.selftest].filter((name) => existsSync(join(folder, name)));
  const objects: string[] = [];
  const marks = join(output, "loop_marks.h");
  await writeFile(marks, marksHeader);
  for (const source of sources) {
    const object = join(output, source.replace(/c$/, "o"));
    const marked = isSmallCore(target) && source === names.source ? ["-include", marks] : [];
    await compilerRun(build, [...flags, ...extra, ...marked, "-c", join(folder, source), "-o", object]);
    objects.push(object);
  }
  return objects;
}

/** Runs the compiler; what it complains of is a Refusal with its own words. */
export async function compilerRun({ compiler, limits }: Build, args: readonly string[]): Promise<void> {
  const { status, errors } = await runProcess(compiler.path, args, { timeLimit: 600_000, ...limits });
  if (status === 0) return;
  const first = errors.split("\n").slice(0, 12).join("\n");
  throw new Refusal("invalid", "c-compiler", `${compiler.kind} refuses the code:\n${first}`, undefined, "use a compiler and target the flags are pinned for");
}

/** Symbols the objects need and none of them defines. */
export async function undefinedSymbols(nm: string, objects: readonly string[]): Promise<readonly string[]> {
  const tool = requireTool(nm, "(binutils) to check the objects");
  const { output } = await runProcess(tool, ["-A", "-P", ...objects]);
  const symbols = output.toString("utf8").split("\n").map((line) => line.split(" "));
  const defined = new Set(symbols.filter(([, , kind]) => kind !== "U").map(([, name]) => name));
  return [...new Set(symbols.flatMap(([, name, kind]) => (kind === "U" && name !== undefined && !defined.has(name) ? [name] : [])))];
}

/** Throws a Refusal when an object calls a library: its arithmetic would be nobody's. */
export async function requireSelfContained(nm: string, objects: readonly string[], target: TargetName): Promise<void> {
  const allowed = allowedUndefined(target);
  const foreign = (await undefinedSymbols(nm, objects)).filter((name) => !allowed.test(name));
  if (foreign.length === 0) return;
  throw new Refusal("unsupported", "needs-library", `the object code calls ${foreign.join(", ")}`, undefined, "choose a target that has these operations as instructions");
}
