/**
 * What caches do not hold. At each depth of the loops a nest touches so many bytes; the
 * outermost depth whose bytes fit a level is what that level keeps, and what an outer loop
 * does not index stays while it runs. The rest comes again from the level beyond.
 */
import { mentions } from "../../ir/loop/affine.js";
import type { IndexExpr } from "../../ir/loop/index-expr.js";
import type { Buffer } from "../../ir/loop/program.js";
import { type StoreContext, loadsOf } from "../../ir/loop/visit.js";
import { bytesOf } from "../../ir/scalar/types.js";
import { type NestContext, elementsTouched } from "./work.js";

/** Cycles for what comes from beyond the caches, levels working at once; `resident` are the bytes of a whole run. */
export function trafficCycles(nest: NestContext, resident: number): number {
  const { machine: { caches, memoryBytesPerCycle } } = nest;
  const main = busiest(nest);
  if (main === undefined) return 0;
  const accesses = accessesOf(main, nest);
  return Math.max(0, ...caches.map(({ bytes }, level) =>
    (resident <= bytes ? 0 : missedBytes(main, accesses, bytes) / (caches[level + 1]?.bytesPerCycle ?? memoryBytesPerCycle))));
}

function busiest({ stores, executions }: NestContext): StoreContext | undefined {
  return stores.toSorted((a, b) => (executions.get(b.store.name) ?? 0) - (executions.get(a.store.name) ?? 0))[0];
}

interface Access {
  readonly buffer: Buffer;
  readonly index: readonly IndexExpr[];
}

function accessesOf({ store }: StoreContext, { buffers }: NestContext): readonly Access[] {
  const all = [{ buffer: store.buffer, index: store.index }, ...loadsOf(store.value)].map(({ buffer, index }) => ({ buffer: buffers.get(buffer), index }));
  return all.flatMap(({ buffer, index }) => (buffer === undefined || buffer.kind === "local" ? [] : [{ buffer, index }]));
}

function missedBytes({ loops }: StoreContext, accesses: readonly Access[], capacity: number): number {
  const touched = ({ buffer, index }: Access, depth: number): number => bytesOf[buffer.type] * elementsTouched(index, buffer, loops.slice(depth));
  const depths = Array.from({ length: loops.length + 1 }, (_, depth) => depth);
  const kept = depths.find((depth) => accesses.reduce((sum, access) => sum + touched(access, depth), 0) <= capacity) ?? loops.length;
  return accesses.reduce((sum, access) => {
    const outer = loops.slice(0, kept);
    const indexing = outer.findLastIndex(({ variable }) => access.index.some((e) => mentions(e, variable)));
    return sum + touched(access, kept) * outer.slice(0, indexing + 1).reduce((product, { extent }) => product * extent, 1);
  }, 0);
}
