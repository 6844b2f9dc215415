/** Bounds of what a user could choose instead without another model, each measured, not guessed. */
import type { EmittedFile, ReadBack } from "../../backends/backend.js";
import type { Optimisation } from "../../backends/c/flags.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import { measuresOfElf } from "../evidence/measures.js";
import type { Analyser } from "../evidence/target-files.js";
import type { Board } from "../toolchain/boards.js";
import { targetBinary } from "./target-build.js";

export interface Alternative {
  readonly what: string;
  readonly bound: bigint;
}

export interface AlternativesRequest {
  readonly read: ReadBack;
  readonly files: readonly EmittedFile[];
  readonly board: Board;
  readonly optimisation: Optimisation;
  readonly core: Core;
  readonly memory: MemoryTiming;
  readonly image: Uint8Array;
  /** Whether the image was compiled here, so that other flags can be tried. */
  readonly compiled: boolean;
  /** The analyser that is to read what is compiled. */
  readonly analyser?: Analyser | undefined;
}

/** Only those with a bound. */
export async function alternatives({ read, files, board, optimisation, core, memory, image, compiled, analyser }: AlternativesRequest): Promise<readonly Alternative[]> {
  const found: Alternative[] = [];
  const add = async (what: string, elf: Uint8Array, of: MemoryTiming): Promise<void> => {
    const { time } = await measuresOfElf(read, { elf, where: what, core, memory: of });
    if (time.kind === "bound") found.push({ what, bound: time.bound });
  };
  const inRam = { ...memory, flashWaitStates: memory.ramWaitStates };
  if (memory.flashWaitStates > memory.ramWaitStates) await add(`code and constants in memory with ${memory.ramWaitStates} wait states, such as RAM`, image, inRam);
  for (const level of compiled ? (["O2", "O3", "Os"] as const).filter((it) => it !== optimisation) : []) {
    const other = await targetBinary({ read, files, board, optimisation: level, analyser });
    if (other !== undefined) await add(`--optimisation ${level}`, other.image, memory);
  }
  return found;
}
