/**
 * recompute-producers: overlapped tiling. The nest that makes a tensor moves into the tile
 * loop of the nest that reads it and makes, tile by tile, what that tile reads. The tensor
 * shrinks to the rows of one tile; rows that two tiles read are computed for both, or, with
 * `keepHalo`, kept in a circular buffer and computed once.
 *
 * Rewrite: for p { T[p] = e }; for v { … T[v + k] … } becomes for vt { for pw in 0..W { if
 * a·vt + low + pw is a row: T[pw] = e }; for vi { … T[s·vi + k − low] … } }.
 * Requires: only the consumer's nest reads T; T is indexed by a·v plus what the other loops add
 * along one dimension; iterations of both nests are independent.
 * Ensures: a smaller T. φ maps a row computed twice to one row of before.
 * Timing: one nest with a loop more; halo rows again per tile. Refuses: unknown options.
 */
import { type Condition, type IndexExpr, atLeast, below, floordiv, minus, mod, plus, shift, substitute, times, variable, zero } from "../../ir/loop/index-expr.js";
import { guarded } from "../../ir/loop/build.js";
import type { Buffer, Loop, Node } from "../../ir/loop/program.js";
import { type StoreContext, loadsOf } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type View, viewOf } from "./shared/copies.js";
import { type Names, type Nest, independentIterations, loopsIn, namesOf, nestOf, storesIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption, flagOption, patternsOption, rulesOf } from "./shared/options.js";
import type { Tables } from "./shared/parts.js";
import { privateBuffers } from "./shared/private-buffers.js";
import { type Renaming, remap } from "./shared/remap.js";
import { type Rewriting, rewritten } from "./shared/rewriting.js";
import { extentsOf } from "./shared/simplify.js";
import { type Window, baseOf, windowOf } from "./shared/windows.js";

const name = "recompute-producers";

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "the first that names a loop of a nest decides about the nest; without rules nothing moves",
    words: {
      loops: { kind: "patterns", about: "the consumer's loop along which it is tiled", required: true },
      size: { kind: "count", about: "iterations of that loop in one tile; without it each is a tile, and the loop is no longer cut" },
      tensors: { kind: "patterns", about: "buffers whose producers may move (default: all)" },
      keepHalo: { kind: "flag", about: "keep the rows that tiles share in a circular buffer instead of computing them again" },
    },
  },
};

interface Rule {
  readonly loops: readonly RegExp[];
  readonly tensors: readonly RegExp[];
  readonly size: number | undefined;
  readonly keepHalo: boolean;
}

function parseRule(rule: PassOptions): Rule {
  return {
    loops: patternsOption(name, rule, "loops") ?? [],
    tensors: patternsOption(name, rule, "tensors") ?? [/^/],
    size: countOption(name, rule, "size"),
    keepHalo: flagOption(name, rule, "keepHalo"),
  };
}

/** A program under change: what the moves so far did to its nests and buffers. */
interface Change {
  readonly view: View;
  readonly names: Names;
  readonly tables: Tables;
  /** By position in the body of `before`; empty where a producer has gone. */
  readonly nodes: (readonly Node[])[];
  readonly buffers: Map<string, Buffer>;
  /** Positions that took part in a move: the next one is the business of the next step. */
  readonly taken: Set<number>;
  /** Buffers whose elements are now written more than once. */
  readonly rewritten: Set<string>;
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules = rulesOf(name, given, []).map(parseRule);
  const { program } = before;
  const change: Change = {
    view: viewOf(before), names: namesOf(program), tables: { from: new Map(), to: new Map() },
    nodes: program.body.map((node) => [node]), buffers: new Map(program.buffers.map((b) => [b.name, b])), taken: new Set(), rewritten: new Set(),
  };
  program.body.forEach((node, position) => {
    const move = rules.length === 0 ? undefined : moveFor(change, nestOf(node), position, rules);
    if (move !== undefined) apply(change, move);
  });
  if (change.taken.size === 0) return undefined;
  const after = { ...program, buffers: [...change.buffers.values()], body: change.nodes.flat() };
  const { after: result, witness } = remap(before, { after, ...change.tables });
  return { after: result, witness: { ...witness, once: witness.once.filter((buffer) => !change.rewritten.has(buffer)) } };
}

/** The consumer's loop v as the tile loop and, if it is cut, the loop within a tile. */
interface Tiling {
  readonly loop: Loop;
  readonly size: number;
  readonly tile: Loop;
  readonly within: Loop | undefined;
  /** v over the new variables. */
  readonly whole: IndexExpr;
}

interface Move {
  readonly consumer: { readonly position: number; readonly nest: Nest };
  readonly producer: { readonly position: number; readonly nest: Nest };
  readonly tiling: Tiling;
  readonly tensor: Buffer;
  readonly window: Window;
  /** The producer's loop over rows of the tensor. */
  readonly row: Loop;
  readonly keepHalo: boolean;
}

