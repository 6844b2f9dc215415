/** Memory of a planned program in bytes, beside the live-set bound that no plan in this order of nests can beat. */
import type { Program } from "../../ir/loop/program.js";
import { type ElementType, bytesOf } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { arenaSize } from "../passes/plan-memory.js";
import { liveSetBound } from "../passes/shared/lifetimes.js";

export interface MemoryFigures {
  readonly arenaBytes: number;
  /** One arena per element type, so the bounds of the types add up. */
  readonly liveSetBytes: number;
  readonly weightBytes: number;
}

export function memoryOf(program: Program): MemoryFigures {
  const weights = program.buffers.filter(({ kind }) => kind === "weight");
  return {
    arenaBytes: bytesIn(arenaSize(program)),
    liveSetBytes: bytesIn(liveSetBound(program)),
    weightBytes: weights.reduce((sum, { type, shape }) => sum + bytesOf[type] * elementCount(shape), 0),
  };
}

function bytesIn(elements: ReadonlyMap<ElementType, number>): number {
  return [...elements].reduce((sum, [type, count]) => sum + count * bytesOf[type], 0);
}
