/**
 * The records of tiles: four steps (dot.ts) of R rows of weights by C columns, 2 by 1, 2 by 2 or 4 by 1, written as one
 * call for Arm cores with SMLAD. They mean the unrolled loops
 *
 *     for p in 0..R { for c in 0..C { for k in 0..4 {
 *       a[p, c] = addw.i32(a[p, c], mulw.i32(cast.i16.i32(x[j + k]), cast.i16.i32(w[m, p, k])))
 *     } } }
 *
 * where the column c = 1 of x begins at another element, with the same distance on each axis for all iterations; one
 * column has no c. They are printed for such loops wherever enough tiles are read in a row (tile-walk.ts), and for no
 * others; each sum has the order of the loops. The rows lie side by side in w, so one LDM loads four elements of
 * two: with an LDRD for each column, 11 instructions of 16 steps, of which 8 are SMLAD. Compilers make LDRD of all
 * that, and 12 or 13.
 *
 * LDM has no offset, so it needs an address that moves. The addresses are a value of the text, `tile_now`, which begins
 * where the loops do (tile-walk.ts); the text in C reads where the call says instead, and leaves it alone.
 */
import { type IndexExpr, isLiteral, literal, minus, plus, sameIndex, substitute, times, variable, zero } from "../../ir/loop/index-expr.js";
import type { Buffer, Load, Loop, Store } from "../../ir/loop/program.js";
import { type Dot, dotOf, neighbour, quadSteps } from "./dot.js";

/** Rows of weights of a tile, and its columns: sums and weights that fit into the registers of the core. */
export interface TileShape {
  readonly rows: 2 | 4;
  readonly columns: 1 | 2;
}

export const tileShapes: readonly TileShape[] = [{ rows: 2, columns: 1 }, { rows: 2, columns: 2 }, { rows: 4, columns: 1 }];

export function tileName({ rows, columns }: TileShape): string {
  return `tile${rows}x${columns}_i16`;
}

/** Where the first of each operand lies: x by columns, w. */
export interface TileLoads {
  readonly columns: readonly Load[];
  readonly weights: Load;
}

/** Where in the loops: the row, the column, which is 0 where there is no such loop, and the step. */
export interface TilePlace {
  readonly row: IndexExpr;
  readonly column: IndexExpr;
  readonly step: IndexExpr;
}

/** One record. */
export interface Tile extends TileLoads {
  readonly shape: TileShape;
  readonly store: Store;
  /** All loops, the outermost first. */
  readonly loops: readonly Loop[];
}

/** What the loops read and write in an iteration: where the sum is, and the operands of the step. */
export interface TileIndices {
  readonly sum: readonly IndexExpr[];
  readonly x: readonly IndexExpr[];
  readonly w: readonly IndexExpr[];
}

type Buffers = ReadonlyMap<string, Buffer>;

interface TileBuffers {
  readonly sums: Buffer;
  readonly buffers: Buffers;
}

/** The numbers of the columns. */
export function columnsOf({ columns }: TileShape): readonly number[] {
  return Array.from({ length: columns }, (_, column) => column);
}

/** Rows and columns where there are several. */
function extentsOf({ rows, columns }: TileShape): readonly number[] {
  return columns === 1 ? [rows] : [rows, columns];
}

/** The elements of a place in loops that begin at these; undefined where the buffers have no room for such loops. */
export function tileIndices({ columns: [first, second], weights }: TileLoads, { row, column, step }: TilePlace, shape: TileShape, { sums, buffers }: TileBuffers): TileIndices | undefined {
  const [image, packed] = [first, weights].map((load) => buffers.get(load?.buffer ?? ""));
  if (image === undefined || packed === undefined || first === undefined) return undefined;
  const start = second === undefined ? first.index : between(first.index, second.index, column);
  const x = start === undefined ? undefined : neighbour(image, start, step);
  const sum = sumIndex(sums, shape, second === undefined ? [row] : [row, column]);
  const w = packedIndex(packed, weights.index, shape, [row, step]);
  return sum === undefined || x === undefined || w === undefined ? undefined : { sum, x, w };
}

