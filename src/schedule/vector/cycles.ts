/**
 * What a nest costs with a tile, in cycles: over all its regions, because borders are short in
 * one direction and often as long as the interior in the other. A step of v vectors and r rows
 * multiplies v·r times; sums of one tile hide each other's latency, and so do tiles that follow
 * each other as far as a processor looks ahead. Where every lane has a weight of its own, as in
 * a depthwise convolution, the weights of a window stay in registers over all tiles if they fit.
 */
import { largestDivisor } from "../../passes/shared/divisors.js";
import { tilesLeft } from "../../passes/split-remainder.js";
import type { VectorMachine } from "./machine.js";
import type { Lane, Region, VectorNest } from "./nests.js";
import type { TileChoice } from "./tile.js";

export interface Shape {
  readonly nest: VectorNest;
  readonly lane: Lane;
  readonly machine: VectorMachine;
  /** Each row loads vectors of its own, as in a depthwise convolution, not one element for all lanes. */
  readonly streams: boolean;
}

type Sizes = Pick<TileChoice, "lanes" | "rows" | "cut" | "rolled">;

/** Whole vectors, and shorter ones for what is left: 6 lanes are one of 4 and one of 2. */
export function vectorsOf(size: number, { width }: VectorMachine): number {
  let vectors = Math.floor(size / width);
  for (let rest = size % width; rest > 0; rest >>= 1) vectors += rest & 1;
  return vectors;
}

/** Cycles of the whole nest. */
export function cyclesOf(shape: Shape, tile: Sizes): number {
  const regions = shape.nest.regions.reduce((sum, region) => sum + (region.copies * cyclesIn(region, shape, tile)), 0);
  return Math.max(regions, transferOf(shape, tile));
}

/** The most rows that a tile has in any region. */
export function mostRows({ nest }: Pick<Shape, "nest">, tile: Pick<Sizes, "rows" | "cut">): number {
  return Math.max(...nest.regions.flatMap((region) => tilesIn(region, tile).map(({ size }) => size)));
}

/** Whether a loop of some region will be two. */
export function cutsAny({ nest }: Pick<Shape, "nest">, tile: Pick<Sizes, "rows" | "cut">): boolean {
  return nest.regions.some((region) => tilesIn(region, tile).length > 1);
}

/** Where a loop over tiles ends, which a processor expects to go on; and a nest more, in its whole time. By an estimate. */
const perEnd = 6;
const perCut = 1.05;

function cyclesIn(region: Region, shape: Shape, tile: Sizes): number {
  const tiled = tilesIn(region, tile);
  const lanes = tile.lanes?.size ?? 1;
  const rows = shape.nest.lanes.filter(({ pattern }) => tile.rows.some(({ loop }) => loop === pattern));
  const step = Math.max(1, ...rows.map((it) => it.step));
  const end = shape.nest.window ? perEnd : 0;
  const cycles = tiled.reduce((sum, { trips, times, size }) => sum + (times * ((trips * tileCycles({ rows: size, lanes, step, rolled: tile.rolled !== undefined }, shape)) + end)), 0);
  return (tiled.length > 1 ? perCut : 1) * timesAround(region, shape, tile) * cycles;
}

/** How often the loops over rows run: for each tile of lanes, and for what is left. */
function timesAround({ extents }: Region, { nest, lane }: Shape, { lanes, rows }: Sizes): number {
  const left = nest.lanes.filter((it) => it !== lane && !rows.some(({ loop }) => loop === it.pattern));
  return left.reduce((product, { pattern }) => product * (extents.get(pattern) ?? 1), Math.ceil((extents.get(lane.pattern) ?? 1) / (lanes?.size ?? 1)));
}

/** Tiles of one number of rows: how many in one loop, and how often that runs. */
interface Tiles {
  readonly trips: number;
  readonly times: number;
  readonly size: number;
}

/** As split-remainder and tile-loops will cut a region: the first loop that can be has tiles, the second those of its own rule. */
export function tilesIn(region: Pick<Region, "extents">, { rows, cut }: Pick<Sizes, "rows" | "cut">): readonly Tiles[] {
  const extents = rows.map(({ loop }) => region.extents.get(loop) ?? 1);
  const [largest = 1, second = 1] = rows.map(({ size }) => size);
  const at = Math.max(0, extents.findIndex((extent) => extent > 1 && (cut || largestDivisor(extent, largest) > 1)));
  const extent = extents[at] ?? 1;
  const other = (extents[0] ?? 1) * (extents[1] ?? 1) / extent;
  const beside = at === 0 ? largestDivisor(other, Math.min(second, other)) : 1;
  return piecesOf(extent, largest, cut).map((piece) => {
    const size = largestDivisor(piece, largest);
    return { trips: piece / size, times: other / beside, size: size * beside };
  });
}

