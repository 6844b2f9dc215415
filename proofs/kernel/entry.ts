/**
 * What the kernel takes in. It keeps copies of its own: the program is its text read
 * again, and frozen; a witness is cloned as data, every expression of it built again
 * from its structure. So nothing a pass does to its objects later, and no expression
 * whose text is not its structure, can reach a rule. A case that names what does not
 * exist is refuted and left out.
 */
import { type Condition, type IndexExpr, eachVariable, substitute, substituteCondition } from "../../ir/loop/index-expr.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { type StoreContext, storesOf } from "../../ir/loop/visit.js";
import { Refusal } from "../../ir/prelude.js";
import { type Claims, ground } from "./claims.js";
import { about } from "./obligation.js";
import type { Case, Dataflow, Instance, Witness } from "./witness.js";

const none = (): undefined => undefined;

/** The program that the text says; undefined, and refuted, where the text cannot be read. */
export function ownProgram(into: Claims, program: Program): Program | undefined {
  try {
    return frozen(parseProgram(printProgram(program)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    ground(into, { rule: "W0", detail: "text", sentence: "The text of the program can be read.", subject: about() }, false, error.line);
    return undefined;
  }
}

/** Passes are shown the very program that the kernel goes on with, so nobody may change it. */
function frozen<T>(of: T): T {
  if (typeof of === "object" && of !== null && !Object.isFrozen(of)) Object.values(Object.freeze(of)).forEach(frozen);
  return of;
}

/** The data of a witness: no accessor, no method, nothing that a pass still holds. What is not data is refuted and claims nothing. */
export function ownData<T>(into: Claims, claimed: T, nothing: T): T {
  try {
    return structuredClone(claimed);
  } catch {
    ground(into, { rule: "W5", detail: "data", sentence: "The witness is data.", subject: about() }, false, "it cannot be copied");
    return nothing;
  }
}

type Stores = ReadonlyMap<string, StoreContext>;

export function storeTable(program: Program): Stores {
  return new Map(storesOf(program).map((context) => [context.store.name, context]));
}

/** The dataflow of `program`, copied, without the cases that make no sense of it. */
export function ownDataflow(into: Claims, program: Program, { producers, finals, once }: Dataflow): Dataflow {
  const stores = storeTable(program);
  const loads = [...stores].map(([name, { loops }]) => {
    const scope = loops.map((loop) => loop.variable);
    const cases = (entry(producers, name) ?? []).map((load, at) => sensible(into, `${name}.${at}`, load.map(ownCase), scope, stores));
    return [name, cases] as const;
  });
  const outputs = program.buffers.filter((buffer) => buffer.kind === "output");
  const last = outputs.map(({ name, shape }) => [name, sensible(into, name, (entry(finals, name) ?? []).map(ownCase), shape.map((_, axis) => `d${axis}`), stores)] as const);
  return { producers: Object.fromEntries(loads), finals: Object.fromEntries(last), once };
}

/** φ of `after`, copied, without the cases that make no sense of it and `before`. */
export function ownPhi(into: Claims, after: Stores, before: Stores, phi: Witness["phi"]): Witness["phi"] {
  const kept = [...after].map(([name, { loops }]) => {
    const cases = (entry(phi, name) ?? []).map(ownCase);
    return [name, sensible(into, `${name}.phi`, cases, loops.map((loop) => loop.variable), before)] as const;
  });
  return Object.fromEntries(kept);
}

/** A statement may be called `constructor`: only what the witness itself says counts. */
function entry<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

function sensible<T extends Instance | "dead">(into: Claims, place: string, cases: readonly Case<T>[], scope: readonly string[], targets: Stores): Case<T>[] {
  return cases.filter((it, k) => {
    const problem = problemOf(it, scope, targets);
    if (problem === undefined) return true;
    const subject = { node: "", statement: place, buffer: "" };
    ground(into, { rule: "W5", detail: `${place}.scope${k}`, sentence: `Case ${k} of ${place} names what there is.`, subject }, false, problem);
    return false;
  });
}

function ownCase<T extends Instance | "dead">({ when, then, empty }: Case<T>): Case<T> {
  return { when: when.map((c) => substituteCondition(c, none)), then: ownInstance(then), ...(empty === true ? { empty } : {}) };
}

function ownInstance<T extends Instance | "dead">(then: T): T {
  return typeof then === "object" ? { ...then, point: then.point.map((e) => substitute(e, none)) } : then;
}

function problemOf({ when, then }: Case<Instance | "dead">, scope: readonly string[], targets: Stores): string | undefined {
  const used = [...when.map((c: Condition) => c.index), ...(then === "dead" ? [] : then.point)];
  const foreign = used.flatMap((e) => variablesIn(e)).find((name) => !scope.includes(name));
  if (foreign !== undefined) return `there is no variable ${foreign} here`;
  if (then === "dead") return undefined;
  const target = targets.get(then.statement);
  if (target === undefined) return `there is no statement ${then.statement}`;
  return then.point.length === target.loops.length ? undefined : `${then.statement} has ${target.loops.length} loops, the point ${then.point.length} coordinates`;
}

function variablesIn(e: IndexExpr): string[] {
  const names: string[] = [];
  eachVariable(e, (name) => names.push(name));
  return names;
}
