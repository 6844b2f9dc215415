/**
 * Time measured on this machine: programs are printed, compiled with the flags of the target
 * and run in turns in one process, a slice per round, so that what else the machine does meets
 * all of them alike. Weights and inputs have no part in it: the code takes no branch on data.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { printCandidate } from "../../backends/c/emit.js";
import { arenasOf } from "../../backends/c/layout.js";
import { arenaMacro, arenaName, cTypes, fileNames, runName } from "../../backends/c/names.js";
import type { Program } from "../../ir/loop/program.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { vectorFor } from "../run/vectors.js";
import { writeEmission } from "../toolchain/compile.js";
import { type Level, levelFlags } from "../toolchain/levels.js";
import { runProcess } from "../toolchain/process.js";
import { type Limits, type Turns, blockOf, buildRounds, entryVariant, linkVariant, medianOf, place, ratioInTurns, timeInTurns } from "../toolchain/rounds.js";
import { requireTool, versionOf } from "../toolchain/tools.js";
import type { Prices } from "./prices.js";
import { digestOfShape } from "./task.js";

/** What a machine runs. */
export interface Workbench {
  /** Names compiler, flags and processor: times of another are none of this. */
  readonly name: string;
  /** A digest of what is compiled; programs of one digest are one. */
  readonly textOf: (program: Program) => string;
  /** Nanoseconds of one run, a figure per round, all in turns; undefined for one that cannot be compiled. */
  readonly inTurns: (programs: readonly Program[], closely?: "closely") => Promise<readonly (readonly number[] | undefined)[]>;
  /** Bytes of instructions of each program's object; undefined likewise. */
  readonly codeBytes: (programs: readonly Program[]) => Promise<readonly (number | undefined)[]>;
  /** Removes what was made. */
  readonly close: () => void;
}

const model = "model";
/** Many candidates of one nest; the few best of them, or two networks, of which the difference decides. */
const turns = { many: { rounds: 31, slice: 800 }, few: { rounds: 101, slice: 1000 } } as const;

export interface WorkbenchOptions extends Limits {
  /** Compilers at once. */
  readonly jobs: number;
  /** Hears of the folder that is to be removed. */
  readonly temporary?: (folder: string) => void;
}

