/** One search from model to schedule: what is asked of the parts, and which parts a target has. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import type { SolverChoice } from "../../proofs/provers/discharge.js";
import { type BuildRequest, type Progress, buildModel } from "../driver.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import { type ImportedModel, importModel } from "../onnx/import.js";
import { programsOf } from "../optimise/evaluate.js";
import type { Schedule, ScheduleStep } from "../schedule.js";
import { defaultSchedule } from "../schedule.js";
import { type VectorMachine, machineUnder, vectorMachines } from "../schedule/vector/machine.js";
import type { Level } from "../toolchain/levels.js";
import { keptPrices } from "./kept-prices.js";
import { type Machine, machines } from "./machine.js";
import { type Workbench, measuredPrices, workbenchOf } from "./measure.js";
import { type Prices, modelledPrices } from "./prices.js";
import { type Proof, type Tuned, tune } from "./search.js";
import { spaceOf } from "./space.js";

/** What is lowered: time by the model or the clock, bytes of code. */
export type Aim = "time" | "code";

export interface TuneOptions {
  readonly model: string;
  readonly fixDims: ReadonlyMap<string, number>;
  readonly fixInputs: FixInputs;
  readonly contract: MulAddContract;
  readonly level: Level;
  readonly aim: Aim;
  readonly measure: boolean;
  readonly limit: number;
  /** Candidates of a nest that are compiled, at most; by default few, and all of them where the price costs nothing. */
  readonly perNest?: number | "all" | undefined;
  /** Milliseconds; the candidate at hand and the proof are not cut off. */
  readonly budget: number | undefined;
  /** Where prices are kept. */
  readonly cache: string | undefined;
  readonly solver: SolverChoice;
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Hears of folders that an interrupt has to remove. */
  readonly temporary: (folder: string) => void;
}

export interface TuneResult extends Tuned {
  readonly schedule: Schedule;
  readonly unit: Prices["unit"];
  /** Prices taken from what an earlier run had kept. */
  readonly known: number;
}

const usualPerNest = { measured: 8, modelled: Infinity } as const;
/** Below, a difference says nothing: of medians, of a model; bytes are exact. */
const margins = { measured: { nest: 0.02, network: 0.01 }, modelled: { nest: 0.05, network: 0.01 }, bytes: { nest: 0, network: 0 } } as const;

export async function tuneModel(options: TuneOptions, progress: Progress): Promise<TuneResult> {
  const { contract, level, aim, measure, limit, perNest, budget, cache, jobs, signal, temporary } = options;
  const { graph } = modelOf(options);
  const { machine, vectors } = machinesFor(level, contract);
  const programs = programsOf({ graph, contract });
  const how = measure || aim === "code" ? "measured" : "modelled";
  const bench = how === "measured" ? await workbenchOf(level, graph.constants, { signal, temporary, jobs }) : undefined;
  try {
    const prices = pricesOf(bench, { aim, machine, cache });
    const end = budget === undefined ? Infinity : performance.now() + budget;
    const found = await tune({
      space: spaceOf(programs, vectors), machine, programs, prices,
      limit: how === "modelled" ? Infinity : limit,
      perNest: perNest ?? usualPerNest[how], margin: aim === "code" ? margins.bytes : margins[how],
      expired: () => performance.now() > end,
      report: progress.stage,
      prove: (steps) => proofOf(options, steps, progress),
    });
    return { ...found, schedule: { ...defaultSchedule(), target: level, muladd: contract, steps: found.steps }, unit: prices.unit, known: prices.counts().known };
  } finally {
    bench?.close();
  }
}

/** As a build reads it. */
export function modelOf({ model, fixDims, fixInputs, contract }: Pick<TuneOptions, Subject>): ImportedModel {
  return importModel(model, { fixDims, fixInputs, contract, folder: dirname(model) });
}

type Subject = "model" | "fixDims" | "fixInputs" | "contract";

function machinesFor(level: Level, contract: MulAddContract): { readonly machine: Machine; readonly vectors: VectorMachine } {
  const [machine, vectors] = [machines[level], vectorMachines.find(({ name }) => name === level)];
  if (machine === undefined || vectors === undefined) throw new Refusal("usage", "usage", `there is no schedule for the vectors of ${level}`, undefined, "name another --target");
  return { machine, vectors: machineUnder(contract, vectors) };
}

function pricesOf(bench: Workbench | undefined, { aim, machine, cache }: { readonly aim: Aim; readonly machine: Machine; readonly cache: string | undefined }): ReturnType<typeof keptPrices> {
  if (bench === undefined) return keptPrices(modelledPrices(machine), { name: machine.name, textOf: freshNames(), folder: undefined });
  const asked = { name: bench.name, textOf: bench.textOf, folder: cache };
  return keptPrices(aim === "code" ? { unit: "bytes", of: bench.codeBytes } : measuredPrices(bench), asked);
}

/** The model answers faster than a digest is made. */
function freshNames(): () => string {
  let count = 0;
  return () => String(count++);
}

/** Of the whole build; what the driver refuses for a schedule alone is left open, too. */
export async function proofOf({ model, fixDims, fixInputs, contract, solver, jobs, passes }: Pick<TuneOptions, Subject | "solver" | "jobs"> & Pick<BuildRequest, "passes">, steps: readonly ScheduleStep[], progress: Progress): Promise<Proof> {
  try {
    const { outcome } = await buildModel({ model, fixDims, fixInputs, contract, schedule: steps, until: undefined, skip: [], solver, jobs, prove: true, ...(passes === undefined ? {} : { passes }) }, progress);
    return outcome === "proved" || outcome === "refuted" ? outcome : "undecided";
  } catch (error) {
    if (error instanceof Refusal && error.refusal !== "tool-missing" && error.refusal !== "usage") return "undecided";
    throw error;
  }
}

/** The widest level of which this machine has the instructions, as far as the system tells. */
export function ownLevel(): Level {
  const flags = new Set(flagsOf());
  const has = (...names: readonly string[]): boolean => names.every((name) => flags.has(name));
  if (has("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl")) return "x86-64-v4";
  return "x86-64-v3";
}

function flagsOf(): readonly string[] {
  try {
    return /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.trim().split(" ") ?? [];
  } catch {
    return [];
  }
}
