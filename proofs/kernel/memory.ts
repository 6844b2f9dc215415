/**
 * Rule M1: buffers are logical objects until the memory plan. Two temps of one arena
 * whose element ranges overlap must have disjoint live intervals, an interval being
 * all top-level positions of the text at which the buffer is touched. A ground check:
 * intervals and ranges are literals.
 */
import type { Buffer, Program } from "../../ir/loop/program.js";
import { loadsOf, storesOf } from "../../ir/loop/visit.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { int32 } from "./bounds.js";
import { type Claims, ground } from "./claims.js";
import { about } from "./obligation.js";

interface Placed {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly size: number;
  /** First and last top-level position that touches the buffer. */
  readonly first: number;
  readonly last: number;
}

/** M1 for a program with a plan; a program without places has nothing to check. */
export function checkMemory(into: Claims, program: Program): void {
  const temps = program.buffers.filter((buffer) => buffer.kind === "temp");
  const unplaced = temps.filter((buffer) => buffer.place === undefined);
  const stray = program.buffers.filter((buffer) => buffer.kind !== "temp" && buffer.place !== undefined);
  if (unplaced.length === temps.length && stray.length === 0) return; // no plan yet: logical objects
  const loose = [...unplaced, ...stray].map((buffer) => buffer.name);
  ground(into, { rule: "M1", detail: "complete", sentence: "Every temp, and nothing else, has a place.", subject: about() }, loose.length === 0, loose.join(", ") || "all placed");
  let live: readonly Placed[] = [];
  for (const it of placesOf(program, temps).sort((a, b) => a.first - b.first)) {
    live = live.filter((other) => other.last >= it.first);
    checkPlace(into, it, live.filter((other) => other.buffer.type === it.buffer.type)); // one arena per element type
    live = [...live, it];
  }
}

/** Of two lives that meet, the one that begins later begins during the other: so each pair is looked at once. */
function checkPlace(into: Claims, it: Placed, live: readonly Placed[]): void {
  const { buffer: { name }, offset, size } = it;
  ground(into, { rule: "M1", detail: `offset.${name}`, sentence: `${name} lies in its arena, within int32.`, subject: about(name) }, Number.isSafeInteger(offset) && offset >= 0 && offset + size <= int32, `offset ${offset}, ${size} elements`);
  const shared = live.filter((other) => offset < other.offset + other.size && other.offset < offset + size);
  const range = (p: Placed): string => `${p.buffer.name} elements ${p.offset}..${p.offset + p.size - 1} live ${p.first}..${p.last}`;
  ground(into, { rule: "M1", detail: `alone.${name}`, sentence: `No element of ${name} is in use by another buffer when ${name} is first touched.`, subject: about(name) }, shared.length === 0, [it, ...shared].map(range).join("; "));
}

function placesOf(program: Program, temps: readonly Buffer[]): Placed[] {
  const live = new Map<string, { first: number; last: number }>();
  for (const { store, topLevel } of storesOf(program)) {
    for (const name of [store.buffer, ...loadsOf(store.value).map((load) => load.buffer)]) {
      const seen = live.get(name) ?? { first: topLevel, last: topLevel };
      live.set(name, { first: Math.min(seen.first, topLevel), last: Math.max(seen.last, topLevel) });
    }
  }
  return temps.flatMap((buffer) => {
    const interval = live.get(buffer.name);
    if (interval === undefined) return [];
    return [{ buffer, offset: buffer.place?.offset ?? -1, size: elementCount(buffer.shape), ...interval }];
  });
}
