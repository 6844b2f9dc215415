/**
 * How long temporaries live, in top-level positions, and what that costs at least: the
 * largest set alive at one position bounds every plan of the memory from below.
 */
import type { Buffer, Program } from "../../../ir/loop/program.js";
import { loadsOf, storesOf } from "../../../ir/loop/visit.js";
import type { ElementType } from "../../../ir/scalar/types.js";
import { elementCount } from "../../../ir/tensor/tensor.js";
import { quadSteps } from "../../../backends/c/dot.js";

/** A temporary with the first and last top-level position that touches it. */
export interface Item {
  readonly buffer: Buffer;
  /** Elements of its arena that it takes. */
  readonly size: number;
  readonly first: number;
  readonly last: number;
}

/** Temporaries with their lives; one that no store touches lives at position 0. */
export function itemsOf(program: Program): Item[] {
  const lives = new Map<string, { readonly first: number; readonly last: number }>();
  for (const { store, topLevel } of storesOf(program)) {
    for (const { buffer } of [store, ...loadsOf(store.value)]) {
      const { first, last } = lives.get(buffer) ?? { first: topLevel, last: topLevel };
      lives.set(buffer, { first: Math.min(first, topLevel), last: Math.max(last, topLevel) });
    }
  }
  const temps = program.buffers.filter(({ kind }) => kind === "temp");
  return temps.map((buffer) => ({ buffer, size: placeSize(buffer), ...(lives.get(buffer.name) ?? { first: 0, last: 0 }) }));
}

/** Temporaries of i16 start where four elements can be read at once (backends/c/dot.ts), so each takes whole quads. */
export function placeSize({ type, shape }: Pick<Buffer, "type" | "shape">): number {
  const elements = elementCount(shape);
  return type === "i16" ? quadSteps * Math.ceil(elements / quadSteps) : elements;
}

/** Per element type, the most elements of temporaries alive at one top-level position: no plan needs less. */
export function liveSetBound(program: Program): Map<ElementType, number> {
  const bounds = new Map<ElementType, number>();
  const items = itemsOf(program);
  for (const type of new Set(items.map(({ buffer }) => buffer.type))) {
    bounds.set(type, liveBound(items.filter(({ buffer }) => buffer.type === type)));
  }
  return bounds;
}

export function liveBound(items: readonly Item[]): number {
  const aliveAt = (position: number): number => items.reduce((sum, { first, last, size }) => (first <= position && position <= last ? sum + size : sum), 0);
  return items.reduce((most, { first }) => Math.max(most, aliveAt(first)), 0);
}
