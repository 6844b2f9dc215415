/**
 * Place apart: every temporary in the arena of its element type, side by side.
 *
 * Rewrite: temporaries without a place get the next free one; those that have one keep it.
 * Requires: nothing. Ensures: every temporary has a place and no two overlap that did not before.
 * Timing: unchanged. Refuses: a program in which every temporary is placed.
 *
 * The fallback of a schedule without a memory plan: wasteful, and too simple to be wrong.
 */
import type { Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { variable } from "../../ir/loop/index-expr.js";
import type { ElementType } from "../../ir/scalar/types.js";
import type { Witness } from "../../proofs/kernel/witness.js";
import type { Pass, Staged } from "../pass.js";
import { placeSize } from "./shared/lifetimes.js";

export const placeApart: Pass = {
  name: "place-apart",
  summary: "gives every temporary a place of its own",
  run: (before) => {
    const open = before.program.buffers.some((b) => b.kind === "temp" && b.place === undefined);
    return open ? { after: placed(before.program), witness: sameInstances(before) } : undefined;
  },
};

function placed(program: Program): Program {
  const free = new Map<ElementType, number>();
  const take = (type: ElementType, end: number): void => void free.set(type, Math.max(free.get(type) ?? 0, end));
  for (const { kind, type, shape, place } of program.buffers) {
    if (kind === "temp" && place !== undefined) take(type, place.offset + placeSize({ type, shape }));
  }
  const buffers = program.buffers.map((buffer) => {
    if (buffer.kind !== "temp" || buffer.place !== undefined) return buffer;
    const offset = free.get(buffer.type) ?? 0;
    take(buffer.type, offset + placeSize(buffer));
    return { ...buffer, place: { offset } };
  });
  return { ...program, buffers };
}

/** Every instance computes what it computed. */
function sameInstances({ program, dataflow }: Staged): Witness {
  const operators = storesOf(program).filter(({ store }) => store.value.kind === "op");
  const phi = operators.map(({ store, loops }) => {
    const point = loops.map((loop) => variable(loop.variable));
    return [store.name, [{ when: [], then: { statement: store.name, point, path: [] } }]] as const;
  });
  return { ...dataflow, phi: Object.fromEntries(phi) };
}
