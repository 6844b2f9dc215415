/**
 * The bound of a built directory on a target: its C is compiled with the pinned flags and
 * loop marks, linked, and the very ELF is analysed. The totals of the loops come from the
 * program read back from the C, not from a file beside it. Stack and memory are of the same
 * ELF.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Optimisation } from "../../backends/c/flags.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import { type Measures, measuresOfElf } from "../evidence/measures.js";
import { readInput } from "../onnx/import.js";
import { writeEmission } from "../toolchain/compile.js";
import { compileForBoard } from "../toolchain/board.js";
import type { Board } from "../toolchain/boards.js";
import type { BuiltPackage } from "./package.js";

export interface TimingRequest {
  readonly built: BuiltPackage;
  readonly board: Board;
  /** An ELF that links the marked objects, or undefined to compile and link here. */
  readonly elf: string | undefined;
  readonly optimisation: Optimisation;
  /** Flags after the pinned ones, of what is compiled here. */
  readonly extra?: readonly string[];
  readonly core: Core;
  readonly memory: MemoryTiming;
}

export interface MeasuredImage {
  readonly image: Uint8Array;
  readonly measures: Measures;
}

/** Throws a Refusal for a missing compiler or a file that is no marked ELF. */
export async function measuresOf({ built, board, elf, optimisation, core, memory }: TimingRequest): Promise<MeasuredImage> {
  const image = elf === undefined ? await withTargetElf({ built, board, optimisation }, (binary) => Promise.resolve(readFileSync(binary))) : readInput(elf);
  return { image, measures: await measuresOfElf(built.read, { elf: image, where: elf ?? "the linked ELF", core, memory }) };
}

/** Compiles and links a built directory for a board; the ELF is gone when `use` has ended. */
export async function withTargetElf<T>({ built, board, optimisation, extra = [] }: Pick<TimingRequest, "built" | "board" | "optimisation" | "extra">, use: (binary: string) => Promise<T>): Promise<T> {
  const { model, read } = built;
  const folder = mkdtempSync(join(tmpdir(), "obligato-wcet-"));
  try {
    await writeEmission(folder, { files: built.files, harness: [] });
    const { binary } = await compileForBoard({ board, folder, model, program: read.program, optimisation, extra });
    return await use(binary);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
