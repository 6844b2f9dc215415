/** Single changes of a witness: a few places for each kind of change and each part, spread evenly. */
import { type Condition, shift } from "../../../ir/loop/index-expr.js";
import { storesOf } from "../../../ir/loop/visit.js";
import type { Case, Instance, PhiTarget, Witness } from "../../../proofs/kernel/witness.js";
import type { SubjectStage } from "../subject.js";

export interface WitnessEdit {
  readonly name: string;
  readonly bug: string;
  readonly witness: Witness;
}

type Target = Instance | PhiTarget;
type Cases = readonly Case<Target>[];

/** A list of cases in the witness, and the witness with another list there. */
interface Site {
  readonly place: string;
  readonly part: "phi" | "producers" | "finals";
  readonly cases: Cases;
  readonly with: (cases: Cases) => Witness;
}

/** What may be done to case `k`; undefined where it cannot be done. */
interface Change {
  readonly name: string;
  readonly bug: string;
  readonly apply: (cases: Cases, k: number, others: readonly string[]) => Cases | undefined;
}

/** How many places each change is tried at, per stage and part. */
const placesEach = 2;

function replaced(cases: Cases, k: number, it: Case<Target>): Cases {
  return cases.map((own, at) => (at === k ? it : own));
}

function withPoint(it: Case<Target> | undefined, to: (target: Exclude<Target, "dead">) => Target | undefined): Case<Target> | undefined {
  if (it === undefined || it.then === "dead") return undefined;
  const then = to(it.then);
  return then === undefined ? undefined : { ...it, then };
}

function shifted(c: Condition, by: number): Condition {
  return { ...c, index: shift(c.index, by) };
}

function onCase(to: (it: Case<Target>, others: readonly string[]) => Case<Target> | undefined): Change["apply"] {
  return (cases, k, others) => {
    const it = cases[k];
    const changed = it === undefined ? undefined : to(it, others);
    return changed === undefined ? undefined : replaced(cases, k, changed);
  };
}

const changes: readonly Change[] = [
  { name: "dropped", bug: "a case is missing", apply: (cases, k) => cases.filter((_, at) => at !== k) },
  { name: "all-dropped", bug: "every case is missing", apply: (_cases, k) => (k === 0 ? [] : undefined) },
  { name: "exchanged", bug: "two cases stand in the other order", apply: (cases, k) => (k + 1 < cases.length ? [...cases.slice(0, k), ...cases.slice(k, k + 2).toReversed(), ...cases.slice(k + 2)] : undefined) },
  { name: "first-coordinate-more", bug: "the instance named is one further in its outermost loop", apply: onCase((it) => withPoint(it, (t) => (t.point.length === 0 ? undefined : { ...t, point: t.point.map((e, k) => (k === 0 ? shift(e, 1) : e)) }))) },
  { name: "last-coordinate-less", bug: "the instance named is one earlier in its innermost loop", apply: onCase((it) => withPoint(it, (t) => (t.point.length === 0 ? undefined : { ...t, point: t.point.map((e, k) => (k === t.point.length - 1 ? shift(e, -1) : e)) }))) },
  { name: "coordinates-reversed", bug: "the coordinates of the instance stand in the other order", apply: onCase((it) => withPoint(it, (t) => (t.point.length < 2 ? undefined : { ...t, point: t.point.toReversed() }))) },
  { name: "other-statement", bug: "right coordinates, another statement", apply: onCase((it, others) => withPoint(it, (t) => {
    const other = others.find((name) => name !== t.statement);
    return other === undefined ? undefined : { ...t, statement: other };
  })) },
  { name: "condition-lost", bug: "a case lost its last condition", apply: onCase((it) => (it.when.length === 0 ? undefined : { ...it, when: it.when.slice(0, -1) })) },
  { name: "condition-wider", bug: "a condition holds one iteration too early", apply: onCase((it) => (it.when.length === 0 ? undefined : { ...it, when: it.when.map((c, k) => (k === 0 ? shifted(c, 1) : c)) })) },
  { name: "condition-narrower", bug: "a condition holds one iteration too late", apply: onCase((it) => (it.when.length === 0 ? undefined : { ...it, when: it.when.map((c, k) => (k === 0 ? shifted(c, -1) : c)) })) },
];

