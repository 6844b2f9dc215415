/**
 * Instructions of one inference under QEMU, which repeat exactly, with the schedule of each
 * target: what the record test/networks/instruction-counts.json holds, and how much more a
 * change may take.
 */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../ir/prelude.js";
import { importModel } from "../../src/onnx/import.js";
import { vectorFor } from "../../src/run/vectors.js";
import { compileForBoard, countOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board as board } from "../../src/toolchain/boards.js";
import { crossGcc, hosted } from "../../src/toolchain/hosted.js";
import { type Counting, onAArch64, onX86 } from "./instructions.js";
import { type Source, codeFor, textOf } from "./network.js";
import { type Place, compilerNamed, places } from "./places.js";

/** Where instructions are counted. AVX-512 is not among them: no emulator knows it. */
export const gates = ["cortex-m4", "x86-64-v3", "aarch64"] as const;
export type Gate = (typeof gates)[number];

export interface GateRecord {
  /** What the compiler says of itself: another one makes other code. */
  readonly compiler: string;
  readonly counts: Readonly<Record<string, number>>;
}

export type InstructionCounts = Readonly<Record<Gate, GateRecord>>;

export const countsFile = "test/networks/instruction-counts.json";

const perf = (name: string): readonly string[] => ["perf", `${name}.onnx`];
const model = (name: string): readonly string[] => ["models", name, "model.onnx"];

/** Networks by target, with their path in the test data. */
export const networksOf: Readonly<Record<Gate, Readonly<Record<string, readonly string[]>>>> = {
  "cortex-m4": {
    hcas_pra0_tau00: model("hcas_pra0_tau00"), lenet5: perf("lenet5"), dscnn: perf("dscnn"), resnet8: perf("resnet8"),
    mlperf_ic_int8_qop: model("mlperf_ic_int8_qop"), mlperf_kws_int8_qop: model("mlperf_kws_int8_qop"),
  },
  "x86-64-v3": { lenet5: perf("lenet5"), dscnn: perf("dscnn"), resnet8: perf("resnet8"), tinyxf: perf("tinyxf"), mlperf_kws_int8_qdq: model("mlperf_kws_int8_qdq") },
  "aarch64": { dscnn: perf("dscnn"), tinyxf: perf("tinyxf") },
};

/** By how much of itself a count may grow: less is an accident of the compiler. */
const mostGrowth = 0.02;

export async function compilerOf(gate: Gate): Promise<string> {
  if (gate === "x86-64-v3") return (await compilerNamed("gcc")).version;
  const { prefix, target } = gate === "cortex-m4" ? board : { ...hosted.aarch64, target: gate };
  return (await crossGcc(prefix, target)).version;
}

/** With the gate's own schedule or another, by its name. */
export async function instructionsAt(gate: Gate, file: string, work: string, schedule?: string): Promise<number> {
  const source: Source = { model: file, contract: "separate", graph: importModel(file, { contract: "separate" }).graph };
  const place = present(places.find(({ name }) => name === gate), gate);
  const code = await codeFor(schedule ?? place.schedule, source);
  const inputs = vectorFor(source.graph.inputs, 1);
  return gate === "cortex-m4" ? onCortexM4({ code, work }, place, inputs) : (gate === "aarch64" ? onAArch64 : onX86)({ code, work }, place, inputs);
}

/** At -O2 and the pinned flags. */
async function onCortexM4({ code, work }: Counting, { usual }: Place, inputs: ReturnType<typeof vectorFor>): Promise<number> {
  const text = await textOf(code, "separate", mkdtempSync(join(work, "count-")));
  const { binary } = await compileForBoard({ board, ...text, optimisation: usual, output: text.folder });
  const [count] = await countOnBoard({ board, output: text.folder, program: text.program, limits: { timeLimit: 600_000 } }, binary, [inputs]);
  return present(count, "a count");
}

/** Undefined where the count did not grow by more than it may. */
export function grown(name: string, found: number, { compiler, counts }: GateRecord, installed: string): string | undefined {
  const before = counts[name];
  if (before !== undefined && found <= before * (1 + mostGrowth)) return undefined;
  const change = before === undefined ? "is not in the record" : `took ${before} instructions and takes ${found}, ${((found / before - 1) * 100).toFixed(1)} % more`;
  const other = compiler === installed ? "" : ` (recorded with ${compiler}, this is ${installed})`;
  return `${name} ${change}${other}; if that is meant, npm run instruction-counts renews ${countsFile}`;
}
