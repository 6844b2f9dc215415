/**
 * inline-weights: what depends on weights alone is computed where it is read. Weights that are
 * stored in fewer bits than they are computed with (f16, bf16) are then widened at the load,
 * and no tensor holds them widened. So are bytes that become differences of 16 bits, of weights
 * or not, unless they are to be stored.
 *
 * Rewrite: T[p] = f(W[…]); … T[q] … becomes … f(W[… q …]) …, and the store into T goes.
 * Requires: one store into T, of at most `operators` operators over weights, or an i16 of
 * bytes that are written once; it is the producer of every load of T.
 * Ensures: no T; as many operators per load as the store had. φ maps each statement to itself,
 * the operators of f inside of it to those of the store; what was a copy of T, to the store.
 * Timing: f runs once per load instead of once per element. Refuses: unknown options.
 */
import type { Expr, Store } from "../../ir/loop/program.js";
import { type StoreContext, eachExpr, loadsOf, mapExpr, mapStores, storesOf, substituteExpr } from "../../ir/loop/visit.js";
import type { Case, Instance, NodeInstance } from "../../proofs/kernel/witness.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type LoadSite, bindPoint, composeCases, domainOf, substituteCases } from "./shared/compose.js";
import { type View, isSettled, ownPointOf, readersOf, viewOf } from "./shared/copies.js";
import { type OptionTable, checkOptions, choiceOption, countOption, patternsOption } from "./shared/options.js";
import { simplifyAll } from "./shared/simplify.js";
import { identityPhi, removeDead } from "./shared/wiring.js";

const name = "inline-weights";

/** Two conversions, the difference, and one more. */
const differenceOperators = 4;

const options: OptionTable = {
  tensors: { kind: "patterns", about: "tensors whose elements are computed where they are read (default: all)" },
  differences: { kind: "choice", choices: ["read", "stored"], about: "differences of bytes that are not weights are computed where they are read, or stored as 16 bits (default: read)" },
  operators: { kind: "count", about: "operators of an element at most (default: 1, which is a conversion)" },
};

interface Limits {
  readonly tensors: readonly RegExp[];
  readonly storesDifferences: boolean;
  readonly operators: number;
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const limits: Limits = { tensors: patternsOption(name, given, "tensors") ?? [/^/], storesDifferences: choiceOption(name, given, "differences", ["read", "stored"]) === "stored", operators: countOption(name, given, "operators") ?? 1 };
  const start: Inlining = { view: viewOf(before), targets: {} };
  const { view: staged, targets } = storesOf(before.program).reduce((current, { store }) => inlined(current, store.name, limits) ?? current, start);
  if (staged === start.view) return undefined;
  const { program, dataflow } = removeDead(staged);
  const phi = Object.entries(identityPhi(program)).map(([statement, own]) => [statement, targets[statement] ?? own] as const);
  return { after: program, witness: { ...dataflow, phi: Object.fromEntries(phi) } };
}

/** A program under change, and what copies that compute now were copies of. */
interface Inlining {
  readonly view: View;
  readonly targets: Readonly<Record<string, readonly Case<NodeInstance>[]>>;
}

/** The program in which the value of statement `maker` stands where it was loaded; undefined where that cannot be. */
function inlined({ view, targets }: Inlining, maker: string, limits: Limits): Inlining | undefined {
  const context = view.contexts.get(maker);
  if (context === undefined || !movesToReaders(view, context, limits)) return undefined;
  const sites = readersOf(view, context.store.buffer);
  if (sites.length === 0 || !sites.every((site) => pointOf(view, site, maker) !== undefined)) return undefined;
  const copies = sites.filter(({ reader }) => reader.store.value.kind === "load");
  const copied = copies.map((site) => [site.reader.store.name, targetOf(targets, context, pointOf(view, site, maker) ?? [])] as const);
  return {
    view: viewOf(sites.reduceRight<Staged>((next, site) => takeValue(next, view, site, context), view)),
    targets: { ...targets, ...Object.fromEntries(copied) },
  };
}

