/**
 * `npm run analysers [-- MILLIONS [NETWORK...]]`: what OTAWA makes of the exported facts, against our bound of the same ELF and the
 * instructions counted, into docs/wcet.md between its markers. `owcet` and `odisasm` are looked for in $OTAWA_HOME/bin
 * and on PATH; without them nothing is measured. The cost of an instruction is one cycle (`trivial`, one stage).
 * Leaves with 1 if OTAWA refuses an ELF that our gate lets pass, or its bound is below what was counted.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { otawaFlags } from "../backends/c/flags.js";
import { runName } from "../backends/c/names.js";
import { codeFactsOf } from "../ir/loop/code-facts.js";
import { present } from "../ir/prelude.js";
import { importModel } from "../src/onnx/import.js";
import { evaluatorOf } from "../src/optimise/evaluate.js";
import { boundedSteps } from "../src/optimise/search.js";
import { compiledFor } from "../src/run/analyser-flags.js";
import type { ScheduleStep } from "../src/schedule.js";
import { findTests } from "../src/testing/data-sets.js";
import { compileForBoard, countOnBoard } from "../src/toolchain/board.js";
import { cortexM4Board } from "../src/toolchain/boards.js";
import { writeEmission } from "../src/toolchain/compile.js";
import { analyse } from "../wcet/analyse.js";
import { factFileOf } from "../wcet/bind/fact-file.js";
import { factFormats } from "../wcet/bind/formats.js";
import { otawaProblems } from "../wcet/bind/otawa-gate.js";
import { instructionMode } from "../wcet/cores/instructions.js";
import { fixDimsOf } from "./network-list.js";
import { writeBetween } from "./table.js";
import { type Built, builtNetwork } from "./wcet-row.js";
import { adversarialVectors } from "./wcet-vectors.js";

const networks = [
  "acasxu_1_1", "mlperf_ad_fp32", "sonnx_lenet5", "mnist_8", "mlperf_ic_fp32", "tfl_mnist_dw_fp32", "onnx2c_lstm_k1", "silero_vad_openvino_16k",
  "deeploy_cct_1_16_16_8", "mlperf_ad_int8_qop", "tfl_hello_world_int8_qop",
];
/** With the default schedule, and as `build --target cortex-m4 --for otawa` makes them. */
const schedules = ["default", "for the core"] as const;
const head = ["Network", "Schedule", "Flag", "Counted, at most", "Our bound", "Replay of the facts", "OTAWA, F4", "OTAWA, FFX", "OTAWA ÷ counted", "OTAWA ÷ our bound", "Instructions OTAWA does not read", "OTAWA, s"];
const memory = { flashWaitStates: 0, ramWaitStates: 0 };
const home = process.env["OTAWA_HOME"];

function tool(name: string): string {
  const own = home === undefined ? name : join(home, "bin", name);
  return existsSync(own) ? own : name;
}

interface Answer {
  readonly wcet: bigint | undefined;
  readonly seconds: number;
  /** Its words, where there is no bound or it ignored a fact. */
  readonly complaint: string;
}

/** OTAWA's bound; it only warns where it drops a fact, so a warning is a complaint. */
function owcet(folder: string, elf: string, entry: string, facts: string): Answer {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(tool("owcet"), ["-s", "trivial", "-p", "stages=1", elf, entry, "-f", facts], { cwd: folder, encoding: "utf8", timeout: 300_000 });
  const [, wcet] = /WCET\[\w+\] = ([0-9]+) cycles/.exec(stdout) ?? [];
  const warnings = stderr.split("\n").filter((line) => /^(?:WARNING|ERROR)/.test(line));
  const complaint = status === 0 && wcet !== undefined && warnings.length === 0 ? "" : `owcet leaves with ${String(status)}: ${warnings[0] ?? ""}`;
  return { wcet: wcet === undefined ? undefined : BigInt(wcet), seconds: (performance.now() - start) / 1000, complaint };
}

interface Row {
  readonly cells: readonly string[];
  readonly problems: readonly string[];
}

/** The schedule that a build for the core takes. */
async function stepsFor(model: string, name: string): Promise<readonly ScheduleStep[] | undefined> {
  const { graph } = importModel(model, { fixDims: fixDimsOf(name) });
  const about = { graph, contract: "separate", board: cortexM4Board, core: instructionMode, memory, cache: undefined, extra: otawaFlags } as const;
  return boundedSteps({ evaluator: await evaluatorOf(about), forms: [{ optimisation: "O2", floatCompare: "integer" }], limit: 24, report: () => undefined });
}

