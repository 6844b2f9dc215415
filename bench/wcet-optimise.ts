/**
 * `npm run wcet-optimise [-- NETWORK@TARGET=CANDIDATES]`: schedules found by bound against the default
 * schedule and against the usual tiles of a small core, into docs/wcet.md between its markers.
 * What was found is proved, its bound is compared with instructions counted under QEMU on a few
 * of the inputs that cost most, and its outputs with the operators' meanings bit for bit. Leaves
 * with 1 if a bound is below a count, a claim is open or a bit differs. The table is of one
 * invocation without arguments; with a case as its argument, that row is only shown.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Optimisation } from "../backends/c/flags.js";
import { runName } from "../backends/c/names.js";
import { interfaceOf } from "../backends/c/parameters.js";
import { evalGraph } from "../ir/graph/eval.js";
import { codeFactsOf } from "../ir/loop/code-facts.js";
import { present } from "../ir/prelude.js";
import { formsFor } from "../src/cli/optimise.js";
import { type BuildResult, buildModel } from "../src/driver.js";
import { searchSchedule } from "../src/optimise/search.js";
import { evaluatorOf } from "../src/optimise/evaluate.js";
import { importModel } from "../src/onnx/import.js";
import { sameBits } from "../src/testing/compare.js";
import { type TestFolder, findTests, readDataSet } from "../src/testing/data-sets.js";
import { outputFile } from "../src/toolchain/board-harness.js";
import { compileForBoard, countOnBoard } from "../src/toolchain/board.js";
import { type Board, boards } from "../src/toolchain/boards.js";
import { writeEmission } from "../src/toolchain/compile.js";
import { vectorsOfBytes } from "../src/toolchain/run.js";
import { analyse } from "../wcet/analyse.js";
import { instructionMode } from "../wcet/cores/instructions.js";
import { fixDimsOf } from "./network-list.js";
import { adversarialVectors } from "./wcet-vectors.js";

/** Network, core, and programs that the search may compile: fewer where one takes long. */
const cases = [
  "acasxu_1_1@cortex-m4=24", "acasxu_1_1@rv32=24", "mlperf_ad_fp32@cortex-m4=16", "mlperf_ad_fp32@rv32=16", "tfl_mnist_dw_fp32@cortex-m4=6", "tfl_mnist_dw_fp32@rv32=6",
  "mnist_8@cortex-m4=8", "mnist_8@rv32=5", "mlperf_ad_int8_qop@cortex-m4=5", "silero_vad_openvino_16k@cortex-m4=5", "silero_vad_openvino_16k@rv32=4",
  "tfl_tinymaix_mnist_dw_int8_qdq@cortex-m4=4", "sonnx_lenet5@cortex-m4=4", "deeploy_cct_1_16_16_8@cortex-m4=4", "stm_mobilenetv2_05_128@cortex-m4=3",
];
/** Rows made at once, each by a process of its own; the last of the list first, for it takes longest. */
const lanes = 2;
const execute = promisify(execFile);
const page = "docs/wcet.md";
const [begin, end] = ["<!-- begin: npm run wcet-optimise -->", "<!-- end: npm run wcet-optimise -->"];
const head = ["Network", "Core", "Default", "Usual tiles", "Optimised", "Default ÷ optimised", "Code", "Choices tried", "Compiled", "Obligations, all proved", "Proof, s", "Counted, at most", "Bound ÷ counted", "Outputs differing"];
/** Runs counted: inputs that cost most come first. */
const runs = 3;
const memory = { flashWaitStates: 0, ramWaitStates: 0 };

interface Row {
  readonly cells: readonly string[];
  readonly wrong: boolean;
}

