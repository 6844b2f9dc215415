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
import type { Subject } from "./obligation.js";

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
  ground(into, { rule: "M1", detail: "complete", sentence: "Every temp, and nothing else, has a place.", subject: about("") }, loose.length === 0, loose.join(", ") || "all placed");
  const placed = placesOf(program, temps);
  placed.forEach((a, k) => {
    ground(into, { rule: "M1", detail: `offset.${a.buffer.name}`, sentence: `${a.buffer.name} lies in its arena, within int32.`, subject: about(a.buffer.name) }, Number.isSafeInteger(a.offset) && a.offset >= 0 && a.offset + a.size <= int32, `offset ${a.offset}, ${a.size} elements`);
    for (const b of placed.slice(k + 1)) checkPair(into, a, b);
  });
}

function about(buffer: string): Subject {
  return { node: "", statement: "", buffer };
}

function checkPair(into: Claims, a: Placed, b: Placed): void {
  if (a.buffer.type !== b.buffer.type) return; // one arena per element type
  const apart = a.offset + a.size <= b.offset || b.offset + b.size <= a.offset;
  const inTurn = a.last < b.first || b.last < a.first;
  const range = (p: Placed): string => `${p.buffer.name} elements ${p.offset}..${p.offset + p.size - 1} live ${p.first}..${p.last}`;
  ground(into, { rule: "M1", detail: `pair.${a.buffer.name}.${b.buffer.name}`, sentence: `${a.buffer.name} and ${b.buffer.name} share no element while both are live.`, subject: about(a.buffer.name) }, apart || inTurn, `${range(a)}; ${range(b)}`);
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