/** The element of a column, where the second lies at the same distance from the first always. */
function between(first: readonly IndexExpr[], second: readonly IndexExpr[], column: IndexExpr): readonly IndexExpr[] | undefined {
  const apart = second.map((e, axis) => minus(e, first[axis] ?? zero));
  return apart.every(isLiteral) ? first.map((e, axis) => plus(e, times(column, apart[axis]?.constant ?? 0))) : undefined;
}

/** The sums are a whole local: its axes that have more than one element are the row and the column. */
function sumIndex({ kind, type, shape }: Buffer, { rows, columns }: TileShape, at: readonly IndexExpr[]): readonly IndexExpr[] | undefined {
  const wide = shape.filter((extent) => extent > 1);
  if (kind !== "local" || type !== "i32" || wide.join() !== extentsOf({ rows, columns }).join()) return undefined;
  const next = at.values();
  return shape.map((extent) => (extent > 1 ? next.next().value ?? zero : zero));
}

/** The last axes of packed weights are rows and steps. */
function packedIndex({ shape }: Buffer, index: readonly IndexExpr[], { rows }: TileShape, by: readonly IndexExpr[]): readonly IndexExpr[] | undefined {
  const first = shape.length - by.length;
  return first < 0 || shape.at(-1) !== quadSteps || shape.at(-2) !== rows ? undefined : index.map((e, axis) => (axis < first ? e : plus(e, by[axis - first] ?? zero)));
}

/** The record that a loop is printed as, if it is one. */
export function tileOf(loop: Loop, buffers: Buffers): Tile | undefined {
  const loops = chainOf(loop);
  const steps = loops.at(-1);
  if (steps === undefined || loops.length < 2 || loops.some(({ mode }) => mode !== "unrolled")) return undefined;
  const dot = dotOf(steps, buffers);
  return dot?.steps !== quadSteps ? undefined : tileShapes.flatMap((shape) => tileWith(shape, loops, dot, buffers) ?? [])[0];
}

function chainOf(loop: Loop): readonly Loop[] {
  const [child, ...others] = loop.body;
  return child?.kind === "loop" && others.length === 0 ? [loop, ...chainOf(child)] : [loop];
}

function tileWith(shape: TileShape, loops: readonly Loop[], { store, x, y }: Dot, buffers: Buffers): Tile | undefined {
  const role = rolesOf(loops, shape);
  const sums = buffers.get(store.buffer);
  if (role === undefined || sums === undefined) return undefined;
  const at = (load: Load, column: number): Load => {
    const first = new Map([[role.row, 0], [role.column, column]]);
    return { ...load, index: load.index.map((e) => substitute(e, (name) => (first.has(name) ? literal(first.get(name) ?? 0) : undefined))) };
  };
  const loads: TileLoads = { columns: columnsOf(shape).map((column) => at(x, column)), weights: at(y, 0) };
  const found = tileIndices(loads, { ...placeOf(role), step: zero }, shape, { sums, buffers });
  const same = found !== undefined && sameElement(found.sum, store.index) && sameElement(found.x, x.index) && sameElement(found.w, y.index);
  return same ? { ...loads, shape, store, loops } : undefined;
}

function sameElement(index: readonly IndexExpr[], other: readonly IndexExpr[]): boolean {
  return index.length === other.length && index.every((e, axis) => sameIndex(e, other[axis] ?? zero));
}

/** Which loop is which. */
export interface TileRoles {
  readonly row: string;
  readonly column: string | undefined;
  readonly step: string;
}

/** The place in loops that their variables say. */
export function placeOf({ row, column, step }: TileRoles): TilePlace {
  return { row: variable(row), column: column === undefined ? zero : variable(column), step: variable(step) };
}

/** The roles of loops, the outermost first, if their extents are those of a tile of this shape. */
export function rolesOf(loops: readonly Pick<Loop, "variable" | "extent">[], shape: TileShape): TileRoles | undefined {
  const [row, column] = loops;
  const step = loops.at(-1);
  if (row === undefined || step === undefined || loops.map(({ extent }) => extent).join() !== [...extentsOf(shape), quadSteps].join()) return undefined;
  return { row: row.variable, column: shape.columns === 1 ? undefined : column?.variable, step: step.variable };
}
