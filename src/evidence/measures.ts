/**
 * All that is known of one linked ELF: the bound on its time, its stack and its places in
 * memory. The totals of the loops come from the program read back from the C.
 */
import type { ReadBack } from "../../backends/backend.js";
import { runName, weightName } from "../../backends/c/names.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { type Bound, type NoBound, analyse } from "../../wcet/analyse.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import { type Footprint, footprintOf } from "../../wcet/footprint.js";

export interface Measures {
  readonly time: Bound | NoBound;
  readonly footprint: Footprint;
}

export interface ElfRequest {
  readonly elf: Uint8Array;
  readonly where: string;
  readonly core: Core;
  readonly memory: MemoryTiming;
}

/** The same of the bytes of an ELF. */
export async function measuresOfElf({ model, program }: Pick<ReadBack, "model" | "program">, { elf, where, core, memory }: ElfRequest): Promise<Measures> {
  const { loops, guards, namesakes } = codeFactsOf(program);
  const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
  const weights = program.buffers.filter(({ kind }) => kind === "weight");
  const about = { elf, where, entry: runName(model) };
  const time = await analyse({ ...about, totals, guards: guards.map(({ taken }) => taken), namesakes, core, memory });
  return { time, footprint: footprintOf({ ...about, constants: new Set(weights.map((_, k) => weightName(model, k))) }) };
}
