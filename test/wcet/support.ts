/** Linked ELF files of the small programs, each made once, and their facts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { emitC } from "../../backends/c/emit.js";
import type { Optimisation } from "../../backends/c/flags.js";
import { runName } from "../../backends/c/names.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { present } from "../../ir/prelude.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { compileForBoard } from "../../src/toolchain/board.js";
import { type Board, cortexM4Board } from "../../src/toolchain/boards.js";
import { type FactOutcome, factFileOf } from "../../wcet/bind/fact-file.js";
import type { FactFormat } from "../../wcet/bind/formats/format.js";
import type { ProgramLoops } from "../../wcet/bind/nesting.js";
import { type LineTable, lineFlags } from "../../wcet/facts/lines.js";
import type { Case } from "../backends/support.js";
import { inFolder } from "../backends/support.js";
import { programs } from "../backends/programs.js";
import { hasTools } from "../support/tools.js";

export interface LinkOptions {
  readonly board?: Board;
  readonly optimisation?: Optimisation;
  /** Flags after the pinned ones. */
  readonly extra?: readonly string[];
}

export const canLink = (t: ExecutionContext): boolean => hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm");

export function subjectNamed(name: string): Case {
  return present(programs.find((subject) => subject.name === name), name);
}

const made = new Map<string, Promise<Uint8Array>>();

export function linked(subject: Case, { board = cortexM4Board, optimisation = "O2", extra = [] }: LinkOptions = {}): Promise<Uint8Array> {
  const key = [subject.name, board.target, optimisation, ...extra].join(" ");
  const elf = made.get(key) ?? inFolder(async (folder) => {
    const { name, program, weights } = subject;
    await writeEmission(folder, emitC(program, { model: name, weights }));
    return readFileSync((await compileForBoard({ board, folder, model: name, program, optimisation, extra, output: join(folder, "build") })).binary);
  });
  made.set(key, elf);
  return elf;
}

/** The ELF that a format is for: by source line it needs the flags that keep lines. */
export function linkedFor(format: FactFormat, subject: Case): Promise<Uint8Array> {
  return linked(subject, format.byLine === true ? { extra: lineFlags } : {});
}

export function loopsOf({ program }: Case): ProgramLoops {
  return new Map(codeFactsOf(program).loops.map((each) => [each.loop, each]));
}

export function linesOf({ name, program, weights }: Case): LineTable {
  return emitC(program, { model: name, weights }).loopLines;
}

/** As `obligato flowfacts` asks for them. */
export function exported(elf: Uint8Array, format: FactFormat, subject: Case): Promise<FactOutcome> {
  return factFileOf({ elf, where: "model.elf", entry: runName(subject.name), loops: loopsOf(subject), lines: linesOf(subject), format });
}

export function reasonsOf(found: FactOutcome): string {
  return found.kind === "none" ? found.reasons.join("; ") : `${found.loops} facts`;
}
