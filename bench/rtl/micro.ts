/** Sequences of instructions on the simulated core: what the table gives for each, and what it takes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvariantViolation, Refusal, present } from "../../ir/prelude.js";
import { runProcess } from "../../src/toolchain/process.js";
import { requireTool } from "../../src/toolchain/tools.js";
import { type CodeGraph, codeGraph } from "../../wcet/cfg/graph.js";
import { cv32e40p } from "../../wcet/cores/cv32e40p.js";
import { type PathCost, costsOfStep, pathCostOf } from "../../wcet/cores/path-cost.js";
import { readElf } from "../../wcet/elf/elf.js";
import { simulateCalls } from "./call.js";
import { type Sequence, assemblyOf } from "./sequences.js";
import type { Waits } from "./simulator.js";

export interface Measured extends Sequence {
  readonly bound: number;
  readonly cycles: number;
}

/** What the table gives, and what the simulator counts. */
export async function measured(sequences: readonly Sequence[], waits: Waits): Promise<readonly Measured[]> {
  return inFolder(async (folder) => {
    const elf = await assembled(sequences, folder);
    const runs = sequences.map((_, k) => ({ entry: `f${k}`, contents: [new Uint8Array(64).fill(63)], outputs: [] }));
    const simulated = await simulateCalls({ elf, sizes: [64], waits, limit: 20_000, folder }, runs);
    const bounds = boundsIn(elf, sequences.length, waits);
    return sequences.map((sequence, k) => ({ ...sequence, bound: present(bounds[k], "bound"), cycles: present(simulated[k], "run").cycles }));
  });
}

/** The longest path through each sequence; no simulator is needed. */
export async function bounded(sequences: readonly Sequence[], waits: Waits): Promise<readonly number[]> {
  return inFolder(async (folder) => boundsIn(await assembled(sequences, folder), sequences.length, waits));
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "obligato-rtl-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function boundsIn(elf: string, count: number, { code, data }: Waits): readonly number[] {
  const image = readElf(readFileSync(elf), elf);
  const cost = pathCostOf(cv32e40p, { flashWaitStates: code, ramWaitStates: data });
  const starts = new Map(image.functions.map((symbol) => [symbol.name, symbol]));
  return Array.from({ length: count }, (_, k) => longest(codeGraph(image, present(starts.get(`f${k}`), "function")), cost));
}

async function assembled(sequences: readonly Sequence[], folder: string): Promise<string> {
  const [text, elf] = [join(folder, "sequences.S"), join(folder, "sequences.elf")];
  writeFileSync(text, assemblyOf(sequences));
  const machine = ["-march=rv32imafc", "-mabi=ilp32f", "-nostdlib", "-static", "-Wl,--no-relax", "-Wl,-Ttext=0x80000000", "-Wl,-e,f0"];
  const { status, errors } = await runProcess(requireTool("riscv64-unknown-elf-gcc", "to build for rv32"), [...machine, text, "-o", elf]);
  if (status !== 0) throw new Refusal("invalid", "run-failed", errors, text, "see what the assembler says");
  return elf;
}

/** The longest path from the entry to its return; there are no loops. */
function longest({ functions, problems }: CodeGraph, cost: PathCost): number {
  if (problems.length > 0) throw new InvariantViolation(problems.join("; "));
  const of = (address: number): number => {
    const graph = present(functions.find((f) => f.address === address), "callee");
    const step = (from: number | undefined, to: number | undefined): number => {
      const [source, target] = [from, to].map((id) => (id === undefined ? undefined : graph.blocks[id]));
      const own = costsOfStep({ from: source, to: target }, cost).reduce((sum, [, cycles]) => sum + cycles, 0);
      if (target === undefined) return own;
      const called = target.calls === undefined ? 0 : of(target.calls);
      const onward = [...target.successors.map((next) => step(target.id, next)), ...(target.exits ? [step(target.id, undefined)] : [])];
      return own + called + Math.max(...onward);
    };
    return step(undefined, 0);
  };
  return of(present(functions[0], "entry").address);
}
