/**
 * Where the elements of temporaries lie: which dimension comes last, so that the lanes of the
 * nests around are neighbours. Images keep their channels last; of the other temporaries, one
 * after the other takes the dimension that makes all nests together cheapest, until none changes.
 */
import type { Buffer } from "../../../ir/loop/program.js";
import { costOf } from "./lanes.js";
import type { VectorMachine } from "./machine.js";
import { type Strides, type VectorNest, rotatedStrides } from "./nests.js";

/** A temporary, and which of its dimensions, counted from 1, becomes its last. */
export interface LayoutChoice {
  readonly tensor: string;
  readonly dimension: number;
}

/** Rounds over all temporaries: each at least lowers the cost, so few are needed. */
const mostRounds = 4;

/** For the buffers given, beside others that lie as `given` says; those that stay as they are have no choice. */
export function layoutsFor(movable: readonly Buffer[], nests: readonly VectorNest[], given: Strides, machine: VectorMachine): readonly LayoutChoice[] {
  let strides = given;
  const chosen = new Map<string, number>();
  for (let round = 0; round < mostRounds; round++) {
    let changed = false;
    for (const buffer of movable.filter(({ shape }) => shape.filter((extent) => extent > 1).length > 1)) {
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