/** Throws a Refusal `tool-missing` without gcc, `usage` on a machine that has not the instructions. */
export async function workbenchOf(level: Level, weights: ReadonlyMap<string, Tensor>, { temporary, jobs, ...limits }: WorkbenchOptions): Promise<Workbench> {
  const compiler = requireTool("gcc", "to compile what is measured");
  const folder = mkdtempSync(join(tmpdir(), "obligato-tune-"));
  temporary?.(folder);
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const rounds = await buildRounds(folder, limits);
    const flags = levelFlags(level);
    const objects = new Map<string, Promise<string | undefined>>();
    const filesOf = (program: Program): ReturnType<typeof printCandidate> => printCandidate(program, { model, weights, floatCompare: "float" });
    const textOf = (program: Program): string => digestOfShape(filesOf(program).map(({ text }) => text).join("\n"));
    const objectOf = (program: Program): Promise<string | undefined> => {
      const key = textOf(program);
      const known = objects.get(key) ?? compiled(program, { folder: join(folder, key), flags, compiler, files: filesOf(program), limits });
      objects.set(key, known);
      return known;
    };
    const inTurns: Workbench["inTurns"] = async (programs, closely) => {
      const built = await allOf(programs, jobs, objectOf);
      const runnable = [...new Set(built.flatMap((object) => object ?? []))];
      const [first] = programs;
      if (first === undefined || runnable.length === 0) return programs.map(() => undefined);
      const vector = join(folder, "inputs.bin");
      const inputs = first.buffers.filter(({ kind }) => kind === "input");
      writeFileSync(vector, blockOf(place(inputs), vectorFor(inputs, 1)));
      const times = await timed(rounds, { vector, objects: runnable, level, turns: closely === undefined && programs.length > 2 ? turns.many : turns.few, limits });
      return built.map((object) => (object === undefined ? undefined : times[runnable.indexOf(object)]));
    };
    const codeBytes = async (programs: readonly Program[]): Promise<readonly (number | undefined)[]> => {
      return allOf(programs, jobs, async (program) => {
        const object = await objectOf(program);
        return object === undefined ? undefined : textBytes(join(dirname(object), fileNames(model).source.replace(/c$/, "o")), limits);
      });
    };
    const name = [await versionOf(compiler), ...flags, cpus()[0]?.model ?? "", JSON.stringify(turns)].join(" ");
    return { name, textOf, inTurns, codeBytes, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** In the order of the items, `jobs` of them at once. */
async function allOf<Item, Result>(items: readonly Item[], jobs: number, work: (item: Item) => Promise<Result>): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  const next = items.entries();
  const lane = async (): Promise<void> => {
    for (const [k, item] of next) results.set(k, await work(item));
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  return [...results].toSorted(([a], [b]) => a - b).map(([, result]) => result);
}

interface Compiling {
  readonly folder: string;
  readonly flags: readonly string[];
  readonly compiler: string;
  readonly files: ReturnType<typeof printCandidate>;
  readonly limits: Limits;
}

/** The shared object; undefined where the compiler refuses, which is nobody's mistake but the candidate's. */
async function compiled(program: Program, { folder, flags, compiler, files, limits }: Compiling): Promise<string | undefined> {
  await writeEmission(folder, { files, harness: [] });
  const names = fileNames(model);
  const objects: string[] = [];
  for (const source of [names.source, names.weights].filter((name) => files.some((file) => file.name === name))) {
    const object = join(folder, source.replace(/c$/, "o"));
    const { status } = await runProcess(compiler, [...flags, "-c", join(folder, source), "-o", object], { timeLimit: 120_000, ...limits });
    if (status !== 0) return undefined;
    objects.push(object);
  }
  writeFileSync(join(folder, "variant.c"), variantOf(program));
  return linkVariant(join(folder, "variant.so"), [join(folder, "variant.c"), ...objects], [], limits);
}

function variantOf(program: Program): string {
  const of = (kind: "input" | "output"): ReturnType<typeof place> => place(program.buffers.filter((buffer) => buffer.kind === kind));
  const lent = [...arenasOf(program).keys()].map((type) => ({ declaration: `${cTypes[type]} ${arenaName(type)}[${arenaMacro(model, type)}]`, argument: arenaName(type) }));
  return entryVariant({ inputs: of("input"), outputs: of("output") }, { include: `#include "${fileNames(model).header}"`, name: runName(model), lent });
}

interface Timing {
  readonly vector: string;
  readonly objects: readonly string[];
  readonly level: Level;
  readonly turns: Turns;
  readonly limits: Limits;
}

async function timed(rounds: string, { vector, objects, level, turns, limits }: Timing): Promise<readonly (readonly number[])[]> {
  try {
    return await timeInTurns(rounds, vector, objects, turns, limits);
  } catch (error) {
    if (error instanceof Refusal && error.message.includes("SIGILL")) throw new Refusal("usage", "usage", `this machine has not the instructions of ${level}`, undefined, "leave --measure out, or name another --target");
    throw error;
  }
}

async function textBytes(object: string, limits: Limits): Promise<number> {
  const { output } = await runProcess(requireTool("size", "(binutils) to measure code"), ["-A", "-d", object], limits);
  return output.toString("utf8").split("\n").map((line) => line.split(/\s+/)).filter(([section = ""]) => section.startsWith(".text")).reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

/** Candidates that take turns in one process, at most: more, and a round lasts too long to be one moment of the machine. */
const inOneTurn = 24;

/** Times by a workbench: the first program is the yardstick, the others by their median ratio to it in the same round. */
export function measuredPrices({ inTurns }: Pick<Workbench, "inTurns">): Prices {
  const ratiosOf = async (programs: readonly Program[], closely: "closely" | undefined): Promise<{ readonly yardstick: number; readonly ratios: readonly (number | undefined)[] }> => {
    const [own, ...times] = await inTurns(programs, closely);
    const base = present(own, "the code of the schedule that is there already");
    return { yardstick: medianOf(base) / 1000, ratios: times.map((time) => (time === undefined ? undefined : time === base ? 1 : ratioInTurns(time, base))) };
  };
  return {
    unit: "µs",
    of: async ([first, ...others], closely) => {
      if (first === undefined) return [];
      const { yardstick, ratios } = await ratiosOf([first, ...others.slice(0, inOneTurn)], closely);
      const all = [...ratios];
      for (let k = inOneTurn; k < others.length; k += inOneTurn) all.push(...(await ratiosOf([first, ...others.slice(k, k + inOneTurn)], closely)).ratios);
      return [yardstick, ...all.map((ratio) => (ratio === undefined ? undefined : ratio * yardstick))];
    },
  };
}
