/**
 * Where the addresses of a tile (tile.ts) move: the loops around it with nothing else in them are its *walk*. Before them
 * the text says where the operands of the first tile begin, in each iteration the tile goes on by what it reads, and at
 * the end of an iteration the text says how far the next is from there. What the tile itself says to be read is what all that has to
 * come to: the reader adds it up and compares.
 */
import { type IndexExpr, literal, plus, sameIndex, substitute, times, variable, zero } from "../../ir/loop/index-expr.js";
import { affineIn } from "../../ir/loop/affine.js";
import type { Buffer, Load, Loop, Program } from "../../ir/loop/program.js";
import { buffersByName, loopsOf } from "../../ir/loop/visit.js";
import { quadSteps } from "./dot.js";
import { type Tile, type TileLoads, type TileShape, tileOf, tileShapes } from "./tile.js";

/** How far the next iteration begins behind the last element read, in elements of x and of w. */
export interface Move {
  readonly image: number;
  readonly weights: number;
}

/** A loop of a walk, and its move. */
export interface WalkLoop {
  readonly variable: string;
  readonly extent: number;
  readonly move: Move;
}

/** A tile, where its walk starts, and the loops from the outermost. */
export interface Walk {
  readonly tile: Tile;
  readonly start: TileLoads;
  readonly loops: readonly WalkLoop[];
}

type Buffers = ReadonlyMap<string, Buffer>;

/** How far a tile itself goes on: what it has read, of weights all rows. */
function ownMove({ rows }: TileShape): Move {
  return { image: quadSteps, weights: rows * quadSteps };
}

/** Loops that a walk can have. */
export function isWalked({ mode }: Pick<Loop, "mode">): boolean {
  return mode === "serial" || mode === "unrolled";
}

/** The row-major address of an element, in elements. */
function addressOf({ buffer, index }: Load, buffers: Buffers): IndexExpr {
  const shape = buffers.get(buffer)?.shape ?? [];
  return index.reduce((sum, e, axis) => plus(times(sum, shape[axis] ?? 0), e), zero);
}

/** Of fewer tiles it costs more to have their addresses in registers than it saves. */
const leastTiles = 12;

/** The walk that the text starts at a loop, if it does. */
export function walkOf(loop: Loop, buffers: Buffers): Walk | undefined {
  const walk = longestWalk(loop, buffers);
  const tiles = walk?.loops.reduce((count, { extent }) => count * extent, 1) ?? 0;
  return tiles < leastTiles ? undefined : walk;
}

/** The shapes of the tiles of a program. */
export function tilesOf(program: Program): readonly TileShape[] {
  const byName = buffersByName(program);
  const found = new Set(loopsOf(program).map((loop) => walkOf(loop, byName)?.tile.shape));
  return tileShapes.filter((shape) => found.has(shape));
}

function longestWalk(loop: Loop, buffers: Buffers): Walk | undefined {
  const tile = tileOf(loop, buffers);
  if (tile !== undefined) return { tile, start: tile, loops: [] };
  const [child, ...others] = loop.body;
  const inner = isWalked(loop) && child?.kind === "loop" && others.length === 0 ? longestWalk(child, buffers) : undefined;
  return inner === undefined ? undefined : longer(inner, loop, buffers);
}

/** A walk with one more loop around it, if all operands begin at the same distance in every iteration, and ahead. */
function longer({ tile, start, loops }: Walk, { variable: name, extent }: Loop, buffers: Buffers): Walk | undefined {
  const all = [...start.columns, start.weights];
  const factors = all.map((load) => affineIn(addressOf(load, buffers), name)?.factor);
  const [image, weights] = [factors[0] ?? -1, factors.at(-1) ?? -1];
  const linear = all.every(({ index }) => index.every((e) => affineIn(e, name) !== undefined)) && factors.slice(0, -1).every((factor) => factor === image);
  const gone = wholeMove(tile.shape, loops);
  const move = { image: image - gone.image, weights: weights - gone.weights };
  if (!linear || move.image < 0 || move.weights < 0) return undefined;
  const first = (load: Load): Load => ({ ...load, index: load.index.map((e) => substitute(e, (of) => (of === name ? zero : undefined))) });
  return { tile, start: { columns: start.columns.map(first), weights: first(start.weights) }, loops: [{ variable: name, extent, move }, ...loops] };
}

/** How far all iterations go on; of each loop so far its factor is told. */
function wholeMove(shape: TileShape, loops: readonly WalkLoop[], told?: (loop: WalkLoop, factor: Move) => void): Move {
  return loops.reduceRight((gone, loop) => {
    const factor = { image: gone.image + loop.move.image, weights: gone.weights + loop.move.weights };
    told?.(loop, factor);
    return { image: factor.image * loop.extent, weights: factor.weights * loop.extent };
  }, ownMove(shape));
}

/** Whether addresses that start somewhere and move so are where a tile says that it reads, in every iteration. */
export function leadsTo({ start, loops, tile }: Omit<Walk, "tile"> & { readonly tile: TileLoads & Pick<Tile, "shape"> }, buffers: Buffers): boolean {
  let [image, weights] = [literal(0), literal(0)];
  wholeMove(tile.shape, loops, ({ variable: name }, factor) => {
    image = plus(image, times(variable(name), factor.image));
    weights = plus(weights, times(variable(name), factor.weights));
  });
  const arrives = (from: Load | undefined, to: Load, by: IndexExpr): boolean =>
    from?.buffer === to.buffer && sameIndex(plus(addressOf(from, buffers), by), addressOf(to, buffers));
  return tile.columns.every((column, k) => arrives(start.columns[k], column, image)) && arrives(start.weights, tile.weights, weights);
}
