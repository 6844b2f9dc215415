/**
 * The register tile of a nest: so many lanes, so many rows. A step of a tile of v vectors and r
 * rows multiplies v·r times and loads v vectors of the one operand and r of the other; sums of
 * one tile hide each other's latency. The shape with the fewest cycles for the whole nest wins.
 */
import { lanesAtOnce } from "../../../backends/c/dot-lanes.js";
import { largestDivisor } from "../../passes/shared/divisors.js";
import { laneFor } from "./lanes.js";
import type { VectorMachine } from "./machine.js";
import { type Lane, type Strides, type VectorNest, contiguousAlong, variesAlong } from "./nests.js";

/** Iterations of one loop in a tile. */
export interface TileAxis {
  /** Pattern of the loop and its copies at borders. */
  readonly loop: string;
  readonly size: number;
}

export interface LaneAxis extends TileAxis {
  /** The last tile may run over the end, into room that accumulators and weights get for it. */
  readonly pad: boolean;
}

/** What is chosen for one nest. */
export interface TileChoice {
  readonly site: string;
  /** Whether the nest has a sum; one without is not tiled, its lanes are a whole loop. */
  readonly fold: boolean;
  /** Undefined where nothing lies as lanes need it. */
  readonly lanes: LaneAxis | undefined;
  /** Rows of the tile, the preferred loop first; at borders too short for it the next takes its place. */
  readonly rows: readonly TileAxis[];
  /** The loop of the sum whose steps come in pairs, where lanes take two at once. */
  readonly pairs?: string;
  /** Whether the first of them is cut where its size does not divide it. */
  readonly cut: boolean;
}

/** The tile with steps of this loop of the sum in pairs, if its lanes can take them. */
export function inPairs(tile: TileChoice, pairs: string | undefined): TileChoice {
  return pairs === undefined || tile.lanes === undefined || tile.lanes.size % lanesAtOnce !== 0 ? tile : { ...tile, pairs };
}

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
  const lanes = vectors ? lanesOf(lane, machine, { vectors: nest.lanes.length > 1 ? mostVectors : machine.alone, pads: !shape.streams }) : [{ loop: lane.pattern, size: 1, pad: false }];
  const candidates = lanes.flatMap((axis) => rowsOf(shape, axis).map((tile) => ({ ...tile, fold: nest.foldDepth > 0, lanes: vectors || nest.foldDepth === 0 ? axis : undefined })));
  return candidates.map((tile) => ({ tile, cycles: cyclesOf(shape, tile) })).toSorted((a, b) => a.cycles - b.cycles).map(({ tile }) => tile);
}

interface Shape {
  readonly nest: VectorNest;
  readonly lane: Lane;
  readonly machine: VectorMachine;
  /** Each row loads vectors of its own, as in a depthwise convolution, not one element for all lanes. */
  readonly streams: boolean;
}

/** Whole vectors that divide the extent; else its divisors, and vectors over the end. */
function lanesOf({ pattern, extent }: Lane, { width }: VectorMachine, { vectors, pads }: { readonly vectors: number; readonly pads: boolean }): readonly LaneAxis[] {
  const sizes = Array.from({ length: Math.min(extent, vectors * width) }, (_, k) => k + 1).filter((size) => extent % size === 0);
  const whole = sizes.filter((size) => size % width === 0 || size === extent);
  const axes = (whole.length > 0 ? whole : sizes.filter((size) => size >= largestDivisor(extent, width))).map((size) => ({ loop: pattern, size, pad: false }));
  const over = extent % width === 0 ? [] : [0.5, 1, 2, 4, 8].filter((k) => k <= vectors && k * width < 2 * extent).map((k) => k * width).map((size) => ({ loop: pattern, size, pad: extent % size !== 0 }));
  return pads ? [...axes, ...over] : axes;
}

/** Vectors of lanes in a tile with rows, at most. */
const mostVectors = 4;

type Rows = Pick<TileChoice, "site" | "rows" | "cut">;

/** Every pair of sizes along the two innermost loops that are left, within the registers. */
function rowsOf({ nest, lane, machine }: Shape, { size }: LaneAxis): readonly Rows[] {
  const kind = nest.window ? "windows" : "products";
  const most = Math.min(machine.rows[kind], Math.max(1, Math.floor(machine.accumulators[kind] / vectorsOf(size, machine))));
  const { site } = nest;
  const [first, second] = nest.lanes.filter((it) => it !== lane).toReversed();
  if (nest.foldDepth === 0 || first === undefined) return [{ site, rows: [], cut: false }];
  return Array.from({ length: Math.min(first.extent, most) }, (_, k) => k + 1).flatMap((size1) => {
    const cut = first.extent % size1 !== 0;
    if (cut && !even(first.extent, size1)) return [];
    const divisors = second === undefined || size1 < first.extent ? [1] : Array.from({ length: Math.floor(most / size1) }, (_, k) => k + 1).filter((size2) => second.extent % size2 === 0);
    return divisors.map((size2) => ({ site, cut, rows: [{ loop: first.pattern, size: size1 }, ...(second === undefined ? [] : [{ loop: second.pattern, size: size2 }])] }));
  });
}

/** Whether tiles of up to this size, one shorter where they do not divide the extent, need the size at all. */
function even(extent: number, size: number): boolean {
  return Math.ceil(extent / Math.ceil(extent / size)) === size;
}

/** Whole vectors, and shorter ones for what is left: 6 lanes are one of 4 and one of 2. */
function vectorsOf(size: number, { width }: VectorMachine): number {
  let vectors = Math.floor(size / width);
  for (let rest = size % width; rest > 0; rest >>= 1) vectors += rest & 1;
  return vectors;
}

/** Cycles outside the loops of the sum, per vector of accumulators: set to zero, finished, stored. */
const around = 2;
/** Of a loop and of a nest more, by an estimate. */
const perTile = 6;
const perCut = 1.02;

function cyclesOf({ nest, lane, machine, streams }: Shape, { lanes, rows, cut }: TileChoice): number {
  const size = lanes?.size ?? 1;
  const vectors = vectorsOf(size, machine);
  const count = rows.reduce((product, row) => product * row.size, 1);
  const loads = streams ? vectors * (count + 1) : nest.window ? (machine.window.weights * vectors) + (machine.window.elements * count) : vectors + count;
  const step = Math.max(vectors * count / machine.perCycle, loads / machine.perCycle, machine.latency);
  const tile = (nest.foldLength * step) + (around * vectors * count) + perTile;
  const outputs = nest.lanes.filter((it) => it !== lane).reduce((product, { extent }) => product * extent, 1);
  return Math.ceil(lane.extent / size) * outputs / count * tile * (cut ? perCut : 1);
}
