/**
 * Where the elements of temporaries lie: which dimension comes last, so that the lanes of the
 * nests around are neighbours. Images keep their channels last; of the other temporaries, one
 * after the other takes the dimension that makes all nests together cheapest, until none changes.
 */
import type { Buffer, Program } from "../../../ir/loop/program.js";
import { costOf } from "./lanes.js";
import type { VectorMachine } from "./machine.js";
import { type Strides, type VectorNest, rotatedStrides, usualStrides, vectorNestsOf } from "./nests.js";

/** A temporary, and which of its dimensions, counted from 1, becomes its last. */
export interface LayoutChoice {
  readonly tensor: string;
  readonly dimension: number;
}

/** Rounds over all temporaries: each at least lowers the cost, so few are needed. */
const mostRounds = 4;

/** For the temporaries that are not images; those that stay as they are have no choice. */
export function layoutsFor(program: Program, images: ReadonlySet<string>, machine: VectorMachine): readonly LayoutChoice[] {
  const nests = vectorNestsOf(program);
  const movable = program.buffers.filter(({ name, kind, shape }) => kind === "temp" && !images.has(name) && shape.filter((extent) => extent > 1).length > 1);
  let strides = usualStrides(program);
  const chosen = new Map<string, number>();
  for (let round = 0; round < mostRounds; round++) {
    let changed = false;
    for (const buffer of movable) {
      const best = bestLayout(buffer, nests, strides, machine);
      if (best === chosen.get(buffer.name)) continue;
      changed = true;
      if (best === undefined) chosen.delete(buffer.name);
      else chosen.set(buffer.name, best);
      strides = new Map([...strides, [buffer.name, rotatedStrides(buffer, best)]]);
    }
    if (!changed) break;
  }
  return [...chosen].map(([tensor, dimension]) => ({ tensor, dimension: dimension + 1 }));
}

/** The dimension to come last, from 0; undefined for the layout of the model, which wins a draw. */
function bestLayout(buffer: Buffer, nests: readonly VectorNest[], strides: Strides, machine: VectorMachine): number | undefined {
  const concerned = nests.filter(({ statements }) => statements.some(({ accesses }) => accesses.some((access) => access.buffer === buffer.name)));
  const cost = (dimension: number | undefined): number => {
    const laid = new Map([...strides, [buffer.name, rotatedStrides(buffer, dimension)]]);
    return concerned.reduce((sum, nest) => sum + costOf(nest, laid, machine), 0);
  };
  const others = buffer.shape.flatMap((extent, d) => (extent > 1 && d < buffer.shape.length - 1 ? [d] : []));
  return [undefined, ...others].map((dimension) => ({ dimension, cost: cost(dimension) })).toSorted((a, b) => a.cost - b.cost)[0]?.dimension;
}
