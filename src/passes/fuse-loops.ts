/**
 * fuse-loops: an elementwise consumer is computed where its operand is made. Bias,
 * residual addition and activation follow the convolution's last step.
 *
 * Rewrite: T[p] = v; …; Y[o] = e(T[π(o)]) becomes Y[σ(p)] = e(v) (inlined), or, where
 * T has other readers or v would be computed twice, T[p] = v; Y[σ(p)] = e(T[p]) (joined).
 * Requires: one unguarded store into T; π a permutation or reshape of the consumer's whole
 * nest; the consumer's other operands ready before (nests over weights alone are moved up). Ensures: one nest fewer.
 * Timing: the loops of the consumer's nest are gone. Refuses: nothing.
 */
import { type IndexExpr, substitute, zero } from "../../ir/loop/index-expr.js";
import type { Buffer, Expr, Load, Node, Store } from "../../ir/loop/program.js";
import { type StoreContext, eachExpr, loadsOf, mapExpr } from "../../ir/loop/visit.js";
import type { Case, Instance, PhiTarget, Witness } from "../../proofs/kernel/witness.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type Domain, bindPoint, composeCases, domainOf, elementsOf, substituteCases, tidyCases } from "./shared/compose.js";
import { type View, isSettled, ownPointOf, readersOf, viewOf } from "./shared/copies.js";
import { hoistConstants } from "./shared/hoist.js";
import { inverseOf } from "./shared/invert.js";
import { onlyOptions } from "./shared/options.js";
import { sameTuple, simplifyAll } from "./shared/simplify.js";
import { identityPhi, restrict, rewriteStores } from "./shared/wiring.js";

/** Operators in one value; longer chains stay in separate nests, so that statements stay readable. */
const maxOperators = 64;

export const fuseLoops: Pass = {
  name: "fuse-loops",
  summary: "compute elementwise consumers where their operand is made",
  run: fuse,
};

type Phi = Witness["phi"];

interface State {
  readonly staged: Staged;
  readonly phi: Phi;
}

function fuse(before: Staged, options: PassOptions): PassResult | undefined {
  onlyOptions(fuseLoops.name, options, []);
  const program = hoistConstants(viewOf(before));
  const start: State = { staged: { program, dataflow: before.dataflow }, phi: identityPhi(program) };
  let current = start;
  for (let next = fuseOne(current); next !== undefined; next = fuseOne(current)) current = next;
  if (current === start) return undefined;
  const { staged, phi } = current;
  return { after: staged.program, witness: { ...staged.dataflow, phi } };
}

/** The first fusion possible, in textual order. Each takes away a nest or at least a loop, so this ends. */
function fuseOne({ staged, phi }: State): State | undefined {
  const view = viewOf(staged);
  for (const node of staged.program.body) {
    const lone = loneStore(node);
    const consumer = lone === undefined ? undefined : view.contexts.get(lone.name);
    const fusion = consumer === undefined ? undefined : fusionOf(view, consumer);
    if (fusion !== undefined) return apply(view, phi, fusion);
  }
  return undefined;
}

/** The store of a nest that holds nothing else: no guard, no second statement. */
function loneStore(node: Node): Store | undefined {
  if (node.kind === "store") return node;
  const [only] = node.body;
  return node.kind === "loop" && node.body.length === 1 && only !== undefined ? loneStore(only) : undefined;
}

interface Fusion {
  /** The operand's value stands in the consumer's place of load, and the operand is gone. */
  readonly inlined: boolean;
  readonly consumer: StoreContext;
  readonly producer: StoreContext;
  /** The tensor between them. */
  readonly operand: Buffer;
  /** Where the consumer reads it. */
  readonly index: readonly IndexExpr[];
  /** The consumer's loop variables over the producer's, and the other way round. */
  readonly consumerAt: (name: string) => IndexExpr | undefined;
  readonly producerAt: (point: readonly IndexExpr[]) => IndexExpr[];
}

/** A fusion of `consumer` with the latest of its producers, inlined if it can be. */
function fusionOf(view: View, consumer: StoreContext): Fusion | undefined {
  const candidates = loadsOf(consumer.store.value).flatMap((load) => candidateAt(view, consumer, load) ?? []);
  return candidates.find(({ inlined }) => inlined) ?? candidates[0];
}

