/**
 * Where arrays of weights start, said by marks behind their names, in the declaration and the definition. Records load two or
 * four elements of an array at once on Arm where its address is a multiple of 8. A vector register of 64 bytes is filled by one
 * access where the array starts at a line of the cache; from anywhere else each load reads two lines. Where each element is
 * read once, that is no loss: it was measured to be quicker, by a tenth, for dense layers whose weights come from the second cache.
 */
import { mentions } from "../../ir/loop/affine.js";
import type { Load, Loop, Node, Program } from "../../ir/loop/program.js";
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

/** The marks of the weights of a program: of those that records of four steps (dot.ts) or of pairs (pair.ts) read, and of those that lanes read several times. */
export function marksOf(program: Program, quads: ReadonlySet<string>): Marks {
  const recorded = [...quads, ...pairedWeights(program)].map((name) => [name, forRecords] as const);
  return new Map([...[...laneWeights(program)].map((name) => [name, forLanes] as const), ...recorded]);
}

/** Weights of more than one element, which vector loops read several times each. */
function laneWeights(program: Program): ReadonlySet<string> {
  const buffers = buffersByName(program);
  const found = new Set<string>();
  const visit = (node: Node, loops: readonly Loop[]): void => {
    if (node.kind !== "store") return node.body.forEach((child) => visit(child, node.kind === "loop" ? [...loops, node] : loops));
    if (loops.some(({ mode }) => mode === "vector")) eachExpr(node.value, (e) => {
      const buffer = e.kind === "load" && readsAgain(e, loops) ? buffers.get(e.buffer) : undefined;
      if (buffer?.kind === "weight" && elementCount(buffer.shape) > 1) found.add(buffer.name);
    });
  };
  program.body.forEach((node) => visit(node, []));
  return found;
}

/** Whether some loop reads the same element in each iteration. */
function readsAgain({ index }: Load, loops: readonly Loop[]): boolean {
  return loops.some(({ variable, extent }) => extent > 1 && index.every((e) => !mentions(e, variable)));
}
