/** What recompute-producers may move: a consumer's tile loop, and a producer that only it reads. */
import { type IndexExpr, plus, substitute, times, variable } from "../../../ir/loop/index-expr.js";
import type { Buffer, Loop, Node } from "../../../ir/loop/program.js";
import { type StoreContext, loadsOf } from "../../../ir/loop/visit.js";
import type { View } from "./copies.js";
import { type Names, type Nest, independentIterations, nestOf, storesIn } from "./nests.js";
import type { Tables } from "./parts.js";
import { privateBuffers } from "./private-buffers.js";
import type { Renaming } from "./remap.js";
import { extentsOf } from "./simplify.js";
import { type Window, windowOf } from "./windows.js";

/** The pass, in the origin of loops. */
export const name = "recompute-producers";

export interface Rule {
  readonly loops: readonly RegExp[];
  readonly tensors: readonly RegExp[];
  readonly size: number | undefined;
  readonly keepHalo: boolean;
}

/** A program under change: what the moves so far did to its nests and buffers. */
export interface Change {
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

/** The consumer's loop v as the tile loop and, if it is cut, the loop within a tile. */
interface Tiling {
  readonly loop: Loop;
  readonly size: number;
  readonly tile: Loop;
  readonly within: Loop | undefined;
  /** v over the new variables. */
  readonly whole: IndexExpr;
}

export interface Move {
  readonly consumer: { readonly position: number; readonly nest: Nest };
  readonly producer: { readonly position: number; readonly nest: Nest };
  readonly tiling: Tiling;
  readonly tensor: Buffer;
  readonly window: Window;
  /** The producer's loop over rows of the tensor. */
  readonly row: Loop;
  readonly keepHalo: boolean;
}

export function moveFor(change: Change, nest: Nest, position: number, rules: readonly Rule[]): Move | undefined {
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
