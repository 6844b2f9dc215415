/**
 * Iterations that may run together, as passes see them: every element that one writes is
 * told from what the others touch by one dimension of its index. The kernel proves the
 * same of the program text (W8); asking first only spares a pass a refused witness.
 */
import { affineIn, mentions } from "../../../ir/loop/affine.js";
import { type IndexExpr, eachVariable, minus, sameIndex, times, variable, zero } from "../../../ir/loop/index-expr.js";
import type { Buffer, Loop } from "../../../ir/loop/program.js";
import { stridesOf } from "../../../ir/tensor/tensor.js";
import { type Access, accessesOf, loopsIn, storesIn } from "./nests.js";

/** Whether no iteration of `loop` touches an element that another one writes. */
export function independentLanes(loop: Loop): boolean {
  const inside = new Set([loop.variable, ...loopsIn(loop.body).map(({ variable: inner }) => inner)]);
  const accesses = storesIn(loop.body).flatMap(accessesOf);
  const written = new Set(storesIn(loop.body).map((store) => store.buffer));
  return [...written].every((buffer) => toldApart(accesses.filter((access) => access.buffer === buffer), loop.variable, inside));
}

/** One dimension at least is the same function of the lane at every access: different lanes, different elements. */
export function toldApart(accesses: readonly Access[], lane: string, inside: ReadonlySet<string>): boolean {
  const [first] = accesses;
  return first?.index.some((e, d) => {
    const factor = affineIn(e, lane)?.factor ?? 0;
    const around = minus(e, times(variable(lane), factor));
    return factor !== 0 && !mentionsAny(around, inside) && accesses.every(({ index }) => sameIndex(index[d] ?? zero, e));
  }) ?? false;
}

function mentionsAny(e: IndexExpr, names: ReadonlySet<string>): boolean {
  let found = false;
  eachVariable(e, (name) => {
    found ||= names.has(name);
  });
  return found;
}

/** How far apart, in elements, neighbouring lanes access a buffer; undefined where that is not constant. */
export function laneStride({ buffer, index }: Access, lane: string, buffers: ReadonlyMap<string, Buffer>): number | undefined {
  const strides = stridesOf(buffers.get(buffer)?.shape ?? []);
  let stride = 0;
  for (const [d, e] of index.entries()) {
    if (!mentions(e, lane)) continue;
    const factor = affineIn(e, lane)?.factor;
    if (factor === undefined) return undefined;
    stride += factor * (strides[d] ?? 0);
  }
  return stride;
}
