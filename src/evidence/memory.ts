/**
 * Memory of a planned program: arena sizes, and the live-set bound, below which no
 * plan can go that keeps the order of the stores: the most bytes that are live at
 * one top-level position of the text.
 */
import { arenasOf } from "../../backends/c/layout.js";
import type { Program } from "../../ir/loop/program.js";
import { loadsOf, storesOf } from "../../ir/loop/visit.js";
import { bytesOf } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";

export interface MemoryFigures {
  readonly arenaBytes: number;
  readonly liveSetBytes: number;
  readonly weightBytes: number;
}

export function memoryOf(program: Program): MemoryFigures {
  const arenaBytes = [...arenasOf(program)].reduce((sum, [type, count]) => sum + count * bytesOf[type], 0);
  const weights = program.buffers.filter(({ kind }) => kind === "weight");
  return { arenaBytes, liveSetBytes: liveSetBytes(program), weightBytes: weights.reduce((sum, b) => sum + bytesOf[b.type] * elementCount(b.shape), 0) };
}

interface Interval {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
}

function liveSetBytes(program: Program): number {
  const sizes = new Map(program.buffers.flatMap((b) => (b.kind === "temp" ? [[b.name, bytesOf[b.type] * elementCount(b.shape)] as const] : [])));
  const live = new Map<string, Interval>();
  for (const { store, topLevel } of storesOf(program)) {
    for (const name of [store.buffer, ...loadsOf(store.value).map((load) => load.buffer)]) {
      const bytes = sizes.get(name);
      if (bytes === undefined) continue;
      live.set(name, { first: live.get(name)?.first ?? topLevel, last: topLevel, bytes });
    }
  }
  const at = new Array<number>(program.body.length).fill(0);
  for (const { first, last, bytes } of live.values()) {
    for (let k = first; k <= last; k++) at[k] = (at[k] ?? 0) + bytes;
  }
  return Math.max(0, ...at);
}
