/**
 * One network on one emulated core: the bound of its ELF, what the facts exported from it
 * bound when they are read again, the instructions counted under QEMU, and what the marks cost.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmittedFile, FloatCompare } from "../backends/backend.js";
import type { Optimisation } from "../backends/c/flags.js";
import { fileNames, runName } from "../backends/c/names.js";
import { present } from "../ir/prelude.js";
import { codeFactsOf } from "../ir/loop/code-facts.js";
import type { Tensor } from "../ir/tensor/tensor.js";
import { type BuildResult, buildModel } from "../src/driver.js";
import { importModel } from "../src/onnx/import.js";
import { evaluatorOf } from "../src/optimise/evaluate.js";
import { boundedSteps } from "../src/optimise/search.js";
import type { ScheduleStep } from "../src/schedule.js";
import { type TestFolder, readDataSet } from "../src/testing/data-sets.js";
import { type BoardRun, compileForBoard, countOnBoard } from "../src/toolchain/board.js";
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
  /** In instructions; undefined where there is none. */
  readonly bound: bigint | undefined;
  /** Runs counted, and the most instructions one of them took. */
  readonly runs: number;
  readonly observed: number;
  /** Bound from the exported facts alone, by format; undefined where some loop has no fact. */
  readonly replayed: readonly (bigint | undefined)[];
  /** Instructions with marks, ÷ those of the same code compiled without. */
  readonly marksCost: number;
  /** Of the program; basic blocks of the binary. */
  readonly loops: number;
  readonly blocks: number;
  /** Of the analyser; of exporting and replaying a format. */
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
export async function builtNetwork({ name, model, sets }: TestFolder, floatCompare: FloatCompare = "float", schedule?: readonly ScheduleStep[]): Promise<Built> {
  const request = { model, fixDims: fixDimsOf(name), jobs: 1, contract: "separate", schedule, until: undefined, skip: [], solver: "auto", prove: false, floatCompare } as const;
  const result = await buildModel(request, { stage: () => undefined, settled: () => undefined });
  return { network: name, result, stored: sets.map((set) => readDataSet(set).inputs) };
}

/** The same with the schedule that `build --target` takes where nobody wrote one. */
export async function builtForTarget(test: TestFolder, board: Board): Promise<Built> {
  const { graph } = importModel(test.model, { fixDims: fixDimsOf(test.name) });
  const evaluator = await evaluatorOf({ graph, contract: "separate", board, core: instructionMode, memory: noWaitStates, cache: undefined });
  const steps = await boundedSteps({ evaluator, forms: [{ optimisation: "O2", floatCompare: "float" }], limit: 24, report: () => undefined });
  return builtNetwork(test, "float", steps);
}

/** The formats that OTAWA reads. */
const replayedFormats = factFormats.filter(({ name }) => name === "f4" || name === "ffx");
const noWaitStates = { flashWaitStates: 0, ramWaitStates: 0 };
/** Runs of a network; without marks, a few. */
const fewest = 4;

export async function timingRow(built: Built, board: Board, optimisation: Optimisation, runs: number): Promise<TimingRow> {
  const { model, emission: { files }, read: { program } } = present(built.result.code, "code");
  const folder = mkdtempSync(join(tmpdir(), "obligato-wcet-"));
  const compiled = async (name: string, sources: typeof files): Promise<Binary> => {
    await writeEmission(folder, { files: sources, harness: [] });
    const output = join(folder, name);
    const { binary } = await compileForBoard({ board, folder, model, program, optimisation, output });
    return { binary, run: { board, output, program, limits: { timeLimit: 3_600_000 } } };
  };
  try {
    const marked = await compiled("marked", files);
    const analysed = await analysedRow(built, marked.binary);
    const counts = await countOnBoard(marked.run, marked.binary, vectorsOf(built, runs));
    const bare = await compiled("bare", files.map((file) => (file.name === fileNames(model).source ? withoutMarks(file) : file)));
    const without = await countOnBoard(bare.run, bare.binary, vectorsOf(built, fewest));
    const marksCost = Math.max(...counts.slice(0, without.length)) / Math.max(...without);
    return { network: built.network, target: board.target, optimisation, ...analysed, runs: counts.length, observed: Math.max(...counts), marksCost };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Binary {
  readonly binary: string;
  readonly run: BoardRun;
}

/** The mark's definition is taken back, so that the file's own, which is empty, holds. */
function withoutMarks({ name, text }: EmittedFile): EmittedFile {
  return { name, text: `#undef LOOP_BOUND\n#undef GUARD_START\n#undef GUARD_END\n${text}` };
}

type Analysed = Pick<TimingRow, "bound" | "replayed" | "loops" | "blocks" | "seconds" | "factSeconds" | "problems">;

async function analysedRow(built: Built, binary: string): Promise<Analysed> {
  const { model, read: { program } } = present(built.result.code, "code");
  const { loops, guards, namesakes } = codeFactsOf(program);
  const named = new Map(loops.map((loop) => [loop.loop, loop]));
  const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
  const about = { elf: readFileSync(binary), where: `${model}.elf`, entry: runName(model) };
  const [found, seconds] = await timed(() => analyse({ ...about, totals, guards: guards.map(({ taken }) => taken), namesakes, core: instructionMode, memory: noWaitStates }));
  const facts = [];
  for (const format of replayedFormats) facts.push(await timed(() => factFileOf({ ...about, loops: named, format })));
  const replayed = facts.map(([outcome]) => (outcome.kind === "none" ? undefined : outcome.replayed));
  const problems = [...(found.kind === "none" ? found.reasons : []), ...facts.flatMap(([outcome]) => (outcome.kind === "none" ? outcome.reasons : []))];
  const [bound, blocks] = found.kind === "none" ? [undefined, 0] : [found.bound, found.blocks];
  return { bound, replayed, loops: loops.length, blocks, seconds, factSeconds: Math.max(...facts.map(([, taken]) => taken)), problems };
}

function vectorsOf({ result, stored }: Built, count: number): readonly (readonly Tensor[])[] {
  return adversarialVectors(result.imported.graph.inputs, stored, count);
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}
