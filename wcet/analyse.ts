/**
 * The embedded analyser: from a linked ELF with loop marks and the exact totals of the
 * loops to a bound, the prices that prove it, and where it is spent. A bound is reported
 * only if every instruction was understood, every cycle passes a mark, and the prices of
 * the constraints prove it in exact arithmetic.
 */
import type { CodeGraph } from "./cfg/graph.js";
import { codeGraph } from "./cfg/graph.js";
import type { InstructionClass } from "./cfg/instruction.js";
import type { Core, MemoryTiming } from "./cores/core.js";
import { pathCostOf } from "./cores/path-cost.js";
import { type Elf, readElf } from "./elf/elf.js";
import { type Mark, guardMarksOf, marksOf } from "./elf/marks.js";
import { optimise } from "./ipet/highs.js";
import { type Ipet, ipetOf } from "./ipet/ipet.js";
import { boundProvedByRounded } from "./ipet/linear-program.js";
import { type LoopShare, type Share, sharesOf } from "./shares.js";

export interface AnalysisRequest {
  readonly elf: Uint8Array;
  /** Names the file in findings. */
  readonly where: string;
  /** Name of the function to bound. */
  readonly entry: string;
  /** Executions of each loop's body in one run, exactly. */
  readonly totals: ReadonlyMap<string, number>;
  /** Executions of each guarded body in one run, exactly, in the order of the program; without them the longer side counts. */
  readonly guards?: readonly number[];
  /** For loops that stand for several of the program: which, itself first. What they spend is shared out evenly. */
  readonly namesakes?: ReadonlyMap<string, readonly string[]>;
  readonly core: Core;
  readonly memory: MemoryTiming;
}

export interface Bound {
  readonly kind: "bound";
  readonly core: Core;
  /** In the core's unit. */
  readonly bound: bigint;
  readonly functions: number;
  readonly blocks: number;
  readonly instructions: number;
  readonly marks: number;
  /** Loops of the program of which no mark is left: the compiler removed or merged them. */
  readonly unseen: readonly string[];
  /** Where the bound is spent, by loop and by class of instruction; they add up to it. */
  readonly byLoop: readonly LoopShare[];
  readonly byClass: readonly Share<InstructionClass>[];
}

export interface NoBound {
  readonly kind: "none";
  /** One line each: what, and at which address. */
  readonly reasons: readonly string[];
}

/** Throws a Refusal for a file that is no ELF or has no marks. */
export async function analyse(request: AnalysisRequest): Promise<Bound | NoBound> {
  const { where, entry, totals, guards, core, memory } = request;
  const elf: Elf = readElf(request.elf, where);
  if (core.machine !== undefined && core.machine !== elf.machine) return none(`${core.name} does not run code for ${elf.machine}`);
  const marks = marksOf(elf, where);
  const start = elf.functions.find(({ name }) => name === entry);
  if (start === undefined) return none(`there is no function ${entry}`);
  const foreign = [...new Set(marks.map(({ loop }) => loop))].filter((loop) => !totals.has(loop));
  if (foreign.length > 0) return none(...foreign.map((loop) => `the file marks the loop ${loop}, which the program does not have`));
  const bodies = guardMarksOf(elf, where);
  const others = guards === undefined ? [] : bodies.filter(({ guard, total }) => guards[guard] !== total);
  if (others.length > 0) return none(...others.map(({ guard, total }) => `the file marks a guard ${guard} passed ${total} times, which the program does not have`));
  const code = codeGraph(elf, start);
  if (code.problems.length > 0) return none(...code.problems);
  const ipet = ipetOf({ code, marks, totals, guards: guards === undefined ? undefined : { marks: bodies, totals: guards }, cost: pathCostOf(core, memory) });
  if (ipet.unmarked.length > 0) return none(...ipet.unmarked.map((place) => `a loop without a mark: ${place}`));
  return solved(request, code, marks, ipet);
}

function none(...reasons: readonly string[]): NoBound {
  return { kind: "none", reasons };
}

async function solved({ totals, namesakes, core, memory }: AnalysisRequest, code: CodeGraph, marks: readonly Mark[], ipet: Ipet): Promise<Bound | NoBound> {
  const optimum = await optimise(ipet.program);
  if (optimum.kind === "unbounded") return none("some loop is not bounded by the marks");
  if (optimum.kind !== "optimal") return none(`the marks contradict the code: ${optimum.detail}`);
  const bound = boundProvedByRounded(ipet.program, optimum.prices);
  if (bound === undefined) return none("the prices of the optimiser do not prove its optimum");
  const seen = new Set(marks.map(({ loop }) => loop));
  const blocks = code.functions.flatMap((f) => f.blocks);
  return {
    kind: "bound",
    core,
    bound,
    functions: code.functions.length,
    blocks: blocks.length,
    instructions: blocks.reduce((sum, { instructions }) => sum + instructions.length, 0),
    marks: marks.length,
    unseen: [...totals.keys()].filter((loop) => !seen.has(loop)),
    ...sharesOf({ ipet, code, marks, values: optimum.values, cost: pathCostOf(core, memory), namesakes }),
  };
}