function candidateAt(view: View, consumer: StoreContext, load: Load): Fusion | undefined {
  const operand = view.buffers.get(load.buffer);
  const producer = soleWriter(view, load.buffer);
  if (operand?.kind !== "temp" || !view.once.has(operand.name) || producer === undefined) return undefined;
  if (producer.topLevel >= consumer.topLevel) return undefined;
  const fusion = matchPoints(consumer, producer, operand, load.index);
  if (fusion === undefined || !operandsReady(view, fusion)) return undefined;
  const readings = readersOf(view, operand.name);
  const own = readings.filter(({ reader }) => reader === consumer);
  if (!own.every((site) => sameTuple(site.load.index, load.index))) return undefined;
  const inlined = own.length === readings.length && valueFits(consumer, producer, load);
  return inlined || consumer.loops.length + producer.loops.length > 0 ? { ...fusion, inlined } : undefined; // two scalars outside any loop are joined already
}

/** The one store into a buffer, if it has no guard. */
function soleWriter(view: View, buffer: string): StoreContext | undefined {
  const [only, ...others] = [...view.contexts.values()].filter(({ store }) => store.buffer === buffer);
  return others.length === 0 && only?.conditions.length === 0 ? only : undefined;
}

/** A value used twice is computed twice unless it is a leaf; then only a leaf may be. */
function valueFits(consumer: StoreContext, { store }: StoreContext, load: Load): boolean {
  const uses = loadsOf(consumer.store.value).filter(({ buffer }) => buffer === load.buffer).length;
  if (uses > 1 && store.value.kind === "op") return false;
  return operatorsIn(consumer.store.value) + operatorsIn(store.value) <= maxOperators;
}

function operatorsIn(value: Expr): number {
  let count = 0;
  eachExpr(value, (e) => {
    if (e.kind === "op") count++;
  });
  return count;
}

/** Every other operand is constant, or stored before the producer's instance runs. */
function operandsReady(view: View, { consumer, producer, operand, consumerAt }: Fusion): boolean {
  const over = domainOf(producer);
  return loadsOf(consumer.store.value).every(({ buffer }, at) => {
    if (buffer === operand.name) return true;
    if (!isSettled(view, buffer)) return false;
    const cases = substituteCases(view.dataflow.producers[consumer.store.name]?.[at] ?? [], consumerAt);
    return tidyCases(cases, over).every(({ then }) => storedBefore(view.contexts.get(then.statement), then.point, producer));
  });
}

/** In an earlier nest, or in the same iteration above. */
function storedBefore(context: StoreContext | undefined, point: readonly IndexExpr[], producer: StoreContext): boolean {
  if (context === undefined || context.topLevel > producer.topLevel) return false;
  if (context.topLevel < producer.topLevel) return true;
  const depth = producer.loops.length;
  const sameBody = context.loops.length === depth && producer.loops.every((loop, d) => context.loops[d]?.variable === loop.variable);
  const sameIteration = producer.loops.every(({ variable: name, extent }, d) => extent === 1 || point[d]?.text === name);
  return sameBody && sameIteration && (context.positions[depth] ?? Infinity) < (producer.positions[depth] ?? -1);
}

/** Consumer and producer instances paired by the element of the operand that both touch. */
function matchPoints(consumer: StoreContext, producer: StoreContext, operand: Buffer, index: readonly IndexExpr[]): Fusion | undefined {
  const ofConsumer = inverseOf(index, consumer.loops, operand.shape);
  const ofProducer = inverseOf(producer.store.index, producer.loops, operand.shape);
  if (ofConsumer === undefined || ofProducer === undefined) return undefined;
  const coordinates = ofConsumer(producer.store.index);
  const producerAt = (point: readonly IndexExpr[]): IndexExpr[] => {
    const by = bindPoint(consumer, point);
    const values = ofProducer(index.map((e) => substitute(e, by)));
    return producer.loops.map(({ variable }) => values.get(variable) ?? zero);
  };
  return { inlined: false, consumer, producer, operand, index, consumerAt: (name) => coordinates.get(name), producerAt };
}

function apply(view: View, phi: Phi, fusion: Fusion): State {
  const { consumer, producer, operand, inlined } = fusion;
  const moved = movedStore(fusion);
  const program = rewriteStores(view.program, (store) => {
    if (store.name === consumer.store.name) return [];
    if (store.name !== producer.store.name) return [store];
    return inlined ? [moved] : [store, moved];
  });
  const buffers = program.buffers.filter(({ name }) => !inlined || name !== operand.name);
  return {
    staged: restrict({ program: { ...program, buffers }, dataflow: fusedDataflow(view, fusion) }),
    phi: fusedPhi(phi, fusion),
  };
}

