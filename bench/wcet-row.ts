/**
 * One network on one emulated core: the bound of its ELF, what the facts exported from it
 * bound when they are read again, the instructions counted under QEMU, and what the marks cost.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Optimisation } from "../backends/c/flags.js";
import { fileNames, runName } from "../backends/c/names.js";
import { present } from "../ir/prelude.js";
import { factsOf } from "../ir/loop/facts.js";
import type { Tensor } from "../ir/tensor/tensor.js";
import { type BuildResult, buildModel } from "../src/driver.js";
import { type TestFolder, readDataSet } from "../src/testing/data-sets.js";
import { compileForBoard, countOnBoard } from "../src/toolchain/board.js";
import type { Board } from "../src/toolchain/boards.js";
import { writeEmission } from "../src/toolchain/compile.js";
import { analyse } from "../wcet/analyse.js";
import { factFileOf } from "../wcet/bind/fact-file.js";
import { factFormats } from "../wcet/bind/formats.js";
import { instructionMode } from "../wcet/cores/instructions.js";
import { fixDimsOf } from "./network-list.js";
import { adversarialVectors } from "./wcet-vectors.js";

export interface TimingRow {
  readonly network: string;
  readonly target: Board["target"];
  readonly optimisation: Optimisation;
  readonly bound: bigint;
  /** Runs counted, and the most instructions one of them took. */
  readonly runs: number;
  readonly observed: number;
  /** Bound from the exported facts alone, by format; undefined where some loop has no fact. */
  readonly replayed: readonly (bigint | undefined)[];
  /** Instructions with marks, ÷ those of the same code compiled without. */
  readonly marksCost: number;
  readonly loops: number;
  readonly blocks: number;
  /** Of the analyser; of exporting and replaying the first format. */
  readonly seconds: number;
  readonly factSeconds: number;
  readonly problems: readonly string[];
}

export interface Built {
  readonly network: string;
  readonly result: BuildResult;
  readonly stored: readonly (readonly Tensor[])[];
}

/** The code of a network; that it is proved is for other tables. */
export async function builtNetwork({ name, model, sets }: TestFolder): Promise<Built> {
  const request = { model, fixDims: fixDimsOf(name), jobs: 1, contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: false } as const;
  const result = await buildModel(request, { stage: () => undefined, settled: () => undefined });
  return { network: name, result, stored: sets.map((set) => readDataSet(set).inputs) };
}

/** The formats that OTAWA reads. */
const replayedFormats = factFormats.filter(({ name }) => name === "f4" || name === "ffx");
const most = 120;

/** `seconds`: for counting, on the emulator. */
export async function timingRow(built: Built, board: Board, optimisation: Optimisation, seconds: number): Promise<TimingRow> {
  const { model, emission, read } = present(built.result.code, "code");
  const { program } = read;
  const { loops } = factsOf(program);
  const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
  const folder = mkdtempSync(join(tmpdir(), "obligato-wcet-"));
  try {
    await writeEmission(folder, { files: emission.files, harness: [] });
    const marked = await compileForBoard({ board, folder, model, program, optimisation, output: join(folder, "marked") });
    const about = { elf: readFileSync(marked.binary), where: `${model}.elf`, entry: runName(model) };
    const [found, analysis] = await timed(() => analyse({ ...about, totals, core: instructionMode, memory: { flashWaitStates: 0, ramWaitStates: 0 } }));
    const facts = [];
    for (const format of replayedFormats) facts.push(await timed(() => factFileOf({ ...about, loops, format })));
    const counts = await counted(built, { board, output: join(folder, "marked"), program }, marked.binary, seconds);
    await writeEmission(folder, { files: emission.files.map(({ name, text }) => ({ name, text: name === fileNames(model).source ? `#undef LOOP_BOUND\n${text}` : text })), harness: [] });
    const bare = await compileForBoard({ board, folder, model, program, optimisation, output: join(folder, "bare") });
    const few = vectorsOf(built, 3);
    const without = await countOnBoard({ board, output: join(folder, "bare"), program }, bare.binary, few);
    const observed = Math.max(...counts);
    return {
      network: built.network, target: board.target, optimisation,
      bound: found.kind === "none" ? 0n : found.bound,
      runs: counts.length, observed,
      replayed: facts.map(([outcome]) => (outcome.kind === "none" ? undefined : outcome.replayed)),
      marksCost: Math.max(...counts.slice(0, without.length)) / Math.max(...without),
      loops: loops.length,
      blocks: found.kind === "none" ? 0 : found.blocks,
      seconds: analysis, factSeconds: facts[0]?.[1] ?? 0,
      problems: [...(found.kind === "none" ? found.reasons : []), ...facts.flatMap(([outcome]) => (outcome.kind === "none" ? outcome.reasons : []))],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vectorsOf({ result, stored }: Built, count: number): readonly (readonly Tensor[])[] {
  return adversarialVectors(result.imported.graph.inputs, stored, count);
}

/** As many runs as fit: the first tells how long one takes. */
async function counted(built: Built, run: Parameters<typeof countOnBoard>[0], binary: string, seconds: number): Promise<readonly number[]> {
  const [, one] = await timed(() => countOnBoard(run, binary, vectorsOf(built, 1)));
  const fits = Math.max(3, Math.min(most, Math.floor(seconds / one)));
  return countOnBoard({ ...run, limits: { timeLimit: 600_000 } }, binary, vectorsOf(built, fits));
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}
