/**
 * A Cortex-M4 under QEMU: instructions of one inference and bytes of code, ours with the
 * schedule that `build --target cortex-m4` takes and onnx2c's. The counts repeat exactly.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { interfaceOf } from "../../backends/c/parameters.js";
import { fileNames, runName } from "../../backends/c/names.js";
import type { Graph } from "../../ir/graph/graph.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Program } from "../../ir/loop/program.js";
import type { Aim } from "../../src/optimise/choices.js";
import { type LemmaRequest, rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import { type Evaluator, evaluatorOf, programsOf } from "../../src/optimise/evaluate.js";
import { exactLemmas } from "../../src/optimise/exact-lemmas.js";
import { boundedSteps } from "../../src/optimise/search.js";
import { importModel } from "../../src/onnx/import.js";
import { type ScheduleStep, defaultSchedule } from "../../src/schedule.js";
import { vectorFor } from "../../src/run/vectors.js";
import { type BoardRun, compileForBoard, countOnBoard } from "../../src/toolchain/board.js";
import { boardHarness } from "../../src/toolchain/board-harness.js";
import { cortexM4Board as board } from "../../src/toolchain/boards.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { findTool, requireTool } from "../../src/toolchain/tools.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { instructionMode } from "../../wcet/cores/instructions.js";
import { fixDimsOf } from "../network-list.js";
import { stepsIn } from "./nests.js";
import { type Proof, nameOf, proofTexts, provedCode, stepsOf } from "./network.js";
import { peers } from "./variants.js";

export interface Counted {
  readonly instructions: number;
  /** Bytes of .text. */
  readonly code: number;
}

export interface CortexRow {
  readonly name: string;
  /** Multiply-adds done. */
  readonly steps: number;
  readonly ours: Counted;
  readonly proof: Proof;
  /** Undefined where onnx2c is not installed, or cannot compile the network. */
  readonly peer: Counted | undefined;
}

/** Whether what is needed is there. */
export function canCount(): boolean {
  return findTool(`${board.prefix}gcc`) !== undefined && findTool(board.qemu) !== undefined;
}

/** What is built: under which contract, and what is to be small. */
export interface CortexBuild {
  readonly contract?: MulAddContract | undefined;
  readonly aim?: Aim | undefined;
}

const form = { optimisation: "O2", floatCompare: "float" } as const;

function evaluatorFor(graph: Graph, { contract = "separate" }: CortexBuild): Promise<Evaluator> {
  const memory = { flashWaitStates: 0, ramWaitStates: 0 };
  return evaluatorOf({ graph, contract, board, core: instructionMode, memory, cache: undefined });
}

function stepsFrom(evaluator: Evaluator, { aim }: CortexBuild): Promise<readonly ScheduleStep[]> {
  return boundedSteps({ evaluator, forms: [form], limit: 24, report: () => undefined, aim });
}

/** The schedule that `build --target cortex-m4` takes for this aim (default: balanced), of a graph that its lemmas have made. */
export async function stepsOnCortexM4(graph: Graph, build: CortexBuild): Promise<readonly ScheduleStep[]> {
  return stepsFrom(await evaluatorFor(graph, build), build);
}

/** The lemmas that it asks for. */
export function lemmasOnCortexM4(graph: Graph, build: CortexBuild): Promise<readonly LemmaRequest[]> {
  const { contract = "separate", aim } = build;
  return exactLemmas(graph, contract, aim, async (other) => {
    const evaluator = await evaluatorFor(other, build);
    return evaluator.evaluate(await stepsFrom(evaluator, build), form);
  });
}

/** Of a proved build; throws a Refusal where it is not. Peers have no part in the fused contract. */
export async function cortexRow(model: string, work: string, { contract = "separate", aim }: CortexBuild = {}): Promise<CortexRow> {
  const folder = mkdtempSync(join(work, "cortex-m4-"));
  const { graph } = importModel(model, { fixDims: fixDimsOf(nameOf(model)), contract });
  const lemmas = await lemmasOnCortexM4(graph, { contract, aim });
  const steps = await stepsOnCortexM4(rewriteGraph(graph, lemmas).graph, { contract, aim });
  const { code, proof } = await provedCode(model, steps, contract, lemmas);
  const { model: name, emission, read: { program } } = code;
  await writeEmission(folder, { files: emission.files, harness: [] });
  const { binary, objects } = await compileForBoard({ board, folder, model: name, program, optimisation: "O2", output: folder });
  const vector = vectorFor(graph.inputs, 1);
  const [instructions] = await countOnBoard({ ...limits, output: folder, program }, binary, [vector]);
  const source = present(objects.find((object) => object.endsWith(fileNames(name).source.replace(/c$/, "o"))), "object of the source");
  const ours = { instructions: present(instructions, "a count"), code: await codeIn(source) };
  const counted = lemmas.length === 0 ? stepsOf(code) : stepsIn(programsOf({ graph, contract }).after(defaultSchedule().steps)); // those of the model: none in stored padding
  const row = { steps: counted, ours, proof };
  if (contract === "fused") return { ...row, name: `${nameOf(model)}, fused`, peer: undefined };
  return { ...row, name: nameOf(model), peer: await peerOf({ model, name, folder, program, vector }) };
}

const limits = { board, limits: { timeLimit: 600_000 } } satisfies Partial<BoardRun>;

