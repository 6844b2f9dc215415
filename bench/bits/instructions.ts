/**
 * Instructions of one inference: on this machine by callgrind, which knows no AVX-512, for gcc
 * and clang alike; on AArch64 by QEMU with a plugin that counts those of the product's code.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { layoutOfPacked } from "../../backends/c/layout.js";
import type { CompilerKind } from "../../backends/c/flags.js";
import { arenaMacro, arenaName, cTypes, runName } from "../../backends/c/names.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import type { Code } from "../../src/emit-code.js";
import { compileModel, compileProduct, writeEmission } from "../../src/toolchain/compile.js";
import { crossGcc, hosted } from "../../src/toolchain/hosted.js";
import { runProcess } from "../../src/toolchain/process.js";
import { entryVariant, linkVariant } from "../../src/toolchain/rounds.js";
import { bytesOfVectors } from "../../src/toolchain/run.js";
import { requireTool } from "../../src/toolchain/tools.js";
import { instructionsOf } from "../performance/measure.js";
import type { Network } from "../performance/network.js";
import { type Place, compilerNamed } from "./places.js";

export interface Counting {
  readonly code: Code;
  readonly work: string;
}

/** By callgrind, of the code that `kind` makes at -O3; undefined without valgrind. */
export async function onThisMachine({ code, network, work }: Counting & { readonly network: Network }, place: Place, kind: CompilerKind, rounds: string): Promise<number | undefined> {
  const folder = mkdtempSync(join(work, "count-"));
  await writeEmission(folder, { files: code.emission.files, harness: [] });
  const { arenas } = layoutOfPacked(code.read.program, code.read);
  const lent = [...arenas.keys()].map((type) => ({ declaration: `${cTypes[type]} ${arenaName(type)}[${arenaMacro(code.model, type)}]`, argument: arenaName(type) }));
  writeFileSync(join(folder, "variant.c"), entryVariant(network, { include: `#include "${code.model}.h"`, name: runName(code.model), lent }));
  const objects = await compileProduct({ folder, model: code.model, compiler: await compilerNamed(kind), optimisation: "O3", extra: [...place.extra, "-fPIC"] }, "host", folder);
  return instructionsOf(rounds, network, { name: kind, object: await linkVariant(join(folder, "variant.so"), [join(folder, "variant.c"), ...objects]), parts: [] });
}

/** By QEMU's user mode, of the code that gcc makes at -O3. */
export async function onAArch64({ code, work }: Counting, place: Place, inputs: readonly Tensor[]): Promise<number> {
  const folder = mkdtempSync(join(work, "count-"));
  await writeEmission(folder, code.emission);
  const { prefix, emulator } = hosted.aarch64;
  const compiler = await crossGcc(prefix, "aarch64");
  const built = await compileModel({ folder, model: code.model, compiler, optimisation: "O3", extra: place.extra }, "aarch64");
  return emulated({ ...built, prefix, command: [present(emulator, "emulator")], inputs, work });
}

/** Likewise of x86-64 up to AVX2, on whatever machine that runs its compiler. Linked to a fixed address: that is where the counter looks. */
export async function onX86({ code, work }: Counting, place: Place, inputs: readonly Tensor[]): Promise<number> {
  const folder = mkdtempSync(join(work, "count-"));
  await writeEmission(folder, code.emission);
  const compiler = await compilerNamed("gcc");
  const { objects } = await compileModel({ folder, model: code.model, compiler, optimisation: "O3", extra: place.extra });
  const binary = join(folder, "fixed");
  const { status, errors } = await runProcess(compiler.path, ["-std=c99", "-O1", "-static", `-I${folder}`, join(folder, `${code.model}_test_main.c`), ...objects, "-o", binary], { timeLimit: 600_000 });
  if (status !== 0) throw failed(errors);
  return emulated({ binary, objects, prefix: "", command: ["qemu-x86_64", "-cpu", "max"], inputs, work });
}

interface Emulated {
  readonly binary: string;
  /** Of the product: instructions elsewhere do not count. */
  readonly objects: readonly string[];
  readonly prefix: string;
  readonly command: readonly [string, ...string[]];
  readonly inputs: readonly Tensor[];
  readonly work: string;
}

async function emulated({ binary, objects, prefix, command: [emulator, ...options], inputs, work }: Emulated): Promise<number> {
  const { from, to } = await rangeOf(prefix, binary, objects);
  const words = [...options, "-plugin", `${await counter(work)},from=${from.toString(16)},to=${to.toString(16)}`, "-d", "plugin", binary];
  const { status, errors } = await runProcess(requireTool(emulator, "to count instructions"), words, { input: bytesOfVectors([inputs]), timeLimit: 600_000 });
  const count = Number(/executed (\d+)/.exec(errors)?.[1]);
  if (status !== 0 || !(count > 0)) throw failed(`the emulator counts nothing: ${errors.slice(0, 300)}`);
  return count;
}

/** Where the linker put the functions of the objects: side by side, and they call nothing else. */
async function rangeOf(prefix: string, binary: string, objects: readonly string[]): Promise<{ readonly from: number; readonly to: number }> {
  const functions = new Set((await symbols(prefix, objects)).map(({ name }) => name));
  const placed = (await symbols(prefix, [binary])).filter(({ name }) => functions.has(name));
  return { from: Math.min(...placed.map(({ at }) => at)), to: Math.max(...placed.map(({ at, size }) => at + size)) };
}

async function symbols(prefix: string, files: readonly string[]): Promise<readonly { readonly name: string; readonly at: number; readonly size: number }[]> {
  const { output } = await runProcess(requireTool(`${prefix}nm`, "(binutils) to find the code"), ["-A", "-P", ...files]);
  const fields = output.toString("utf8").split("\n").map((line) => line.replace(/^.*?: /, "").split(" "));
  return fields.flatMap(([name = "", kind = "", at = "", size = ""]) => (/^[tT]$/.test(kind) && !name.startsWith("$") ? [{ name, at: parseInt(at, 16), size: parseInt(size, 16) || 0 }] : []));
}

async function counter(work: string): Promise<string> {
  const object = join(work, "count.so");
  const source = resolve(dirname(new URL(import.meta.url).pathname), "../../../bench/bits/count.c");
  const { status, errors } = await runProcess(requireTool("gcc", "to build the counter"), ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", source, "-o", object]);
  if (status !== 0) throw failed(errors);
  return object;
}

function failed(what: string): Refusal {
  return new Refusal("invalid", "measurement", what, undefined, "see what it says");
}
