/**
 * The witness of a pass that only moves instances: every store of `after` computes one
 * store of `before` (φ, a change of variables), every store of `before` went to known
 * places (ψ, ordered cases). Producers and finals are those of `before` carried along:
 * ψ ∘ producer ∘ φ, simplified in the reader's domain, empty cases left out. Tiling,
 * interchange, fission and index-set splitting differ in nothing but φ and ψ.
 */
import { assertProgram } from "../../../ir/loop/assert.js";
import { type Condition, type IndexExpr, isLiteral, minus, substitute, substituteCondition, variable, zero } from "../../../ir/loop/index-expr.js";
import type { ExtentOf } from "../../../ir/loop/interval.js";
import type { Program } from "../../../ir/loop/program.js";
import { type StoreContext, loadsOf, storesOf } from "../../../ir/loop/visit.js";
import { present } from "../../../ir/prelude.js";
import type { Case, Instance, PhiTarget, Witness } from "../../../proofs/kernel/witness.js";
import { type Bounded, feasible } from "../../lower/feasible.js";
import type { PassResult, Staged } from "../../pass.js";
import { refusedBy } from "./compose.js";
import { sameTuple, simplifyAll, simplifyConditions } from "./simplify.js";

/** Loop variables of one program as expressions over those of the other; `undefined`: the variable of that name. */
export type Renaming = (name: string) => IndexExpr | undefined;

/** Where a store of `after` comes from: a store of `before` and the values of its variables. */
export interface Provenance {
  readonly statement: string;
  readonly by: Renaming;
  /** Over the variables of `after`: instances beyond are padding, dead. */
  readonly live?: Condition;
}

/** One of the places where instances of a store of `before` went. */
export interface Destination extends Provenance {
  readonly when: readonly Condition[];
}

export interface Move {
  readonly after: Program;
  /** φ per store of `after`; without an entry the store kept its name and variables. */
  readonly from: ReadonlyMap<string, Provenance>;
  /** ψ per store of `before`, ordered; without an entry likewise. */
  readonly to: ReadonlyMap<string, readonly Destination[]>;
  /** Buffers of `before` that became others. */
  readonly buffers?: ReadonlyMap<string, readonly string[]>;
}

interface Moving {
  readonly before: ReadonlyMap<string, StoreContext>;
  readonly after: ReadonlyMap<string, StoreContext>;
  readonly to: Move["to"];
  /** Stores with the same iterations before and after. */
  readonly unmoved: ReadonlySet<string>;
}

/** What holds where a list of cases is used. */
interface Scope {
  readonly variables: readonly Bounded[];
  readonly extentOf: ExtentOf;
  readonly domain: readonly Condition[];
}

export function remap(before: Staged, move: Move): PassResult {
  assertProgram(move.after);
  return { after: move.after, witness: witnessOf(before, move) };
}

function witnessOf({ program, dataflow }: Staged, { after, from, to, buffers }: Move): Witness {
  const moving = movingOf(byName(program), byName(after), from, to);
  const phi: Record<string, readonly Case<PhiTarget>[]> = {};
  const producers: Record<string, readonly (readonly Case<Instance>[])[]> = {};
  for (const [name, store] of moving.after) {
    const { statement, by, live }: Provenance = from.get(name) ?? { statement: name, by: unchanged };
    const scope = scopeOf(store);
    if (store.store.value.kind === "op") {
      const point = simplifyAll(pointAt(moving.before, statement, by), scope.extentOf, scope.domain);
      const origin = { statement, point, path: [] };
      phi[name] = live === undefined ? [{ when: [], then: origin }] : [{ when: [live], then: origin }, { when: [], then: "dead" }];
    }
    const given = dataflow.producers[statement] ?? [];
    const settled = (cases: readonly Case<Instance>[]): boolean => moving.unmoved.has(name) && isSettled(cases, store, moving);
    producers[name] = loadsOf(store.store.value).map((_, at) => {
      const cases = given[at] ?? [];
      return settled(cases) ? cases : carry(cases, by, scope, moving);
    });
  }
  const outputs = after.buffers.filter((buffer) => buffer.kind === "output");
  const finals = Object.fromEntries(
    outputs.map(({ name, shape }) => [name, carry(dataflow.finals[name] ?? [], unchanged, elementScope(shape), moving)]),
  );
  const once = dataflow.once.flatMap((buffer) => buffers?.get(buffer) ?? [buffer]);
  return { phi, producers, finals, once };
}

function movingOf(before: Moving["before"], after: Moving["after"], from: Move["from"], to: Move["to"]): Moving {
  const stays = (name: string): boolean => !from.has(name) && !to.has(name) && sameIterations(before.get(name), after.get(name));
  return { before, after, to, unmoved: new Set([...after.keys()].filter(stays)) };
}

function sameIterations(a: StoreContext | undefined, b: StoreContext | undefined): boolean {
  if (a?.loops.length !== b?.loops.length || a?.conditions.length !== b?.conditions.length) return false;
  const sameLoops = a?.loops.every(({ variable: name, extent }, depth) => name === b?.loops[depth]?.variable && extent === b.loops[depth]?.extent);
  return sameLoops === true && a?.conditions.every(({ kind, index }, k) => kind === b?.conditions[k]?.kind && index.text === b.conditions[k]?.index.text) === true;
}