/** Changes that only producers have: elsewhere a case declared empty is asked like any other. */
const producerChanges: readonly Change[] = [
  { name: "declared-empty", bug: "a case that is reached is declared empty", apply: onCase((it) => (it.empty === true ? undefined : { ...it, empty: true })) },
];

/** Changes that only φ has. */
const phiChanges: readonly Change[] = [
  { name: "dead", bug: "a live instance is declared dead", apply: onCase((it) => (it.then === "dead" ? undefined : { ...it, then: "dead" })) },
  { name: "inner-operator", bug: "the operator inside the value is named in place of its root", apply: onCase((it) => (it.then !== "dead" && "path" in it.then ? { ...it, then: { ...it.then, path: [...it.then.path, 0] } } : undefined)) },
];

const particular: Readonly<Record<Site["part"], readonly Change[]>> = { phi: phiChanges, producers: producerChanges, finals: [] };

export function witnessEdits(stage: SubjectStage): WitnessEdit[] {
  const sites = sitesOf(stage);
  const edits: WitnessEdit[] = [];
  for (const part of ["phi", "producers", "finals"] as const) {
    const own = sites.filter((site) => site.part === part);
    for (const change of [...changes, ...particular[part]]) edits.push(...spread(editsOf(own, change, stage), placesEach));
  }
  return [...edits, ...onceEdits(stage)];
}

function spread<T>(list: readonly T[], count: number): readonly T[] {
  return list.length <= count ? list : Array.from({ length: count }, (_, k) => list[Math.floor(((k + 0.5) * list.length) / count)]).filter((it) => it !== undefined);
}

function editsOf(sites: readonly Site[], { name, bug, apply }: Change, stage: SubjectStage): WitnessEdit[] {
  return sites.flatMap((site) => site.cases.flatMap((it, k) => {
    const cases = apply(site.cases, k, namesLike(stage, site, it));
    return cases === undefined ? [] : [{ name: `${site.place}.case${k}.${name}`, bug, witness: site.with(cases) }];
  }));
}

/** Statements with as many loops as the one that the case names, where the case may point. */
function namesLike({ before, after }: SubjectStage, { part }: Site, { then }: Case<Target>): readonly string[] {
  if (then === "dead") return [];
  const stores = storesOf(part === "phi" ? before.program : after);
  return stores.filter(({ loops }) => loops.length === then.point.length).map(({ store }) => store.name);
}

/** The parts of a witness with their types forgotten; an edit keeps the kind of every target. */
function sitesOf({ witness }: SubjectStage): Site[] {
  const phi = Object.entries(witness.phi).map(([name, cases]): Site => ({ place: `${name}.phi`, part: "phi", cases, with: (to) => ({ ...witness, phi: { ...witness.phi, [name]: to.filter(isPhi) } }) }));
  const producers = Object.entries(witness.producers).flatMap(([name, loads]) => loads.flatMap((cases, load): Site[] =>
    cases.length === 0 ? [] : [{ place: `${name}.${load}`, part: "producers", cases, with: (to) => ({ ...witness, producers: { ...witness.producers, [name]: loads.map((own, at) => (at === load ? to.filter(isInstance) : own)) } }) }]));
  const finals = Object.entries(witness.finals).map(([name, cases]): Site => ({ place: `${name}.final`, part: "finals", cases, with: (to) => ({ ...witness, finals: { ...witness.finals, [name]: to.filter(isInstance) } }) }));
  return [...phi, ...producers, ...finals];
}

function isPhi(it: Case<Target>): it is Case<PhiTarget> {
  return it.then === "dead" || "path" in it.then;
}

function isInstance(it: Case<Target>): it is Case<Instance> {
  return it.then !== "dead";
}

/** A buffer that is written more than once said to be written once. */
function onceEdits({ witness, after }: SubjectStage): WitnessEdit[] {
  const stored = after.buffers.filter(({ kind, name }) => (kind === "temp" || kind === "local") && !witness.once.includes(name));
  return spread(stored, placesEach).map(({ name }) => ({ name: `${name}.once`, bug: "a buffer said to be written once that may not be", witness: { ...witness, once: [...witness.once, name] } }));
}
