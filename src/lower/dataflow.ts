/**
 * Who wrote what a reference program reads. Such a program is written in one form:
 * tensors are stored once per element at plain loop variables, accumulators by a fold
 * in its own order. So every producer can be read off the text; the kernel checks it.
 *
 *     load of a tensor        the part of its stage whose guard holds at the element; a
 *                             recurrence reads its own at earlier positions, each written once
 *     load of an accumulator  in a step: the step before, or the start;
 *                             after the fold: the last step, or the start
 */
import { type IndexExpr, sameIndex, substituteCondition, variable } from "../../ir/loop/index-expr.js";
import type { Load, Program } from "../../ir/loop/program.js";
import { type StoreContext, buffersByName, loadsOf, storesOf } from "../../ir/loop/visit.js";
import { invariant, present } from "../../ir/prelude.js";
import type { Case, Dataflow, Instance } from "../../proofs/kernel/witness.js";
import { domainOf, shorten } from "./cases.js";
import { type Fold, afterFold, beforeStep } from "./fold-order.js";

/** The dataflow of a program that `referenceProgram` printed. Code: `fold-condition`. */
export function referenceDataflow(program: Program): Dataflow {
  const stores = storesOf(program);
  const names = new Set(stores.map(({ store }) => store.buffer));
  const writers = new Map([...names].map((name) => [name, stores.filter(({ store }) => store.buffer === name)]));
  const folds = foldsOf(writers);
  const producers = stores.map((reader) => {
    const cases = loadsOf(reader.store.value).map((load) => producersOf(reader, load, { writers, folds }));
    return [reader.store.name, cases] as const;
  });
  return {
    producers: Object.fromEntries(producers),
    finals: Object.fromEntries(finalsOf(program, writers)),
    once: [...writers.keys()].filter((buffer) => !folds.has(buffer)),
  };
}

type Writers = ReadonlyMap<string, readonly StoreContext[]>;

/** The accumulators: what a store to the same element reads. One that is never stepped is written once, like a tensor. */
function foldsOf(writers: Writers): ReadonlyMap<string, Fold> {
  const folds = new Map<string, Fold>();
  for (const [buffer, stores] of writers) {
    const step = stores.find(({ store }) => loadsOf(store.value).some((load) => load.buffer === buffer && load.index.every((e, axis) => sameIndex(e, store.index[axis] ?? e))));
    const init = stores.find((store) => store !== step);
    if (step === undefined) continue;
    invariant(init !== undefined && stores.length === 2, `accumulator ${buffer} has ${stores.length} stores`);
    folds.set(buffer, { init, step });
  }
  return folds;
}

interface Known {
  readonly writers: Writers;
  readonly folds: ReadonlyMap<string, Fold>;
}

function producersOf(reader: StoreContext, load: Load, { writers, folds }: Known): readonly Case<Instance>[] {
  const stores = writers.get(load.buffer);
  if (stores === undefined) return []; // inputs and weights are given
  const fold = folds.get(load.buffer);
  if (fold === undefined) return shorten(partsAt(stores, load.index), domainOf(reader));
  const own = fold.init.store.index.map((e) => e.text).join();
  invariant(load.index.map((e) => e.text).join() === own, `${reader.store.name} reads another element of its accumulator`);
  return shorten(reader === fold.step ? beforeStep(fold) : afterFold(fold), domainOf(reader));
}

/** The stores of a tensor, each at the element `index` and where its guard holds there. */
function partsAt(stores: readonly StoreContext[], index: readonly IndexExpr[]): readonly Case<Instance>[] {
  return stores.map(({ store, loops, conditions }) => {
    const axes = store.index.map((e) => e.text);
    const coordinate = (name: string): IndexExpr | undefined => index[axes.indexOf(name)];
    const point = loops.map((loop) => present(coordinate(loop.variable), `${loop.variable} in the element that ${store.name} writes`));
    return { when: conditions.map((c) => substituteCondition(c, coordinate)), then: { statement: store.name, point } };
  });
}

/** Per output buffer, the stores over its elements d0, d1, … */
function finalsOf(program: Program, writers: Writers): readonly (readonly [string, readonly Case<Instance>[]])[] {
  return [...buffersByName(program).values()].filter(({ kind }) => kind === "output").map(({ name, shape }) => {
    const variables = shape.map((extent, axis) => ({ name: `d${axis}`, extent }));
    const cases = partsAt(writers.get(name) ?? [], variables.map((d) => variable(d.name)));
    return [name, shorten(cases, { variables, conditions: [] })] as const;
  });
}
