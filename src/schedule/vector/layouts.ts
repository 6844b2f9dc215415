/**
 * Where the elements of temporaries lie: which dimension comes last, so that the lanes of the
 * nests around are neighbours. Images keep their channels last; of the other temporaries, one
 * group after the other takes the dimension that makes all nests together cheapest, until none
 * changes. What elementwise nests join moves together: alone, each would be in the others' way.
 */
import type { Buffer } from "../../../ir/loop/program.js";
import { sameShape } from "../../../ir/tensor/tensor.js";
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

type Group = readonly Buffer[];

/** For the buffers given, beside others that lie as `given` says; those that stay as they are have no choice. */
export function layoutsFor(movable: readonly Buffer[], nests: readonly VectorNest[], given: Strides, machine: VectorMachine): readonly LayoutChoice[] {
  const planes = movable.filter(({ shape }) => shape.filter((extent) => extent > 1).length > 1);
  const groups = [...groupsOf(planes, nests), ...planes.map((buffer) => [buffer])];
  const chosen = new Map<string, number>();
  let strides = given;
  for (let round = 0; round < mostRounds; round++) {
    let changed = false;
    for (const group of groups) {
      const best = bestLayout(group, nests, strides, machine);
      if (best === undefined) continue;
      changed = true;
      for (const { name } of group) chosen.set(name, best);
      strides = laid(strides, group, best);
    }
    if (!changed) break;
  }
  const moved = planes.flatMap(({ name, shape }) => ((chosen.get(name) ?? shape.length - 1) === shape.length - 1 ? [] : [{ tensor: name, dimension: (chosen.get(name) ?? 0) + 1 }]));
  return moved;
}

/** Buffers of one shape that nests without a sum read and write together, where those are more than one. */
function groupsOf(buffers: readonly Buffer[], nests: readonly VectorNest[]): readonly Group[] {
  const joined = nests.filter(({ foldDepth }) => foldDepth === 0).map(({ statements }) => new Set(statements.flatMap(({ accesses }) => accesses.map(({ buffer }) => buffer))));
  const groups: Buffer[][] = [];
  for (const buffer of buffers) {
    const near = groups.filter((group) => group.some((other) => sameShape(other.shape, buffer.shape) && joined.some((names) => names.has(other.name) && names.has(buffer.name))));
    groups.push([...near.flat(), buffer]);
    for (const group of near) groups.splice(groups.indexOf(group), 1);
  }
  return groups.filter(({ length }) => length > 1);
}

/** The dimension to come last, from 0; undefined where all is best as it is. */
function bestLayout(group: Group, nests: readonly VectorNest[], strides: Strides, machine: VectorMachine): number | undefined {
  const names = new Set(group.map(({ name }) => name));
  const concerned = nests.filter(({ statements }) => statements.some(({ accesses }) => accesses.some(({ buffer }) => names.has(buffer))));
  const cost = (laying: Strides): number => concerned.reduce((sum, nest) => sum + costOf(nest, laying, machine), 0);
  const dimensions = (group[0]?.shape ?? []).flatMap((extent, d) => (extent > 1 ? [d] : []));
  const priced = dimensions.map((dimension) => ({ dimension, price: cost(laid(strides, group, dimension)) }));
  const [best] = priced.toSorted((a, b) => a.price - b.price);
  return best === undefined || best.price >= cost(strides) ? undefined : best.dimension;
}

function laid(strides: Strides, group: Group, dimension: number): Strides {
  return new Map([...strides, ...group.map((buffer) => [buffer.name, rotatedStrides(buffer, dimension)] as const)]);
}