function piecesOf(extent: number, size: number, cut: boolean): readonly number[] {
  const whole = cut ? tilesLeft(extent, { sizeUpTo: size, sizeAtLeast: size, even: true }) : undefined;
  return whole === undefined ? [extent] : [whole, extent - whole];
}

/** Cycles outside the loops of the sum, per vector of accumulators: set to zero, finished, stored. */
const around = 2;
/** Of a loop, by an estimate; a window over one channel is written out and has none. */
const perTile = { loop: 6, writtenOut: 1 } as const;

interface Tile {
  readonly rows: number;
  readonly lanes: number;
  readonly step: number;
  readonly rolled: boolean;
}

function tileCycles({ rows, lanes, step, rolled }: Tile, { nest: { foldLength, window }, machine, streams }: Shape): number {
  const vectors = vectorsOf(lanes, machine);
  const sums = vectors * rows;
  const kept = streams && window;
  const loads = kept ? windowLoads(rows, vectors, foldLength, machine) : foldLength * (streams ? vectors * (rows + 1) : rolled ? tapLoads(rows, vectors, machine) : window ? broadcastLoads(rows, vectors, step, machine) : rows + weightLoads(rows, vectors, machine));
  const ahead = kept ? Math.max(1, machine.ahead / ((2 * foldLength * sums) + loads)) : 1;
  return together([foldLength * sums / machine.perCycle, loads / machine.perCycle, foldLength * machine.latency / ahead]) + (around * sums) + (kept ? perTile.writtenOut : perTile.loop);
}

/** What several limits cost: the largest, and more where others come near, because no order of instructions suits all of them. */
function together(limits: readonly number[]): number {
  return limits.reduce((sum, cycles) => sum + (cycles ** 4), 0) ** 0.25;
}

/** Windows that begin side by side share elements; those further apart do not, and what they keep for each other takes registers. */
function broadcastLoads(rows: number, vectors: number, step: number, { window, registers }: VectorMachine): number {
  if (step === 1) return (window.weights * vectors) + (window.elements * rows);
  return (window.weights * vectors) + (Math.max(1, window.elements) * rows) + (window.spilled * Math.max(0, (vectors * rows) + vectors + rows + spare - registers));
}

/** Loads that an element of one tap alone counts as, which nothing else waits for. Measured. */
const elementOfTap = 0.5;

/** Of one tap alone: weights that find no register beside the sums and one element are loaded for each row. */
function tapLoads(rows: number, vectors: number, machine: VectorMachine): number {
  return (elementOfTap * rows) + ((vectors * rows) + vectors + 1 <= machine.registers ? weightLoads(rows, vectors, machine) : vectors * rows);
}

/** Of so few rows, compilers read each weight anew, as an operand of the instruction. */
function weightLoads(rows: number, vectors: number, { sharedFrom }: VectorMachine): number {
  return rows >= sharedFrom ? vectors : vectors * rows;
}

/** Registers that neither sums nor weights have. */
const spare = 3;
/** Steps of one tile that compilers write out; of more they make loops, and hold no weight beyond one iteration. */
const mostSteps = 40;

/** Where the weights stay in registers, the elements that neighbouring rows do not share; else both operands of every product. */
function windowLoads(rows: number, vectors: number, taps: number, { registers }: VectorMachine): number {
  const fits = vectors * (taps + rows) + spare <= registers && taps * vectors * rows <= mostSteps;
  const side = Math.sqrt(taps);
  return vectors * (fits ? Math.min(taps * rows, side * (side + rows - 1)) : taps * (rows + 1));
}

/** Bytes that come together. */
export const line = 64;
/** Of the second cache, per cycle, read and written, as measured on Zen 5; what its first one holds. */
const perCycle = 30;
const held = 49152;

/** Of a nest that uses each element a few times: the loop over lanes is outermost, so that narrow ones pass over every line several times. */
function transferOf({ nest, lane, streams }: Shape, { lanes }: Sizes): number {
  const passes = Math.max(1, Math.min(lane.extent, line / 4) / (lanes?.size ?? 1));
  return streams && nest.window && nest.bytes > held ? nest.bytes * passes / perCycle : 0;
}