/** The node of the program before the pass that `maker` computes at `point`. */
function targetOf(targets: Inlining["targets"], maker: StoreContext, point: Instance["point"]): readonly Case<NodeInstance>[] {
  const own: NodeInstance = { statement: maker.store.name, point: ownPointOf(maker), path: [] };
  return substituteCases(targets[maker.store.name] ?? [{ when: [], then: own }], bindPoint(maker, point));
}

function movesToReaders(view: View, { store }: StoreContext, limits: Limits): boolean {
  const { contexts, buffers, once } = view;
  const written = [...contexts.values()].filter((other) => other.store.buffer === store.buffer).length;
  const alone = written === 1 && once.has(store.buffer) && buffers.get(store.buffer)?.kind === "temp";
  const wanted = limits.tensors.some((pattern) => pattern.test(store.buffer));
  return alone && wanted && store.value.kind === "op" && (isOfWeights(view, store.value, limits) || isDifference(view, store, limits));
}

function isOfWeights({ buffers }: View, value: Expr, { operators }: Limits): boolean {
  const loads = loadsOf(value);
  return operatorsIn(value) <= operators && loads.length > 0 && loads.every(({ buffer }) => buffers.get(buffer)?.kind === "weight");
}

/** A byte widened to 16 bits, or the difference of two, that is to be computed where it is read. */
function isDifference(view: View, { buffer, value }: Store, { storesDifferences }: Limits): boolean {
  const ofWeights = loadsOf(value).every((load) => view.buffers.get(load.buffer)?.kind === "weight");
  if (storesDifferences && !ofWeights) return false;
  const bytes = loadsOf(value).filter((load) => ["i8", "u8"].includes(view.buffers.get(load.buffer)?.type ?? "") && isSettled(view, load.buffer));
  return view.buffers.get(buffer)?.type === "i16" && bytes.length > 0 && bytes.length === loadsOf(value).length && operatorsIn(value) <= differenceOperators;
}

function operatorsIn(value: Expr): number {
  let count = 0;
  eachExpr(value, ({ kind }) => {
    if (kind === "op") count++;
  });
  return count;
}

/** The instance of `maker` whose value a load reads, if it is that everywhere. */
function pointOf({ dataflow }: View, { reader, at }: LoadSite, maker: string): Instance["point"] | undefined {
  const cases = dataflow.producers[reader.store.name]?.[at] ?? [];
  const [only] = cases;
  return cases.length === 1 && only?.then.statement === maker ? only.then.point : undefined;
}

/** One load replaced by the value. From the last load to the first, so that the numbers of the others stay. */
function takeValue(staged: Staged, view: View, site: LoadSite, maker: StoreContext): Staged {
  const { reader, at } = site;
  const by = bindPoint(maker, pointOf(view, site, maker.store.name) ?? []);
  const { extentOf, conditions } = domainOf(reader);
  const value = mapExpr(substituteExpr(maker.store.value, by), (e) =>
    e.kind === "load" ? { ...e, index: simplifyAll(e.index, extentOf, conditions) } : e);
  let rank = 0;
  const program = mapStores(staged.program, (store) => {
    if (store.name !== reader.store.name) return store;
    return { ...store, value: mapExpr(store.value, (e) => (e.kind === "load" && rank++ === at ? value : e)), origin: { ...store.origin, pass: name } };
  });
  const entries = staged.dataflow.producers[reader.store.name] ?? [];
  const behind = staged.dataflow.producers[maker.store.name] ?? [];
  const own = loadsOf(value).map((_, k) => composeCases([{ when: [], then: { statement: maker.store.name, point: [] } }], () => substituteCases(behind[k] ?? [], by), domainOf(reader)));
  const producers = { ...staged.dataflow.producers, [reader.store.name]: entries.toSpliced(at, 1, ...own) };
  return { program, dataflow: { ...staged.dataflow, producers } };
}

export const inlineWeights: Pass = { name, summary: "widen weights where they are read", options, run };
