/**
 * Along which loop the lanes of a nest run. A statement costs one operation per vector where
 * its lanes are neighbours in memory, and one per element where they are not.
 */
import type { VectorMachine } from "./machine.js";
import { type Lane, type Strides, type VectorNest, contiguousAlong } from "./nests.js";

/** Of an element that is gathered or scattered, in vector operations. */
const scattered = 1.5;

/** Borders are too short for vectors along a loop that they cut. */
const cutShort = 2;

/** Elements that a vector operation does on average for an extent. */
export function usedWidth(extent: number, { width }: VectorMachine): number {
  return extent / Math.ceil(extent / width);
}

/** The cheapest lane: the first of equals, the innermost first; undefined for a nest without loops. */
export function laneFor(nest: VectorNest, strides: Strides, machine: VectorMachine): Lane | undefined {
  return cheapest(nest, strides, machine)?.lane;
}

/** What the nest costs with its best lane. */
export function costOf(nest: VectorNest, strides: Strides, machine: VectorMachine): number {
  return cheapest(nest, strides, machine)?.cost ?? 0;
}

function cheapest(nest: VectorNest, strides: Strides, machine: VectorMachine): { readonly lane: Lane; readonly cost: number } | undefined {
  const priced = nest.lanes.toReversed().map((lane) => ({ lane, cost: costAlong(nest, lane, strides, machine) }));
  return priced.toSorted((a, b) => a.cost - b.cost)[0];
}

function costAlong({ statements }: VectorNest, lane: Lane, strides: Strides, machine: VectorMachine): number {
  const vector = (lane.cut ? cutShort : 1) / usedWidth(lane.extent, machine);
  return statements.reduce((sum, it) => sum + (it.executions * (contiguousAlong(it, lane, strides) ? vector : scattered)), 0);
}