/** Whether cases stand as they are for a reader that did not move: none is empty, no producer moved, a loop of one iteration is 0. */
function isSettled(cases: readonly Case<Instance>[], { loops }: StoreContext, { unmoved }: Moving): boolean {
  const single = loops.filter(({ extent }) => extent === 1).map((loop) => loop.variable);
  return cases.every(({ empty, then }) => empty !== true && unmoved.has(then.statement) && then.point.every((e) => !single.includes(e.text)));
}

function unchanged(): undefined {
  return undefined;
}

function byName(program: Program): ReadonlyMap<string, StoreContext> {
  return new Map(storesOf(program).map((store) => [store.store.name, store]));
}

function pointAt(stores: ReadonlyMap<string, StoreContext>, statement: string, by: Renaming): IndexExpr[] {
  return present(stores.get(statement), `store ${statement}`).loops.map((loop) => by(loop.variable) ?? variable(loop.variable));
}

function scopeOf({ loops, conditions }: StoreContext): Scope {
  return scope(loops.map((loop) => ({ name: loop.variable, extent: loop.extent })), conditions);
}

/** The elements of an output buffer, as d0, d1, … */
function elementScope(shape: readonly number[]): Scope {
  return scope(shape.map((extent, d) => ({ name: `d${d}`, extent })), []);
}

function scope(variables: readonly Bounded[], domain: readonly Condition[]): Scope {
  const extents = new Map(variables.map(({ name, extent }) => [name, extent]));
  return { variables, extentOf: (name) => extents.get(name) ?? Infinity, domain };
}

/** ψ ∘ cases ∘ φ, over the variables of `scope`. */
function carry(cases: readonly Case<Instance>[], by: Renaming, scope: Scope, moving: Moving): readonly Case<Instance>[] {
  const kept: Case<Instance>[] = [];
  const refused: Condition[] = []; // by the cases kept so far
  for (const it of cases) {
    if (it.empty === true) continue;
    const when = narrowed(it.when.map((c) => substituteCondition(c, by)), scope, refused);
    if (when === "never") continue;
    const known = [...scope.domain, ...when, ...refused];
    const point = simplifyAll(it.then.point.map((e) => substitute(e, by)), scope.extentOf, known);
    for (const moved of destinations({ statement: it.then.statement, point }, { ...scope, domain: known }, moving)) {
      const all = narrowed([...when, ...moved.when], scope, refused);
      if (all === "never" || !feasible(scope.variables, [...scope.domain, ...all], kept.map((c) => c.when))) continue;
      const then = { ...moved.then, point: inOwnVariables(moved.then.point, { ...scope, domain: [...known, ...all] }) };
      kept.push({ when: all, then });
      refused.push(...refusedBy([{ when: all, then }]));
      if (all.length === 0) return tidied(kept);
    }
  }
  return tidied(kept);
}

/**
 * Coordinates in which a producer agrees with its reader, as the reader's variable: on the
 * last row of an image 31 and the row are the same, and passes ask for the row.
 */
function inOwnVariables(point: readonly IndexExpr[], { variables, extentOf, domain }: Scope): readonly IndexExpr[] {
  return point.map((e, depth) => {
    const own = variables[depth];
    if (own === undefined || !isLiteral(e)) return e;
    const difference = simplifyAll([minus(e, variable(own.name))], extentOf, domain);
    return sameTuple(difference, [zero]) && own.extent > 1 ? variable(own.name) : e;
  });
}

/** The instance of `before`, where it went; `scope.domain` is what is known of it. */
function destinations({ statement, point }: Instance, scope: Scope, { before, after, to }: Moving): Case<Instance>[] {
  const own = new Map(present(before.get(statement), `store ${statement}`).loops.map((loop, depth) => [loop.variable, point[depth]]));
  const at: Renaming = (name) => own.get(name);
  const ways = to.get(statement) ?? [{ when: [], statement, by: unchanged }];
  return ways.filter((way) => after.has(way.statement)).flatMap((way) => { // one that never runs may have gone
    const when = simplifyConditions(way.when.map((c) => substituteCondition(c, at)), scope.extentOf, scope.domain);
    if (when === "never") return [];
    const target = pointAt(after, way.statement, way.by).map((e) => substitute(e, at));
    return [{ when, then: { statement: way.statement, point: simplifyAll(target, scope.extentOf, [...scope.domain, ...when]) } }];
  });
}

function narrowed(when: readonly Condition[], { extentOf, domain }: Scope, refused: readonly Condition[]): Condition[] | "never" {
  return simplifyConditions(when, extentOf, [...domain, ...refused]);
}

/** The last case takes all that is left; neighbours with one target become one case. */
function tidied(cases: readonly Case<Instance>[]): readonly Case<Instance>[] {
  const last = cases.at(-1);
  if (last === undefined) return [];
  const merged: Case<Instance>[] = [{ ...last, when: [] }];
  let same = true;
  for (const it of cases.slice(0, -1).toReversed()) {
    same &&= it.then.statement === last.then.statement && sameTuple(it.then.point, last.then.point);
    if (!same) merged.unshift(it);
  }
  return merged;
}