async function row({ name, model, sets }: TestFolder, board: Board, limit: number): Promise<Row> {
  const fixDims = fixDimsOf(name);
  const forms = formsFor({ optimisation: "O2", floatCompare: "float" }, () => false);
  const { graph } = importModel(model, { fixDims });
  const evaluator = await evaluatorOf({ graph, contract: "separate", board, core: instructionMode, memory, cache: process.env["OBLIGATO_SEARCH_CACHE"] });
  const found = await searchSchedule({ evaluator, forms, limit, report: () => undefined });
  const request = { model, fixDims, jobs: 1, contract: "separate", schedule: found.steps, floatCompare: found.form.floatCompare, until: undefined, skip: [], solver: "auto", prove: true } as const;
  const [result, proofSeconds] = await timed(() => buildModel(request, { stage: () => undefined, settled: () => undefined }));
  const stored = sets.map((set) => readDataSet(set).inputs);
  const { bound, counted, differing } = await measured(result, board, found.form.optimisation, stored);
  const ledger = result.stages.flatMap((stage) => stage.ledger);
  const proved = ledger.filter(({ verdict }) => verdict.kind === "proved").length;
  const wrong = result.outcome !== "proved" || proved !== ledger.length || bound === undefined || bound < BigInt(counted) || differing > 0;
  const times = (value: number | undefined): string => value?.toLocaleString("en") ?? "none";
  const ratio = (found.before.default ?? NaN) / Number(bound);
  return { wrong, cells: [
    name, board.target, times(found.before.default), times(found.before.usual), bound?.toLocaleString("en") ?? "none", ratio.toFixed(2), `-${found.form.optimisation}${found.form.floatCompare === "integer" ? ", integer" : ""}`, String(found.tried.length),
    String(compiledBy(evaluator.counts())), proved === ledger.length ? times(proved) : `${proved} of ${ledger.length}`, proofSeconds.toFixed(0),
    times(counted), (Number(bound) / counted).toFixed(4), String(differing),
  ] };
}

function compiledBy({ compiled, known }: { readonly compiled: number; readonly known: number }): number {
  return compiled + known;
}

interface Measured {
  readonly bound: bigint | undefined;
  readonly counted: number;
  /** Output tensors that differ from the meanings in a bit. */
  readonly differing: number;
}

/** The proved C, linked: its bound, and runs of the same ELF. */
async function measured({ code, imported: { graph } }: BuildResult, board: Board, optimisation: Optimisation, stored: Parameters<typeof adversarialVectors>[1]): Promise<Measured> {
  const { model, emission: { files }, read: { program } } = present(code, "code of a proved build");
  const folder = mkdtempSync(join(tmpdir(), "obligato-optimised-"));
  try {
    await writeEmission(folder, { files, harness: [] });
    const { binary } = await compileForBoard({ board, folder, model, program, optimisation });
    const { loops, guards, namesakes } = codeFactsOf(program);
    const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
    const found = await analyse({ elf: readFileSync(binary), where: `${model}.elf`, entry: runName(model), totals, guards: guards.map(({ taken }) => taken), namesakes, core: instructionMode, memory });
    const vectors = adversarialVectors(graph.inputs, stored, runs);
    const counts = await countOnBoard({ board, output: folder, program, limits: { timeLimit: 600_000 } }, binary, vectors);
    const outputs = vectorsOfBytes(readFileSync(join(folder, outputFile)), vectors.length, interfaceOf(program).filter(({ kind }) => kind === "output"));
    const differing = vectors.flatMap((inputs, k) => {
      const meant = [...evalGraph(graph, new Map(graph.inputs.map(({ name }, j) => [name, present(inputs[j], name)])), "separate").values()];
      return (outputs[k] ?? []).filter((value, j) => !sameBits(present(meant[j], "output"), value));
    }).length;
    return { bound: found.kind === "bound" ? found.bound : undefined, counted: Math.max(...counts), differing };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}

/** Replaces what stands between the markers. */
function writeTable(rows: readonly (readonly string[])[]): void {
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const table = [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
  const text = readFileSync(page, "utf8");
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before >= 0 && after > before) writeFileSync(page, `${text.slice(0, before + begin.length)}\n${table}\n${text.slice(after)}`);
}

async function shown(text: string): Promise<void> {
  const [, name = "", target, limit] = /^(.*)@(.*)=([0-9]+)$/.exec(text) ?? [];
  const [folder] = findTests(join(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "models", name));
  const { cells, wrong } = await row(present(folder, `test folder of ${name}`), present(boards.find((it) => it.target === target), text), Number(limit));
  console.log(cells.join(" | "));
  if (wrong) process.exitCode = 1;
}

/** The table grows while rows come in, in the order of the list. */
async function all(): Promise<void> {
  const done = new Map<string, readonly string[]>();
  const waiting = [...cases.slice(-1), ...cases.slice(0, -1)];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        const { stdout } = await execute(process.execPath, [present(process.argv[1], "script"), next]);
        console.log(stdout.trimEnd());
        done.set(next, stdout.trimEnd().split(" | "));
      } catch (error) {
        console.log(`WRONG ${next}: ${String(error)}`);
        process.exitCode = 1;
      }
      writeTable(cases.flatMap((it) => [done.get(it)].filter((cells) => cells !== undefined)));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

const [only] = process.argv.slice(2);
await (only === undefined ? all() : shown(only));
