/**
 * The bound of a built directory on a target: its C is compiled with the pinned flags and
 * loop marks, linked, and the very ELF is analysed. The totals of the loops come from the
 * program read back from the C, not from a file beside it.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Optimisation } from "../../backends/c/flags.js";
import { runName } from "../../backends/c/names.js";
import { factsOf } from "../../ir/loop/facts.js";
import { type Bound, type NoBound, analyse } from "../../wcet/analyse.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
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

/** Throws a Refusal for a missing compiler or a file that is no marked ELF. */
export async function boundOf({ built, board, elf, optimisation, core, memory }: TimingRequest): Promise<Bound | NoBound> {
  const { model, read } = built;
  const totals = new Map(factsOf(read.program).loops.map(({ loop, total }) => [loop, total]));
  const about = { entry: runName(model), totals, core, memory };
  if (elf !== undefined) return analyse({ ...about, elf: readFileSync(elf), where: elf });
  return withTargetElf({ built, board, optimisation }, (binary) => analyse({ ...about, elf: readFileSync(binary), where: "the linked ELF" }));
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
