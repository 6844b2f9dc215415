/** The nests that a move makes: the consumer within its tile, and before it the producer's rows that the tile reads. */
import { guarded } from "../../../ir/loop/build.js";
import { type Condition, type IndexExpr, atLeast, below, floordiv, minus, mod, plus, shift, substitute, variable, zero } from "../../../ir/loop/index-expr.js";
import type { Buffer, Loop, Node } from "../../../ir/loop/program.js";
import { type Nest, loopsIn, storesIn } from "./nests.js";
import { privateBuffers } from "./private-buffers.js";
import type { Renaming } from "./remap.js";
import { type Rewriting, rewritten } from "./rewriting.js";
import { type Window, baseOf } from "./windows.js";
import { type Change, type Move, name } from "./producer-moves.js";

/** The consumer's nest inside the tile loop. */
export function consumedTile({ tables, buffers }: Change, { consumer, tiling, tensor, window, keepHalo }: Move): readonly Node[] {
  const { loop, size, tile, within, whole } = tiling;
  const own = new Map([[tile.variable, within === undefined ? variable(loop.variable) : floordiv(variable(loop.variable), size)], ...(within === undefined ? [] : [[within.variable, mod(variable(loop.variable), size)] as const])]);
  for (const { name: statement } of storesIn(consumer.nest.body)) {
    tables.from.set(statement, { statement, by: (v) => (v === loop.variable ? whole : undefined) });
    tables.to.set(statement, [{ when: [], statement, by: (v) => own.get(v) }]);
  }
  const slot = slotOf(buffers.get(tensor.name) ?? tensor, window, tile.variable, keepHalo);
  const tail = loop.extent % size === 0 ? [] : [below(whole, loop.extent)];
  const rewriting: Rewriting = {
    pass: name,
    by: (v) => (v === loop.variable ? whole : undefined),
    loopOf: (it) => (it.variable !== loop.variable ? { loop: it, tests: [] } : within === undefined ? undefined : { loop: within, tests: tail }),
    access: (access) => (access.buffer === tensor.name ? { ...access, index: access.index.map((e, d) => (d === window.dimension ? slot(e) : e)) } : access),
    nameOf: (statement) => statement,
  };
  return nested(consumer.nest).flatMap((node) => rewritten(node, rewriting, [tile], []));
}

/** Where row `e` of the tensor lies in what is left of it. */
function slotOf({ shape }: Buffer, window: Window, tile: string, keepHalo: boolean): (e: IndexExpr) => IndexExpr {
  const rows = shape[window.dimension] ?? 1;
  return keepHalo && haloOf(window) > 0 ? (e) => mod(shift(e, -window.low), rows) : (e) => minus(e, baseOf(window, tile));
}

/** Rows that a tile reads and the one before it has read already. */
function haloOf({ size, stride }: Window): number {
  return Math.max(0, size - stride);
}

/** The producer's nest inside the tile loop: the whole window, or the rows that are new, with those of the halo in the first tile. */
export function producedRows(change: Change, move: Move): readonly Node[] {
  const { producer: { nest }, window, row, keepHalo, tiling: { tile } } = move;
  const halo = keepHalo ? haloOf(window) : 0;
  const owned = shrunkBuffers(change, move, Math.max(window.size - halo, halo));
  for (const { name: statement } of storesIn(nest.body)) change.tables.to.set(statement, []);
  const base = baseOf(window, tile.variable);
  if (halo === 0) return rowsFrom(change, move, owned, { first: base, count: window.size, suffix: "", when: [], tests: [], tileOf: variable(tile.variable) });
  const sinceStart = shift(variable(row.variable), -window.low - halo);
  const start = { first: base, count: halo, suffix: "h", when: [below(sinceStart, 0)], tests: [below(variable(tile.variable), 1)], tileOf: zero };
  const fresh = { first: shift(base, halo), count: window.size - halo, suffix: "", when: [], tests: [], tileOf: floordiv(sinceStart, window.stride) };
  return [...rowsFrom(change, move, owned, start), ...rowsFrom(change, move, owned, fresh)];
}