async function rowOf(built: Built, schedule: (typeof schedules)[number], budget: number): Promise<Row> {
  const { model, emission: { files }, read: { program } } = present(built.result.code, "code");
  const folder = mkdtempSync(join(tmpdir(), "obligato-analysers-"));
  try {
    await writeEmission(folder, { files, harness: [] });
    const compile = (extra: readonly string[]) => compileForBoard({ board: cortexM4Board, folder, model, program, optimisation: "O2", extra, output: folder });
    const { made: { binary }, extra } = await compiledFor("otawa", runName(model), compile, (made) => readFileSync(made.binary));
    const { loops, guards, namesakes } = codeFactsOf(program);
    const about = { elf: readFileSync(binary), where: `${model}.elf`, entry: runName(model) };
    const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
    const found = await analyse({ ...about, totals, guards: guards.map(({ taken }) => taken), namesakes, core: instructionMode, memory });
    if (found.kind === "none") return { cells: [built.network, schedule, ...head.slice(2).map(() => "none")], problems: found.reasons };
    const answers: Answer[] = [];
    let replayed: bigint | undefined;
    for (const format of factFormats.filter(({ name }) => name === "f4" || name === "ffx")) {
      const facts = await factFileOf({ ...about, loops: new Map(loops.map((loop) => [loop.loop, loop])), format, gate: (elf, code) => otawaProblems(elf, code, []) });
      if (facts.kind === "none") return { cells: [built.network, schedule, ...head.slice(2).map(() => "refused")], problems: facts.reasons };
      replayed = facts.replayed;
      writeFileSync(join(folder, `facts.${format.name === "f4" ? "ff" : "ffx"}`), facts.text);
      answers.push(owcet(folder, `${model}.elf`, about.entry, `facts.${format.name === "f4" ? "ff" : "ffx"}`));
    }
    const unread = spawnSync(tool("odisasm"), [`${model}.elf`, about.entry], { cwd: folder, encoding: "utf8" }).stdout.split("<unknown>").length - 1;
    const observed = await mostCounted(built, folder, binary, budget);
    return rowText({ first: [built.network, schedule, extra.join(" ")], observed, bound: found.bound, replayed, answers, unread });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function mostCounted({ result, stored }: Built, output: string, binary: string, budget: number): Promise<number> {
  const run = { board: cortexM4Board, output, program: present(result.code, "code").read.program, limits: { timeLimit: 600_000 } };
  const vectors = (count: number) => adversarialVectors(result.imported.graph.inputs, stored, count);
  const [one = 1] = await countOnBoard(run, binary, vectors(1));
  return Math.max(...await countOnBoard(run, binary, vectors(Math.max(1, Math.min(40, Math.floor(budget / one))))));
}

interface Figures {
  readonly first: readonly string[];
  readonly observed: number;
  readonly bound: bigint;
  readonly replayed: bigint | undefined;
  readonly answers: readonly Answer[];
  readonly unread: number;
}

function rowText({ first: named, observed, bound, replayed, answers, unread }: Figures): Row {
  const shown = (value: bigint | undefined): string => value?.toLocaleString("en") ?? "none";
  const [first] = answers;
  const ratio = (by: number): string => (first?.wcet === undefined ? "none" : (Number(first.wcet) / by).toFixed(4));
  const below = answers.filter(({ wcet }) => wcet !== undefined && wcet < BigInt(observed)).map(({ wcet }) => `OTAWA's ${shown(wcet)} is below ${observed}`);
  const problems = [...answers.map(({ complaint }) => complaint).filter((text) => text !== ""), ...below, ...(unread > 0 ? [`${unread} instructions are not read`] : [])];
  const seconds = Math.max(...answers.map((answer) => answer.seconds)).toFixed(1);
  return { cells: [...named, observed.toLocaleString("en"), shown(bound), shown(replayed), ...answers.map(({ wcet }) => shown(wcet)), ratio(observed), ratio(Number(bound)), String(unread), seconds], problems };
}

if (spawnSync(tool("owcet"), ["--help"]).error !== undefined) {
  console.log("skipped: owcet");
} else {
  const budget = 1e6 * Number(process.argv[2] ?? 200);
  const rows: Row[] = [];
  const asked = process.argv.slice(3);
  for (const name of asked.length > 0 ? asked : networks) {
    const [folder] = findTests(join(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "models", name));
    const found = present(folder, `test folder of ${name}`);
    for (const schedule of schedules) {
      const built = await builtNetwork(found, "integer", schedule === "default" ? undefined : await stepsFor(found.model, name));
      const row = await rowOf(built, schedule, budget);
      rows.push(row);
      console.log(row.cells.join("  "), row.problems.slice(0, 2).join("; "));
      writeBetween("docs/wcet.md", "npm run analysers", [head, ...rows.map(({ cells }) => cells)]);
    }
  }
  process.exitCode = rows.some(({ problems }) => problems.length > 0) ? 1 : 0;
}
