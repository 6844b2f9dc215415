/**
 * What can lower the peak of the memory: a tensor that one nest makes and one other reads is
 * made a few rows at a time inside the reader's loop over rows, and only the rows of one
 * tile, with those the next one needs again, are alive. Each move is a rule of
 * recompute-producers, which says what else must hold.
 */
import { mentions } from "../../../ir/loop/affine.js";
import type { Buffer, Loop, Program } from "../../../ir/loop/program.js";
import { type StoreContext, loadsOf, storesOf } from "../../../ir/loop/visit.js";
import type { PassOptions } from "../../pass.js";
import { nestOf, storesIn } from "../../passes/shared/nests.js";

export interface Move {
  /** Top-level positions of the two nests. */
  readonly consumer: number;
  readonly producer: number;
  /** The two by the names of their last stores, which moves keep. */
  readonly nests: readonly string[];
  /** Of recompute-producers. */
  readonly rule: PassOptions;
}

/** How many rows make a tile, and what becomes of the rows that two tiles share. */
export interface Tiling {
  /** Undefined: each row is a tile, and the loop over rows is not cut. */
  readonly size?: number;
  readonly keepHalo?: boolean;
}

interface Traffic {
  readonly writers: ReadonlySet<number>;
  readonly readers: ReadonlySet<number>;
  /** Stores that load it. */
  readonly loading: readonly StoreContext[];
}

/** The moves that take a tensor which is alive at one of `positions` out of it, in the order of the text. */
export function movesAt(program: Program, positions: ReadonlySet<number>, tilings: readonly Tiling[]): readonly Move[] {
  const traffic = trafficOf(program);
  return program.buffers.filter(({ kind }) => kind === "temp").flatMap((tensor) => {
    const { writers, readers, loading } = traffic.get(tensor.name) ?? none;
    const [[producer], [consumer]] = [[...writers], [...readers].filter((at) => !writers.has(at))];
    if (producer === undefined || consumer === undefined || writers.size > 1 || [...readers].some((at) => at !== producer && at !== consumer)) return [];
    if (!positions.has(producer) && !positions.has(consumer)) return [];
    return rowLoops(program, consumer, tensor, loading).flatMap((loop) => tilings.map((tiling) => ({ consumer, producer, nests: lastStores(program, [producer, consumer]), rule: ruleFor(loop, tensor, tiling) })));
  });
}

const none: Traffic = { writers: new Set(), readers: new Set(), loading: [] };

function trafficOf(program: Program): ReadonlyMap<string, Traffic> {
  const found = new Map<string, { writers: Set<number>; readers: Set<number>; loading: StoreContext[] }>();
  const of = (name: string) => found.get(name) ?? found.set(name, { writers: new Set(), readers: new Set(), loading: [] }).get(name);
  for (const context of storesOf(program)) {
    of(context.store.buffer)?.writers.add(context.topLevel);
    for (const { buffer } of loadsOf(context.store.value)) {
      of(buffer)?.readers.add(context.topLevel);
      of(buffer)?.loading.push(context);
    }
  }
  return found;
}

function lastStores({ body }: Program, positions: readonly number[]): readonly string[] {
  return positions.flatMap((at) => {
    const node = body[at];
    return node === undefined ? [] : (storesIn([node]).at(-1)?.name ?? []);
  });
}

/** Loops of the nest whose value says which part of the tensor is read, the two outermost; of a nest that has tiles already, theirs. */
function rowLoops({ body }: Program, consumer: number, tensor: Buffer, loading: readonly StoreContext[]): readonly Loop[] {
  const node = body[consumer];
  const loops = node === undefined ? [] : nestOf(node).loops.filter(({ extent }) => extent > 1);
  const own = loading.filter(({ topLevel }) => topLevel === consumer).flatMap(({ store }) => loadsOf(store.value)).filter(({ buffer }) => buffer === tensor.name);
  return loops.filter(({ variable }) => own.every(({ index }) => index.some((e) => mentions(e, variable)))).slice(0, 2);
}

function ruleFor({ variable }: Loop, { name }: Buffer, { size, keepHalo }: Tiling): PassOptions {
  return { loops: variable, tensors: name, ...(size === undefined ? {} : { size }), ...(keepHalo === true ? { keepHalo } : {}) };
}
