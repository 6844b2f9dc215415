/**
 * Where one C text is compiled and run: compilers, levels and targets of the table of output
 * bits. Small cores run on QEMU's boards, AArch64 in QEMU's user mode, the rest on this machine.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type CompilerKind, type Optimisation, type SmallCore, type TargetName, compileFlags, isSmallCore, optimisations } from "../../backends/c/flags.js";
import type { Program } from "../../ir/loop/program.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { interfaceBuffers } from "../../src/run/engines.js";
import { vectorMachines } from "../../src/schedule/vector/machine.js";
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { type Board, boards } from "../../src/toolchain/boards.js";
import { compileModel } from "../../src/toolchain/compile.js";
import { type HostedTarget, commandFor, crossGcc, hosted } from "../../src/toolchain/hosted.js";
import { runProcess } from "../../src/toolchain/process.js";
import { runVectors } from "../../src/toolchain/run.js";
import { type Compiler, findCompilers } from "../../src/toolchain/tools.js";
import { ownLevel } from "../../src/tune/run.js";

export interface Place {
  readonly name: string;
  /** Whose schedule made the text: `generic`, `small core`, or a processor with vectors. */
  readonly schedule: string;
  readonly target: TargetName;
  /** Flags after the pinned ones: the instructions that the schedule is for. */
  readonly extra: readonly string[];
  /** Whether it multiplies and adds with one rounding by an instruction. */
  readonly fma: boolean;
  /** The level that the documentation advises. */
  readonly usual: Optimisation;
}

function vectorPlace(name: string, target: TargetName, fma: boolean): Place {
  const { flags } = present(vectorMachines.find((machine) => machine.name === name), name);
  return { name, schedule: name, target, extra: flags.filter((flag) => !flag.startsWith("-O")), fma, usual: "O3" };
}

const smallCore = (target: SmallCore): Place => ({ name: target, schedule: "small core", target, extra: [], fma: true, usual: "O2" });

export const places: readonly Place[] = [
  { name: "host", schedule: "generic", target: "host", extra: [], fma: true, usual: "O2" },
  vectorPlace("x86-64-v2", "host", false), vectorPlace("x86-64-v3", "host", true), vectorPlace("x86-64-v4", "host", true),
  vectorPlace("aarch64", "aarch64", true),
  smallCore("cortex-m4"), smallCore("cortex-m7"), smallCore("rv32"),
];

/** Those whose code this machine can run: it may be of another kind, or have shorter vectors. */
export function runnablePlaces(): readonly Place[] {
  const absent = process.arch !== "x64" ? /^x86/ : ownLevel() === "x86-64-v4" ? /^$/ : /^x86-64-v4/;
  return places.filter(({ name }) => !absent.test(name));
}

/** What is compiled: the files of an emission, written to a folder. */
export interface Text {
  readonly folder: string;
  readonly model: string;
  readonly program: Program;
  readonly fused: boolean;
}

export interface Way {
  readonly place: Place;
  readonly compiler: CompilerKind;
  readonly optimisation: Optimisation;
}

/** Every compiler and the given levels, for the places that can keep the contract. */
export function waysFor(fused: boolean, levelsOf: (place: Place) => readonly Optimisation[] = () => optimisations): readonly Way[] {
  const able = runnablePlaces().filter(({ fma }) => fma || !fused);
  return able.flatMap((place) => (["gcc", "clang"] as const).flatMap((compiler) => levelsOf(place).map((optimisation) => ({ place, compiler, optimisation }))));
}

export function wayName({ place, compiler, optimisation }: Way): string {
  return `${place.name} ${compiler} -${optimisation}`;
}

/** Runs the vectors on what the way makes of the text; `flags` come last, to see what others than the pinned ones do. */
export async function outputsBy(way: Way, text: Text, vectors: readonly (readonly Tensor[])[], flags: readonly string[] = []): Promise<readonly (readonly Tensor[])[]> {
  const output = join(text.folder, wayName(way).replaceAll(" ", "_"));
  try {
    const { target } = way.place;
    return isSmallCore(target) ? await onBoard(way, target, { text, output, vectors, flags }) : await onSystem(way, target, { text, output, vectors, flags });
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

interface Run {
  readonly text: Text;
  readonly output: string;
  readonly vectors: readonly (readonly Tensor[])[];
  readonly flags: readonly string[];
}

const limits = { timeLimit: 600_000 } as const;

async function onBoard({ compiler, optimisation, place }: Way, target: SmallCore, { text: { folder, model, program }, output, vectors, flags }: Run): Promise<readonly (readonly Tensor[])[]> {
  const board = present(boards.find((it) => it.target === target), target);
  const other = compiler === "gcc" ? {} : { compiler: await compilerNamed(compiler) };
  const extra = [...place.extra, ...(compiler === "gcc" ? [] : await headersFor(board)), ...flags];
  const { binary } = await compileForBoard({ board, folder, model, program, optimisation, output, extra, limits, ...other });
  return runOnBoard({ board, output, program, limits }, binary, vectors);
}

/** Where the cross compiler has math.h: clang has no C library for a core without a system. */
async function headersFor({ prefix, target }: Board): Promise<readonly string[]> {
  const { path } = await crossGcc(prefix, target);
  const flags = compileFlags({ compiler: "gcc", target, optimisation: "O0" }).filter((flag) => flag.startsWith("-m") || flag.startsWith("--specs="));
  const { output } = await runProcess(path, [...flags, "-E", "-x", "c", "-"], { input: Buffer.from("#include <math.h>\n") });
  const folder = /^# 1 "(.*)\/math\.h"/m.exec(output.toString("utf8"))?.[1];
  return folder === undefined ? [] : ["-isystem", folder];
}

async function onSystem({ compiler: kind, optimisation, place }: Way, target: HostedTarget, { text: { folder, model, program, fused }, output, vectors, flags }: Run): Promise<readonly (readonly Tensor[])[]> {
  const compiler = kind === "gcc" && target !== "host" ? await crossGcc(hosted[target].prefix, target) : await compilerNamed(kind);
  const { binary } = await compileModel({ folder, model, compiler, optimisation, fused, output, extra: [...place.extra, ...flags], limits }, target);
  return runVectors(commandFor(target, binary), vectors, interfaceBuffers(program, "output").map(({ type, shape }) => ({ type, shape })), limits);
}

/** Throws a Refusal where it is not installed. */
export async function compilerNamed(kind: CompilerKind): Promise<Compiler> {
  const found = (await findCompilers()).find((compiler) => compiler.kind === kind);
  if (found !== undefined) return found;
  throw new Refusal("tool-missing", "tool-missing", `${kind} is not on PATH`, undefined, `install ${kind}`);
}
