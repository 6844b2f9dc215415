/**
 * Where arrays of weights start, said by marks behind their names, in the declaration and the definition. Records load two or
 * four elements of an array at once on Arm where its address is a multiple of 8. A vector register of 64 bytes is filled by one
 * access where the array starts at a line of the cache; from anywhere else each load reads two lines.
 */
import type { Node, Program } from "../../ir/loop/program.js";
import { buffersByName, eachExpr } from "../../ir/loop/visit.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { pairedWeights } from "./pair.js";

/** What a mark is called, and the lines in the header that say what it means. */
export interface Mark {
  readonly name: string;
  readonly lines: readonly string[];
}

function markFor(bytes: number, processors: string): Mark {
  const name = `STARTS_AT_${bytes}`;
  return { name, lines: [`#if defined(__GNUC__) && ${processors}`, `#define ${name} __attribute__((aligned(${bytes})))`, "#else", `#define ${name}`, "#endif"] };
}

/** On other processors the records need no alignment, and 8 may be less than what a compiler gives an array of its own accord and relies on elsewhere (the ABI of x86-64: 16). */
const forRecords = markFor(8, "defined(__arm__)");
const forLanes = markFor(64, "defined(__x86_64__)");

/** In the order in which a header defines those that it uses. */
const allMarks: readonly Mark[] = [forRecords, forLanes];

/** By the name of the weight. */
export type Marks = ReadonlyMap<string, Mark>;

export function usedMarks(marks: Marks): readonly Mark[] {
  const used = new Set(marks.values());
  return allMarks.filter((mark) => used.has(mark));
}

/** The marks of the weights of a program: of those that records of four steps (dot.ts) or of pairs (pair.ts) read, and of those that lanes read. */
export function marksOf(program: Program, quads: ReadonlySet<string>): Marks {
  const recorded = [...quads, ...pairedWeights(program)].map((name) => [name, forRecords] as const);
  return new Map([...[...laneWeights(program)].map((name) => [name, forLanes] as const), ...recorded]);
}

/** Weights that vector loops read, of more than one element: that one would fill a vector by being copied. */
function laneWeights(program: Program): ReadonlySet<string> {
  const buffers = buffersByName(program);
  const found = new Set<string>();
  const visit = (node: Node, inLanes: boolean): void => {
    if (node.kind !== "store") return node.body.forEach((child) => visit(child, inLanes || (node.kind === "loop" && node.mode === "vector")));
    if (inLanes) eachExpr(node.value, (e) => {
      const buffer = e.kind === "load" ? buffers.get(e.buffer) : undefined;
      if (buffer?.kind === "weight" && elementCount(buffer.shape) > 1) found.add(buffer.name);
    });
  };
  program.body.forEach((node) => visit(node, false));
  return found;
}
