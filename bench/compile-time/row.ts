/**
 * What one build takes: seconds of each stage and the largest resident memory. Run as a program
 * it measures one build and prints the row as JSON: each gets a process of its own, because
 * memory is counted per process and the first run of a stage is the one a person waits for.
 *
 *     node dist/bench/compile-time/row.js MODEL TARGET prove|emit
 *
 * TARGET is `default`, a processor with vectors or a small core. Seconds are of the processor,
 * all threads of this process; `wallSeconds` is the clock, solver processes included.
 */
import { pathToFileURL } from "node:url";
import { isRecord } from "../../src/record.js";
import { emitAndReadBack } from "../../src/emit-code.js";
import { buildModel } from "../../src/driver.js";
import { tuneEngine } from "../../src/engine.js";
import { stagedReference } from "../../src/lower/reference.js";
import { importModel } from "../../src/onnx/import.js";
import { programsOf } from "../../src/optimise/evaluate.js";
import { usualSteps } from "../../src/optimise/search.js";
import { fallbackPlacement, pipeline } from "../../src/pipeline.js";
import { type ScheduleStep, defaultSchedule } from "../../src/schedule.js";
import { type ScheduledModel, scheduleFor } from "../../src/schedule/targets.js";
import { afterStep, planSteps } from "../../src/steps.js";

export interface TimeRow {
  readonly outcome: string;
  /** Processor seconds by stage; with proofs one figure. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly wallSeconds: number;
  readonly peakMegabytes: number;
  readonly obligations: number;
}

export function isTimeRow(value: unknown): value is TimeRow {
  return isRecord(value) && isRecord(value["seconds"]) && ["wallSeconds", "peakMegabytes", "obligations"].every((key) => typeof value[key] === "number");
}

const contract = "separate";

/** Cumulative processor seconds of this process. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Runs `stage` and adds its seconds under its name. */
type Clock = <T>(name: string, stage: () => T) => T;

function clockInto(seconds: Record<string, number>): Clock {
  return (name, stage) => {
    const start = processorSeconds();
    const result = stage();
    seconds[name] = (seconds[name] ?? 0) + processorSeconds() - start;
    return result;
  };
}

function stepsFor(target: string, model: ScheduledModel): readonly ScheduleStep[] {
  if (target === "default") return defaultSchedule().steps;
  return scheduleFor(target, model)?.steps ?? usualSteps(programsOf(model));
}

/** From the file to C and back, nothing proved and no obligation made. */
function emitted(path: string, target: string): Pick<TimeRow, "outcome" | "seconds" | "obligations"> {
  const seconds: Record<string, number> = {};
  const clock = clockInto(seconds);
  const imported = clock("import", () => importModel(path, { fixDims: new Map(), fixInputs: new Map(), contract }));
  const reference = clock("reference", () => stagedReference(imported.graph, contract));
  const steps = clock("schedule", () => planSteps({ schedule: stepsFor(target, { graph: imported.graph, contract }), until: undefined, skip: [] }, pipeline));
  const last = clock("passes", () => [...steps, { pass: fallbackPlacement, options: {} }].reduce(afterStep, reference));
  clock("emit", () => emitAndReadBack({ ...last, imported, request: { model: path, contract } }));
  return { outcome: "emitted", seconds, obligations: 0 };
}

async function proved(path: string, target: string): Promise<Pick<TimeRow, "outcome" | "seconds" | "obligations">> {
  const start = processorSeconds();
  const { graph } = importModel(path, { fixDims: new Map(), fixInputs: new Map(), contract });
  const schedule = stepsFor(target, { graph, contract });
  const request = { model: path, fixDims: new Map(), contract, schedule, until: undefined, skip: [], solver: "auto", jobs: 2, prove: true } as const;
  const { outcome, stages } = await buildModel(request, { stage: () => undefined, settled: () => undefined });
  return { outcome, seconds: { build: processorSeconds() - start }, obligations: stages.reduce((sum, { obligations }) => sum + obligations.length, 0) };
}

async function main([path = "", target = "default", how = "emit"]: readonly string[]): Promise<void> {
  tuneEngine(); // as bin/obligato.mjs does
  const start = performance.now();
  const row = how === "prove" ? await proved(path, target) : emitted(path, target);
  const wallSeconds = (performance.now() - start) / 1000;
  process.stdout.write(`${JSON.stringify({ ...row, wallSeconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 } satisfies TimeRow)}\n`);
  process.exit(0); // solvers have threads
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));
