/**
 * The register tile of a nest: so many lanes, so many rows. A step of a tile of v vectors and r
 * rows multiplies v·r times and loads v vectors of the one operand and r of the other; sums of
 * one tile hide each other's latency. The shape with the fewest cycles for the whole nest wins.
 */
import { largestDivisor } from "../../passes/shared/divisors.js";
import { type Shape, cutsAny, cyclesOf, line, mostRows, vectorsOf } from "./cycles.js";
import { laneFor } from "./lanes.js";
import type { VectorMachine } from "./machine.js";
import { type Lane, type Strides, type VectorNest, contiguousAlong, variesAlong } from "./nests.js";
import type { LaneAxis, TileChoice } from "./tile.js";

/** The best shape of tile; undefined for a nest without loops. */
export function tileFor(nest: VectorNest, strides: Strides, machine: VectorMachine): TileChoice | undefined {
  return tilesFor(nest, strides, machine)[0];
}

/** Shapes of tile, the one with the fewest cycles by the estimate first. */
export function tilesFor(nest: VectorNest, strides: Strides, machine: VectorMachine): readonly TileChoice[] {
  const lane = laneFor(nest, strides, machine);
  if (lane === undefined) return [];
  const shape = { nest, lane, machine, streams: nest.statements.some((it) => it.step && variesAlong(it, lane, strides)) };
  const vectors = nest.statements.some((it) => it.step && contiguousAlong(it, lane, strides));
  const lanes = vectors ? lanesOf(lane, machine, { vectors: mostVectors(shape), pads: !shape.streams }) : [{ loop: lane.pattern, size: 1, pad: false }];
  const candidates = lanes.flatMap((axis) => rowsOf(shape, axis).map((tile) => ({ ...tile, fold: nest.foldDepth > 0, lanes: vectors || nest.foldDepth === 0 ? axis : undefined })));
  return candidates.map((tile) => ({ tile, cycles: cyclesOf(shape, tile) })).toSorted((a, b) => a.cycles - b.cycles).map(({ tile }) => tile);
}

/** Whole vectors that divide the extent; else its divisors, and vectors over the end. */
function lanesOf({ pattern, extent }: Lane, { width }: VectorMachine, { vectors, pads }: { readonly vectors: number; readonly pads: boolean }): readonly LaneAxis[] {
  const sizes = Array.from({ length: Math.min(extent, vectors * width) }, (_, k) => k + 1).filter((size) => extent % size === 0);
  const whole = sizes.filter((size) => size % width === 0 || size === extent);
  const axes = (whole.length > 0 ? whole : sizes.filter((size) => size >= largestDivisor(extent, width))).map((size) => ({ loop: pattern, size, pad: false }));
  const over = extent % width === 0 ? [] : [0.5, 1, 2, 4, 8].filter((k) => k <= vectors && k * width < 2 * extent).map((k) => k * width).map((size) => ({ loop: pattern, size, pad: extent % size !== 0 }));
  return pads ? [...axes, ...over] : axes;
}

/** Vectors of lanes in a tile, at most. Where each lane has weights of its own, those of a line: more weights than that no registers hold. */
function mostVectors({ nest, machine, streams }: Shape): number {
  if (nest.lanes.length === 1) return machine.alone;
  if (streams && nest.window) return Math.max(1, line / 4 / machine.width);
  return nest.window ? machine.window.vectors : 4;
}

/** A row of an image of this width is one tile, without a loop around that would need addresses too. */
const wholeRow = 10;

type Rows = Pick<TileChoice, "site" | "rows" | "cut" | "rolled">;

/** Every pair of sizes along the two innermost loops that are left, within the registers. */
function rowsOf(shape: Shape, { size }: LaneAxis): readonly Rows[] {
  const { nest: { window, tap, foldDepth }, machine, streams } = shape;
  const written = rowsUpTo(shape, size, machine.accumulators[window ? "windows" : "products"]);
  if (tap === undefined || streams || foldDepth === 0 || machine.accumulators.rolled === 0) return written;
  const larger = rowsUpTo(shape, size, machine.accumulators.rolled).filter((rows) => mostRows(shape, rows) * vectorsOf(size, machine) > machine.accumulators.windows);
  return [...written, ...larger.map((rows) => ({ ...rows, rolled: tap }))];
}

function rowsUpTo(shape: Shape, size: number, accumulators: number): readonly Rows[] {
  const { nest: { site, foldDepth, window, lanes }, lane, machine, streams } = shape;
  const kind = window ? "windows" : "products";
  const [first, second] = lanes.filter((it) => it !== lane).toReversed();
  const whole = window && first !== undefined && first.extent <= wholeRow ? first.extent : 0;
  const most = Math.min(Math.max(machine.rows[kind], whole), Math.max(1, Math.floor(accumulators / vectorsOf(size, machine))));
  if (foldDepth === 0 || first === undefined) return [{ site, rows: [], cut: false }];
  const pairs = window && !streams && second !== undefined ? [...rowsAlong(first, second, most), ...rowsAlong(second, first, most)] : rowsAlong(first, second, most);
  return pairs.map((pair) => ({ site, ...pair })).filter((pair) => mostRows(shape, pair) <= most && pair.cut === cutsAny(shape, pair));
}

/** The second loop has rows of its own only where all of the first are in one tile; where the first is too short it takes that size. */
function rowsAlong(first: Lane, second: Lane | undefined, most: number): readonly Omit<Rows, "site">[] {
  const sizes = (limit: number): readonly number[] => Array.from({ length: Math.max(1, limit) }, (_, k) => k + 1);
  return sizes(second === undefined ? Math.min(first.extent, most) : most).flatMap((size1) => {
    if (!wholes(first.extent, size1)) return [];
    const pairs = second === undefined || size1 === 1 || size1 < first.extent ? [1] : sizes(most).filter((size2) => second.extent % size2 === 0);
    return pairs.flatMap((size2) => (size1 > 1 ? [false, true] : [false]).map((cut) => ({ cut, rows: [{ loop: first.pattern, size: size1 }, ...(second === undefined ? [] : [{ loop: second.pattern, size: size2 }])] })));
  });
}

/** Whether even tiles of up to this size need the size at all; a loop that is shorter leaves it to others. */
function wholes(extent: number, size: number): boolean {
  return size >= extent || Math.ceil(extent / Math.ceil(extent / size)) === size;
}