interface PeerSite {
  readonly model: string;
  /** Of our files: the harness calls an entry of that name. */
  readonly name: string;
  /** With our header in it. */
  readonly folder: string;
  readonly program: Program;
  readonly vector: readonly Tensor[];
}

async function peerOf(site: PeerSite): Promise<Counted | undefined> {
  const onnx2c = peers.find(({ name }) => name === "onnx2c");
  const tool = onnx2c === undefined ? undefined : findTool(onnx2c.tool);
  if (onnx2c === undefined || tool === undefined) return undefined;
  try {
    await onnx2c.write(tool, site.model, join(site.folder, "peer.c"));
    return await countPeer(site, onnx2c.entry);
  } catch (error) {
    if (error instanceof Refusal) return undefined; // an operator that it does not have
    throw error;
  }
}

/** The same harness and counter, around onnx2c's entry: compiled at -O3 as it recommends, without contraction. */
async function countPeer({ folder, name, program, vector }: PeerSite, entry: string): Promise<Counted> {
  const inFolder = (file: string): string => join(folder, file);
  writeFileSync(inFolder("peer_main.c"), boardHarness(board, name, program));
  writeFileSync(inFolder("peer_shim.c"), shim(name, program, entry));
  writeFileSync(inFolder("peer.ld"), board.linkerScript.replace("> ram AT > code", "> ram").replace(/^.*ASSERT\(SIZEOF\(\.data\).*$/m, "")); // newlib has initialised data: the emulator loads it
  const machine = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-ffreestanding", "-ffp-contract=off", "-w"];
  const gcc = (args: readonly string[]): Promise<void> => completed(`${board.prefix}gcc`, args);
  await gcc([...machine, "-std=gnu99", "-O3", "-c", inFolder("peer.c"), "-o", inFolder("peer.o")]);
  const rest = [inFolder("peer_main.c"), inFolder("peer_shim.c"), inFolder("peer.o"), "-lm", "-lc", "-lgcc"];
  await gcc([...machine, "-std=gnu99", "-O1", "-nostartfiles", "-static", `-I${folder}`, "-T", inFolder("peer.ld"), ...rest, "-o", inFolder("peer.elf")]);
  const [instructions] = await countOnBoard({ ...limits, output: folder, program }, inFolder("peer.elf"), [vector]);
  return { instructions: present(instructions, "a count"), code: await codeIn(inFolder("peer.o")) };
}

/** The entry that our harness calls; it hands on inputs and outputs. */
function shim(name: string, program: Program, entry: string): string {
  const names = interfaceOf(program).map((buffer) => buffer.name);
  const parameters = names.map((it) => `void *${it}`).join(", ");
  return `#include <stdint.h>\nvoid ${entry}(${parameters});\nint32_t ${runName(name)}(${parameters})\n{\n    ${entry}(${names.join(", ")});\n    return 0;\n}\n`;
}

async function completed(tool: string, args: readonly string[]): Promise<void> {
  const { status, errors } = await runProcess(requireTool(tool, "to build what is measured"), args, { timeLimit: 600_000 });
  if (status !== 0) throw new Refusal("invalid", "peer", `${tool} ends with ${status}: ${errors.slice(0, 500)}`, undefined, "see what it says");
}

/** Bytes of the sections of code, without the library. */
async function codeIn(object: string): Promise<number> {
  const { status, output } = await runProcess(requireTool(`${board.prefix}size`, "to measure code"), ["-A", object]);
  if (status !== 0) throw new Refusal("invalid", "measurement", `no sizes of ${object}`, undefined, "see whether it was made");
  const lines = output.toString("utf8").split("\n").filter((line) => line.startsWith(".text"));
  return lines.reduce((sum, line) => sum + Number(line.split(/\s+/)[1] ?? 0), 0);
}

/** The program that writes the table alone, between its markers (bench/table.ts). */
export const programName = "npm run performance-cortex-m4";

const head = ["network", "multiply-adds", "instructions", "per multiply-add", "code", "obligations", "proved in, s", "onnx2c: instructions", "code", "ours ÷ onnx2c: instructions", "code"] as const;
const none = "–";

export function cortexTable(rows: readonly CortexRow[]): readonly (readonly string[])[] {
  const grouped = (n: number | undefined): string => n?.toLocaleString("en-US") ?? none;
  const ratio = (a: number, b: number | undefined): string => (b === undefined ? none : (a / b).toFixed(3));
  const lines = rows.map(({ name, steps, ours, proof, peer }) => [
    name, grouped(steps), grouped(ours.instructions), (ours.instructions / steps).toFixed(2), grouped(ours.code), ...proofTexts(proof),
    grouped(peer?.instructions), grouped(peer?.code), ratio(ours.instructions, peer?.instructions), ratio(ours.code, peer?.code),
  ]);
  const mean = (figure: (counted: Counted) => number): string => {
    const logs = rows.flatMap(({ ours, peer }) => (peer === undefined ? [] : [Math.log(figure(ours) / figure(peer))]));
    return logs.length === 0 ? none : Math.exp(logs.reduce((sum, x) => sum + x, 0) / logs.length).toFixed(3);
  };
  return [head, ...lines, ["geometric mean", ...head.slice(3).map(() => ""), mean(({ instructions }) => instructions), mean(({ code }) => code)]];
}
