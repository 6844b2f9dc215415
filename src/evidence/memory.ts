/**
 * Memory of a planned program in bytes, beside the live-set bound that no plan in this
 * order of nests can beat. Counted from the text, not taken from the planner.
 */
import type { Program } from "../../ir/loop/program.js";
import { loadsOf, storesOf } from "../../ir/loop/visit.js";
import { type ElementType, bytesOf } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";

export interface MemoryFigures {
  readonly arenaBytes: number;
  /** One arena per element type, so the bounds of the types add up. */
  readonly liveSetBytes: number;
  readonly weightBytes: number;
}

export function memoryOf(program: Program): MemoryFigures {
  const weights = program.buffers.filter(({ kind }) => kind === "weight");
  return {
    arenaBytes: bytesIn(arenaElements(program)),
    liveSetBytes: bytesIn(liveElements(program)),
    weightBytes: weights.reduce((sum, { type, shape }) => sum + bytesOf[type] * elementCount(shape), 0),
  };
}

function bytesIn(elements: ReadonlyMap<ElementType, number>): number {
  return [...elements].reduce((sum, [type, count]) => sum + count * bytesOf[type], 0);
}

/** Per element type, the end of the last place. */
function arenaElements(program: Program): ReadonlyMap<ElementType, number> {
  const ends = new Map<ElementType, number>();
  for (const { type, shape, place } of program.buffers) {
    if (place !== undefined) ends.set(type, Math.max(ends.get(type) ?? 0, place.offset + elementCount(shape)));
  }
  return ends;
}

/** Per element type, the most elements of temporaries that are alive at one top-level position. */
function liveElements(program: Program): ReadonlyMap<ElementType, number> {
  const lives = livesOf(program);
  const most = new Map<ElementType, number>();
  for (const position of new Set([...lives.values(), [0, 0]].map(([first = 0]) => first))) {
    const alive = new Map<ElementType, number>();
    for (const { name, kind, type, shape } of program.buffers) {
      const [first, last] = lives.get(name) ?? [0, 0]; // one that no store touches lives at position 0
      if (kind === "temp" && first <= position && position <= last) alive.set(type, (alive.get(type) ?? 0) + elementCount(shape));
    }
    for (const [type, count] of alive) most.set(type, Math.max(most.get(type) ?? 0, count));
  }
  return most;
}

/** First and last top-level position that touches a buffer. */
function livesOf(program: Program): ReadonlyMap<string, readonly [number, number]> {
  const lives = new Map<string, readonly [number, number]>();
  for (const { store, topLevel } of storesOf(program)) {
    for (const { buffer } of [store, ...loadsOf(store.value)]) {
      const [first, last] = lives.get(buffer) ?? [topLevel, topLevel];
      lives.set(buffer, [Math.min(first, topLevel), Math.max(last, topLevel)]);
    }
  }
  return lives;
}
