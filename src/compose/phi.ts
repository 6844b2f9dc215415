/**
 * φ from the last program of a chain to the reference program: the φ of the stages
 * composed, φ = φ₁ ∘ … ∘ φₙ, as ordered cases over the loop variables of the last.
 * Untrusted like any witness: the kernel makes the end-to-end obligations from it,
 * the reference program and the program read back, and from nothing in between.
 *
 * A stage gives φ for the roots of stored values. Where it maps a root to an operator
 * inside a value, the node that this operator stands for is found by walking down from
 * the root's own node, through the operands of the reference program.
 */
import { eachVariable, substitute, substituteCondition } from "../../ir/loop/index-expr.js";
import type { Program } from "../../ir/loop/program.js";
import type { StoreContext } from "../../ir/loop/visit.js";
import type { Established } from "../../proofs/kernel/kernel.js";
import type { Case, NodeInstance, Witness } from "../../proofs/kernel/witness.js";
import { type Substitution, bindPoint, contextsOf, domainOf, tidyCases } from "../passes/shared/compose.js";
import { ownInstance } from "../passes/shared/wiring.js";
import { type NodeCases, operandsOf } from "./operands.js";

/** One stage: its program, and φ from it to the program before. */
export interface Link {
  readonly program: Program;
  readonly phi: Witness["phi"];
}

/** Most cases one statement may have before pruning; beyond, its φ is not composed. */
const caseLimit = 400;

/** What `dead` is while cases are composed; no store has this name. */
const dead: NodeInstance = { statement: "", point: [], path: [] };

/** φ of one program into the reference: per statement its cases, or undefined where they are too many. */
type Composed = ReadonlyMap<string, NodeCases | undefined>;

interface Known {
  readonly reference: Established;
  readonly stores: ReadonlyMap<string, StoreContext>;
  readonly phi: Composed;
}

/**
 * φ of the last link's program into the reference program. A statement whose cases are
 * too many has none, which the kernel refutes: its claims are never dropped.
 */
export function composePhi(reference: Established, links: readonly Link[]): Witness["phi"] {
  const start: Known = { reference, stores: reference.stores, phi: identity(reference.stores) };
  const { phi } = links.reduce(follow, start);
  return Object.fromEntries([...phi].map(([name, cases]) => [name, (cases ?? []).map((it) => ({ ...it, then: it.then.statement === "" ? "dead" : it.then }))]));
}

function identity(stores: ReadonlyMap<string, StoreContext>): Composed {
  const roots = [...stores.values()].filter(({ store }) => store.value.kind === "op");
  return new Map(roots.map((context) => [context.store.name, asNodes(ownInstance(context))]));
}

function asNodes(cases: Witness["phi"][string]): NodeCases {
  return cases.map((it) => ({ ...it, then: it.then === "dead" ? dead : it.then }));
}

/** One stage further from the reference. */
function follow(before: Known, link: Link): Known {
  const stores = contextsOf(link.program);
  const roots = [...stores].filter(([, { store }]) => store.value.kind === "op");
  const phi = roots.map(([name, context]) => [name, composed(before, context, asNodes(own(link.phi, name) ?? []))] as const);
  return { reference: before.reference, stores, phi: new Map(phi) };
}

function own<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

function composed(before: Known, context: StoreContext, cases: NodeCases): NodeCases | undefined {
  const all: Case<NodeInstance>[] = [];
  for (const it of cases) {
    if (!inScope(it, context)) return undefined;
    const inner = it.then === dead ? [{ when: [], then: dead }] : nodesOf(before, it.then);
    if (inner === undefined || all.length + inner.length > caseLimit) return undefined;
    all.push(...inner.map((next) => ({ when: [...it.when, ...next.when], then: next.then })));
  }
  return tidyCases(all, domainOf(context));
}

/** A witness that nobody checked may name variables that do not exist. */
function inScope({ when, then }: Case<NodeInstance>, { loops }: StoreContext): boolean {
  const names = new Set(loops.map((loop) => loop.variable));
  let known = true;
  for (const e of [...when.map((c) => c.index), ...then.point]) {
    eachVariable(e, (name) => {
      known &&= names.has(name);
    });
  }
  return known;
}

/** The nodes of the reference program that an operator of the program before stands for. */
function nodesOf({ reference, stores, phi }: Known, { statement, point, path }: NodeInstance): NodeCases | undefined {
  const store = stores.get(statement);
  const root = phi.get(statement);
  if (store === undefined || root === undefined || store.loops.length !== point.length) return undefined;
  const found = path.reduce<NodeCases>((nodes, at) => nodes.flatMap((it) => operandsOf(reference, it, at)), root);
  return found.length > caseLimit ? undefined : found.map((it) => substituteNode(it, bindPoint(store, point)));
}

function substituteNode({ when, then }: Case<NodeInstance>, by: Substitution): Case<NodeInstance> {
  return { when: when.map((c) => substituteCondition(c, by)), then: { ...then, point: then.point.map((e) => substitute(e, by)) } };
}