/** The consumer's store, over the producer's loops; inlined, it takes the producer's name. */
function movedStore({ consumer, producer, operand, consumerAt, inlined }: Fusion): Store {
  const { extentOf } = domainOf(producer);
  const at = (index: readonly IndexExpr[]): IndexExpr[] => simplifyAll(index.map((e) => substitute(e, consumerAt)), extentOf);
  const value = mapExpr(consumer.store.value, (e) => {
    if (e.kind === "index") return { ...e, index: substitute(e.index, consumerAt) };
    if (e.kind !== "load") return e;
    if (e.buffer !== operand.name) return { ...e, index: at(e.index) };
    return inlined ? producer.store.value : { ...e, index: producer.store.index };
  });
  const origin = { ...consumer.store.origin, pass: fuseLoops.name };
  return { ...consumer.store, name: homeOf({ consumer, producer, inlined }), index: at(consumer.store.index), value, origin };
}

/** The name of the store that computes the consumer's value afterwards. */
function homeOf({ consumer, producer, inlined }: Pick<Fusion, "consumer" | "producer" | "inlined">): string {
  return inlined ? producer.store.name : consumer.store.name;
}

/** Whoever read the consumer's store reads the producer's, at the paired point. */
function fusedDataflow(view: View, fusion: Fusion): Staged["dataflow"] {
  const { name } = fusion.consumer.store;
  const renamed = (cases: readonly Case<Instance>[], over: Domain): readonly Case<Instance>[] =>
    cases.some((it) => it.then.statement === name) ? composeCases(cases, (it) => [{ when: [], then: pairedInstance(it, fusion) }], over) : cases;
  const producers = Object.entries(view.dataflow.producers).map(([reader, entries]) => {
    const context = view.contexts.get(reader);
    return [reader, context === undefined ? entries : entries.map((cases) => renamed(cases, domainOf(context)))] as const;
  });
  const finals = Object.entries(view.dataflow.finals).map(([output, cases]) => {
    const buffer = view.buffers.get(output);
    return [output, buffer === undefined ? cases : renamed(cases, elementsOf(buffer))] as const;
  });
  return {
    ...view.dataflow,
    producers: { ...Object.fromEntries(producers), [homeOf(fusion)]: fusedProducers(view, fusion) },
    finals: Object.fromEntries(finals),
  };
}

function pairedInstance(instance: Instance, fusion: Fusion): Instance {
  if (instance.statement !== fusion.consumer.store.name) return instance;
  return { statement: homeOf(fusion), point: fusion.producerAt(instance.point) };
}

/** In the order of the moved value's loads: those of the inlined value where the operand stood. */
function fusedProducers(view: View, { consumer, producer, operand, consumerAt, inlined }: Fusion): (readonly Case<Instance>[])[] {
  const made: readonly Case<Instance>[] = [{ when: [], then: { statement: producer.store.name, point: ownPointOf(producer) } }];
  const own = inlined ? (view.dataflow.producers[producer.store.name] ?? []) : [made];
  const others = view.dataflow.producers[consumer.store.name] ?? [];
  return loadsOf(consumer.store.value).flatMap(({ buffer }, at) =>
    buffer === operand.name ? own : [tidyCases(substituteCases(others[at] ?? [], consumerAt), domainOf(producer))]);
}

/** The root of the moved value is the consumer's root; an inlined consumer that only copies leaves the producer's. */
function fusedPhi(phi: Phi, fusion: Fusion): Phi {
  const { consumer, producer, consumerAt } = fusion;
  const rest = Object.fromEntries(Object.entries(phi).filter(([name]) => name !== consumer.store.name));
  if (consumer.store.value.kind !== "op") return rest;
  const { extentOf } = domainOf(producer);
  const root: Case<PhiTarget>[] = (phi[consumer.store.name] ?? []).map((it) =>
    it.then === "dead" ? it : { when: [], then: { ...it.then, point: simplifyAll(it.then.point.map((e) => substitute(e, consumerAt)), extentOf) } });
  return { ...rest, [homeOf(fusion)]: root };
}
