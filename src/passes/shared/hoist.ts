/**
 * Nests that compute from weights alone (the square roots of a batch normalisation) may
 * run any time before their readers. Moved above the other producer of their reader,
 * they no longer stand between a convolution and what follows it.
 */
import type { Program } from "../../../ir/loop/program.js";
import { type StoreContext, loadsOf } from "../../../ir/loop/visit.js";
import type { View } from "./copies.js";

/** The program with such nests directly above the latest nest that feeds their first reader. */
export function hoistConstants(view: View): Program {
  const { body } = view.program;
  const stores = [...view.contexts.values()];
  const nests = body.map((_, position) => stores.filter(({ topLevel }) => topLevel === position));
  const constant = nests.map((nest) => nest.every(({ store }) => loadsOf(store.value).every(({ buffer }) => view.buffers.get(buffer)?.kind === "weight")));
  const above = new Map<number, number[]>();
  constant.forEach((movable, position) => {
    const target = movable ? targetOf(position, stores, constant) : undefined;
    if (target !== undefined && target < position) above.set(target, [...(above.get(target) ?? []), position]);
  });
  const moved = new Set([...above.values()].flat());
  const order = body.flatMap((_, position) => [...(above.get(position) ?? []), ...(moved.has(position) ? [] : [position])]);
  return { ...view.program, body: order.flatMap((position) => body[position] ?? []) };
}

/** The latest nest, not itself constant, that feeds the first reader of what the nest at `position` writes. */
function targetOf(position: number, stores: readonly StoreContext[], constant: readonly boolean[]): number | undefined {
  const written = new Set(stores.filter(({ topLevel }) => topLevel === position).map(({ store }) => store.buffer));
  const reader = stores.find(({ store, topLevel }) => topLevel !== position && loadsOf(store.value).some(({ buffer }) => written.has(buffer)));
  if (reader === undefined) return undefined;
  const operands = new Set(loadsOf(reader.store.value).map(({ buffer }) => buffer));
  const feeding = stores.filter(({ store, topLevel }) => operands.has(store.buffer) && topLevel < reader.topLevel && constant[topLevel] !== true);
  return feeding.length === 0 ? undefined : Math.max(...feeding.map(({ topLevel }) => topLevel));
}