function moveFor(change: Change, nest: Nest, position: number, rules: readonly Rule[]): Move | undefined {
  const found = rules.flatMap((rule) => nest.loops.filter((loop) => rule.loops.some((pattern) => pattern.test(loop.variable))).map((loop) => ({ rule, loop })))[0];
  if (found === undefined || change.taken.has(position)) return undefined;
  const { rule, loop } = found;
  if (!isOutermost(nest, loop) && !independentIterations(change.view, nest)) return undefined;
  const tiling = tilingOf(loop, rule.size, change.names);
  const tensors = [...new Set(storesIn(nest.body).flatMap((store) => loadsOf(store.value)).map(({ buffer }) => buffer))];
  for (const tensor of tensors.filter((buffer) => rule.tensors.some((pattern) => pattern.test(buffer)))) {
    const move = moveOf(change, { position, nest }, tiling, tensor);
    if (move !== undefined) return { ...move, keepHalo: rule.keepHalo };
  }
  return undefined;
}

function isOutermost({ loops }: Nest, loop: Loop): boolean {
  return loops.slice(0, loops.indexOf(loop)).every(({ extent }) => extent === 1);
}

function tilingOf(loop: Loop, size: number | undefined, names: Names): Tiling {
  const origin = { ...loop.origin, pass: name };
  if (size === undefined) return { loop, size: 1, tile: { ...loop, origin }, within: undefined, whole: variable(loop.variable) };
  const tile = { ...loop, variable: names.fresh(loop.variable, "t"), extent: Math.ceil(loop.extent / size), origin };
  const within = { ...loop, variable: names.fresh(loop.variable, "i"), extent: size, origin };
  return { loop, size, tile, within, whole: plus(times(variable(tile.variable), size), variable(within.variable)) };
}

function moveOf({ view, taken }: Change, consumer: Move["consumer"], tiling: Tiling, buffer: string): Omit<Move, "keepHalo"> | undefined {
  const tensor = view.buffers.get(buffer);
  const stores = [...view.contexts.values()];
  const writers = stores.filter(({ store }) => store.buffer === buffer);
  const readers = stores.filter(({ store }) => loadsOf(store.value).some((load) => load.buffer === buffer));
  const [first] = writers;
  if (first === undefined || tensor?.kind !== "temp" || tensor.place !== undefined || !view.once.has(buffer)) return undefined;
  const position = first.topLevel;
  if (position >= consumer.position || taken.has(position) || writers.some(({ topLevel }) => topLevel !== position)) return undefined;
  if (readers.some(({ topLevel }) => topLevel !== consumer.position)) return undefined;
  const nest = nestOf(view.program.body[position] ?? first.store);
  const window = windowOf(readers.flatMap((reader) => tileAccesses(reader, buffer, tiling)), tiling.tile.variable);
  if (window === undefined || window.size >= (tensor.shape[window.dimension] ?? 0)) return undefined;
  const row = nest.loops.find(({ variable: v }) => writers.every(({ store }) => store.index[window.dimension]?.text === v));
  const alone = row !== undefined && writesOnly(view, nest, buffer) && readsSettled(view, nest) && independentIterations(view, nest);
  return alone ? { consumer, producer: { position, nest }, tiling, tensor, window, row } : undefined;
}

function tileAccesses({ store, loops }: StoreContext, buffer: string, { loop, tile, within, whole }: Tiling) {
  const extentOf = extentsOf([...loops.filter((it) => it.variable !== loop.variable), tile, ...(within === undefined ? [] : [within])]);
  const by: Renaming = (v) => (v === loop.variable ? whole : undefined);
  return loadsOf(store.value).filter((load) => load.buffer === buffer).map(({ index }) => ({ index: index.map((e) => substitute(e, by)), extentOf }));
}

/** What else the producer writes is its own. */
function writesOnly({ program }: View, nest: Nest, tensor: string): boolean {
  const own = new Set(privateBuffers(program, nest).map(({ buffer }) => buffer.name));
  return storesIn(nest.body).every(({ buffer }) => buffer === tensor || own.has(buffer));
}

/** What the producer reads of others keeps its value until the consumer runs. */
function readsSettled(view: View, nest: Nest): boolean {
  const written = new Set(storesIn(nest.body).map(({ buffer }) => buffer));
  const kindOf = (buffer: string): string | undefined => view.buffers.get(buffer)?.kind;
  return storesIn(nest.body).flatMap((store) => loadsOf(store.value)).every(({ buffer }) =>
    written.has(buffer) || view.once.has(buffer) || kindOf(buffer) === "input" || kindOf(buffer) === "weight");
}

function apply(change: Change, move: Move): void {
  const { consumer, producer, tiling } = move;
  const produced = producedRows(change, move);
  const consumed = consumedTile(change, move);
  change.nodes[producer.position] = [];
  change.nodes[consumer.position] = [{ ...tiling.tile, body: [...produced, ...consumed] }];
  change.taken.add(producer.position).add(consumer.position);
}

/** The consumer's nest inside the tile loop. */
function consumedTile({ tables, buffers }: Change, { consumer, tiling, tensor, window, keepHalo }: Move): readonly Node[] {
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
function producedRows(change: Change, move: Move): readonly Node[] {
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

export const recomputeProducers: Pass = { name, summary: "make a tensor tile by tile where it is read", options, run };
