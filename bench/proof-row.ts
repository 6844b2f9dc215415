/**
 * What proving one model takes: obligations by rule and by prover, how much holds end
 * to end, time and memory. Run as a program it measures one build and prints the row as
 * JSON: each build gets a process of its own, because memory is counted per process.
 *
 *     node dist/bench/proof-row.js MODEL [NAME=EXTENT,…] [SCHEDULE]
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL, fileURLToPath } from "node:url";
import { present } from "../ir/prelude.js";
import { coverageOf } from "../src/compose/coverage.js";
import { type BuildResult, buildModel } from "../src/driver.js";
import { type Counts, countLedger } from "../src/evidence/counts.js";
import { parseSchedule } from "../src/schedule.js";

export interface ProofRow {
  readonly outcome: string;
  readonly nodes: number;
  readonly statements: number;
  readonly counts: Counts;
  /** Obligations answered by an equal one of the same build. */
  readonly shared: number;
  /** Statements proved against the reference program itself. */
  readonly covered: number;
  /** Passes, making and discharging of all stages. */
  readonly wallSeconds: number;
  readonly processorSeconds: number;
  readonly peakMegabytes: number;
  /** Of every stage, obligations and seconds. */
  readonly stages: readonly { readonly name: string; readonly obligations: number; readonly seconds: number }[];
}

export interface ProofTask {
  readonly model: string;
  readonly fixDims: Readonly<Record<string, number>>;
  readonly schedule: string | undefined;
}

const solvers = 2;

/** Builds in this process. */
async function measured({ model, fixDims, schedule }: ProofTask): Promise<ProofRow> {
  const steps = schedule === undefined ? undefined : parseSchedule(readFileSync(schedule, "utf8"), schedule);
  const request = {
    model, fixDims: new Map(Object.entries(fixDims)), contract: steps?.muladd ?? "separate", schedule: steps?.steps, until: undefined, skip: [],
    solver: "auto", jobs: solvers, prove: true,
  } as const;
  const [wall, processor] = [performance.now(), process.cpuUsage()];
  const result = await buildModel(request, { stage: () => undefined, settled: () => undefined });
  const { user, system } = process.cpuUsage(processor);
  return { ...rowOf(result), wallSeconds: (performance.now() - wall) / 1000, processorSeconds: (user + system) / 1e6, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
}

function rowOf({ outcome, imported, stages }: BuildResult): Omit<ProofRow, "wallSeconds" | "processorSeconds" | "peakMegabytes"> {
  const ledger = stages.flatMap((stage) => stage.ledger);
  const coverage = present(coverageOf(stages), "an end-to-end stage");
  return {
    outcome,
    nodes: imported.graph.nodes.length,
    statements: coverage.statements,
    counts: countLedger(ledger),
    shared: ledger.filter(({ sharedWith }) => sharedWith !== undefined).length,
    covered: coverage.covered,
    stages: stages.map(({ name, obligations, seconds }) => ({ name, obligations: obligations.length, seconds })),
  };
}

/** Builds in a process of its own. */
export function proofRow({ model, fixDims, schedule }: ProofTask): ProofRow {
  const program = fileURLToPath(import.meta.url);
  const dims = Object.entries(fixDims).map(([name, extent]) => `${name}=${extent}`).join(",");
  const child = spawnSync(process.execPath, [program, model, dims, ...(schedule === undefined ? [] : [schedule])], { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (child.status !== 0) throw new Error(`${model}: ${child.stderr}`);
  const row: unknown = JSON.parse(child.stdout);
  if (!isRow(row)) throw new Error(`${model}: no row in ${child.stdout.slice(0, 200)}`);
  return row;
}

function isRow(value: unknown): value is ProofRow {
  return typeof value === "object" && value !== null && ["outcome", "counts", "stages", "peakMegabytes"].every((field) => field in value);
}

const [, self, model, dims = "", schedule] = process.argv;
if (model !== undefined && self !== undefined && import.meta.url === pathToFileURL(self).href) {
  const pairs = dims.split(",").filter((pair) => pair !== "").map((pair) => pair.split("="));
  const fixDims = Object.fromEntries(pairs.map(([name = "", extent]) => [name, Number(extent)]));
  console.log(JSON.stringify(await measured({ model, fixDims, schedule })));
}