/** The tensor gets the rows of a window, the producer's own buffers those of one run; by buffer the dimension of rows. */
function shrunkBuffers({ view, buffers, rewritten: again }: Change, { producer: { nest }, tensor, window, row }: Move, ownRows: number): ReadonlyMap<string, number> {
  const resize = (buffer: Buffer, dimension: number, size: number): void => {
    buffers.set(buffer.name, { ...buffer, shape: buffer.shape.map((extent, d) => (d === dimension ? size : extent)) });
    again.add(buffer.name);
  };
  resize(tensor, window.dimension, window.size);
  const owned = privateBuffers(view.program, nest).map(({ buffer, dimensions }) => ({ buffer, dimension: dimensions.indexOf(row.variable) }));
  for (const { buffer, dimension } of owned) resize(buffer, dimension, ownRows);
  return new Map(owned.map(({ buffer, dimension }) => [buffer.name, dimension]));
}

/** Some rows of the tensor, in every tile or under tests. */
interface Rows {
  readonly first: IndexExpr;
  readonly count: number;
  /** Of the names of a copy. */
  readonly suffix: string;
  /** Which rows are made here, in terms of the producer's loop over rows. */
  readonly when: readonly Condition[];
  readonly tests: readonly Condition[];
  /** The tile that makes such a row; the reader's own where every tile makes all it reads. */
  readonly tileOf: IndexExpr;
}

function rowsFrom(change: Change, move: Move, owned: ReadonlyMap<string, number>, rows: Rows): readonly Node[] {
  const { names, buffers } = change;
  const { producer: { nest }, tensor, window, row, keepHalo, tiling: { tile } } = move;
  const { first, count, suffix, tests } = rows;
  const within: Loop = { ...row, variable: names.fresh(row.variable, `w${suffix}`), extent: count, origin: { ...row.origin, pass: name } };
  const renamed = (base: string): string => (suffix === "" ? base : names.fresh(base, suffix));
  const loops = new Map([...nest.loops, ...loopsIn(nest.body)].filter((it) => it.variable !== row.variable).map((it) => [it.variable, renamed(it.variable)]));
  const statements = new Map(storesIn(nest.body).map((store) => [store.name, renamed(store.name)]));
  const at = plus(first, variable(within.variable));
  const by: Renaming = (v) => (v === row.variable ? at : loops.has(v) ? variable(loops.get(v) ?? v) : undefined);
  recordRows(change, move, rows, { statements, loops, within: within.variable, by });
  const slot = slotOf(buffers.get(tensor.name) ?? tensor, window, tile.variable, keepHalo);
  const rewriting: Rewriting = {
    pass: name, by,
    loopOf: (it) => (it.variable === row.variable ? { loop: within, tests: [atLeast(at, zero), below(at, row.extent)] } : { loop: { ...it, variable: loops.get(it.variable) ?? it.variable }, tests: [] }),
    access: (access) => ({ ...access, index: access.index.map((e, d) => {
      if (access.buffer === tensor.name) return d === window.dimension ? slot(e) : e;
      return d === owned.get(access.buffer) ? minus(e, first) : e;
    }) }),
    nameOf: (statement) => statements.get(statement) ?? statement,
  };
  return guarded(tests, nested(nest).flatMap((node) => rewritten(node, rewriting, [tile], tests)));
}

interface RowNames {
  readonly statements: ReadonlyMap<string, string>;
  readonly loops: ReadonlyMap<string, string>;
  readonly within: string;
  readonly by: Renaming;
}

function recordRows({ tables }: Change, { producer: { nest }, row, tiling: { tile } }: Move, { first, when, tileOf }: Rows, { statements, loops, within, by }: RowNames): void {
  const old = new Map([...loops].map(([from, to]) => [to, variable(from)]));
  const start = substitute(first, (v) => (v === tile.variable ? tileOf : undefined));
  const back: Renaming = (v) => (v === within ? minus(variable(row.variable), start) : v === tile.variable ? tileOf : old.get(v));
  for (const { name: statement } of storesIn(nest.body)) {
    const copy = statements.get(statement) ?? statement;
    tables.from.set(copy, { statement, by });
    tables.to.get(statement)?.push({ when, statement: copy, by: back });
  }
}

function nested({ loops, body }: Nest): readonly Node[] {
  return loops.reduceRight<readonly Node[]>((inner, loop) => [{ ...loop, body: inner }], body);
}
