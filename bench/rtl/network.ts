/** One network on the simulated core: the bound of its ELF against the cycles that inputs take on it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Optimisation } from "../../backends/c/flags.js";
import { arenasOf } from "../../backends/c/layout.js";
import { runName } from "../../backends/c/names.js";
import { interfaceOf } from "../../backends/c/parameters.js";
import { InvariantViolation, present } from "../../ir/prelude.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import type { Program } from "../../ir/loop/program.js";
import { bytesOf } from "../../ir/scalar/types.js";
import { type Tensor, bytesOfElements, elementCount } from "../../ir/tensor/tensor.js";
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { riscv32Board } from "../../src/toolchain/boards.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { type Bound, analyse } from "../../wcet/analyse.js";
import { cv32e40p } from "../../wcet/cores/cv32e40p.js";
import { instructionMode } from "../../wcet/cores/instructions.js";
import type { Built } from "../wcet-row.js";
import { adversarialVectors } from "../wcet-vectors.js";
import { type Simulated, simulateCalls } from "./call.js";
import { noWaits } from "./simulator.js";

export interface SimulatedRow {
  readonly network: string;
  readonly optimisation: Optimisation;
  /** In cycles; and in instructions, of the same ELF. */
  readonly bound: bigint;
  readonly instructions: bigint;
  readonly runs: number;
  readonly slowest: number;
  readonly fastest: number;
}

/** Runs, at least and at most. */
const [fewest, most] = [2, 60];

/** `budget`: cycles that the runs may take together. Throws where the core computes other bits than the emulator. */
export async function simulatedRow(built: Built, optimisation: Optimisation, budget: number): Promise<SimulatedRow> {
  const { model, emission: { files }, read: { program } } = present(built.result.code, "code");
  const folder = mkdtempSync(join(tmpdir(), "obligato-rtl-"));
  try {
    await writeEmission(folder, { files, harness: [] });
    const { binary } = await compileForBoard({ board: riscv32Board, folder, model, program, optimisation, output: folder });
    const [bound, count] = [await boundOf(binary, model, program, cv32e40p), await boundOf(binary, model, program, instructionMode)];
    const runs = Math.max(fewest, Math.min(most, Math.floor(budget / Number(bound.bound))));
    const vectors = adversarialVectors(built.result.imported.graph.inputs, built.stored, runs);
    const simulated = await simulateVectors({ binary, model, program, folder, bound: bound.bound }, vectors);
    await sameAsEmulated(program, binary, folder, vectors, simulated);
    const cycles = simulated.map((it) => it.cycles);
    return { network: built.network, optimisation, bound: bound.bound, instructions: count.bound, runs, slowest: Math.max(...cycles), fastest: Math.min(...cycles) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function boundOf(binary: string, model: string, program: Program, core: typeof cv32e40p): Promise<Bound> {
  const { loops, guards, namesakes } = codeFactsOf(program);
  const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
  const found = await analyse({ elf: readFileSync(binary), where: model, entry: runName(model), totals, guards: guards.map(({ taken }) => taken), namesakes, core, memory: { flashWaitStates: 0, ramWaitStates: 0 } });
  if (found.kind === "none") throw new InvariantViolation(found.reasons.join("; "));
  return found;
}

interface Simulation {
  readonly binary: string;
  readonly model: string;
  readonly program: Program;
  readonly folder: string;
  readonly bound: bigint;
}

/** The interface and the arenas are arrays behind the image; each run starts from the memory the one before left. */
async function simulateVectors({ binary, model, program, folder, bound }: Simulation, vectors: readonly (readonly Tensor[])[]): Promise<readonly Simulated[]> {
  const buffers = interfaceOf(program);
  const sizes = [...buffers.map(({ type, shape }) => bytesOf[type] * elementCount(shape)), ...[...arenasOf(program)].map(([type, size]) => bytesOf[type] * size)];
  const places = (kind: "input" | "output"): readonly number[] => buffers.flatMap((buffer, k) => (buffer.kind === kind ? [k] : []));
  const inputs = places("input");
  const runs = vectors.map((vector) => {
    const contents: Uint8Array[] = sizes.map(() => new Uint8Array(0));
    vector.forEach(({ data }, k) => (contents[present(inputs[k], "input")] = bytesOfElements(data)));
    return { entry: runName(model), contents, outputs: places("output") };
  });
  return simulateCalls({ elf: binary, sizes, waits: noWaits, limit: 4 * Number(bound) + 1000, folder }, runs);
}

async function sameAsEmulated(program: Program, binary: string, folder: string, vectors: readonly (readonly Tensor[])[], simulated: readonly Simulated[]): Promise<void> {
  const emulated = await runOnBoard({ board: riscv32Board, output: folder, program, limits: { timeLimit: 600_000 } }, binary, vectors);
  emulated.forEach((outputs, k) => {
    const due = Buffer.concat(outputs.map(({ data }) => bytesOfElements(data)));
    if (!due.equals(Buffer.concat(simulated[k]?.outputs ?? []))) throw new InvariantViolation(`run ${k}: the core's outputs are not the emulator's`);
  });
}
