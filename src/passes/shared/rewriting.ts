/**
 * One nest rewritten: other variables, loops and names, accesses moved to where their
 * elements now lie, tests added where a loop asks for them. What is decided goes.
 */
import { type Condition, type IndexExpr, substitute, substituteCondition } from "../../../ir/loop/index-expr.js";
import type { Loop, Node, Store } from "../../../ir/loop/program.js";
import { mapExpr, substituteExpr } from "../../../ir/loop/visit.js";
import type { Access } from "./nests.js";
import type { Renaming } from "./remap.js";
import { extentsOf, simplifyConditions } from "./simplify.js";
import { tidied } from "./tidied.js";

export interface Rewriting {
  readonly pass: string;
  /** Old variables over the new ones. */
  readonly by: Renaming;
  /** What a loop becomes, with tests around its body; undefined where only the body stays. */
  readonly loopOf: (loop: Loop) => { readonly loop: Loop; readonly tests: readonly Condition[] } | undefined;
  /** Accesses, their indices over the new variables already. */
  readonly access: <A extends Access>(access: A) => A;
  readonly nameOf: (statement: string) => string;
}

/** `node` inside `loops`, where `known` holds; nothing if nothing is left of it. */
export function rewritten(node: Node, rewriting: Rewriting, loops: readonly Loop[], known: readonly Condition[] = []): readonly Node[] {
  switch (node.kind) {
    case "loop": {
      const next = rewriting.loopOf(node);
      if (next === undefined) return node.body.flatMap((child) => rewritten(child, rewriting, loops, known));
      const within = [...loops, next.loop];
      const body = underTests(next.tests, node.body, rewriting, within, known);
      return body.length === 0 ? [] : [{ ...next.loop, body }];
    }
    case "guard":
      return underTests(node.conditions.map((c) => substituteCondition(c, rewriting.by)), node.body, rewriting, loops, known);
    case "store":
      return [rewrittenStore(node, rewriting, loops, known)];
  }
}

function underTests(tests: readonly Condition[], body: readonly Node[], rewriting: Rewriting, loops: readonly Loop[], known: readonly Condition[]): readonly Node[] {
  const conditions = simplifyConditions(tests, extentsOf(loops), known);
  if (conditions === "never") return [];
  const inner = body.flatMap((child) => rewritten(child, rewriting, loops, [...known, ...conditions]));
  return conditions.length === 0 || inner.length === 0 ? inner : [{ kind: "guard", conditions, body: inner }];
}

function rewrittenStore(store: Store, { pass, by, access, nameOf }: Rewriting, loops: readonly Loop[], known: readonly Condition[]): Store {
  const tidy = (index: readonly IndexExpr[]): IndexExpr[] => index.map((e) => tidied(e, extentsOf(loops), known));
  const index = store.index.map((e) => substitute(e, by));
  const moved = access({ ...store, index });
  const value = mapExpr(substituteExpr(store.value, by), (e) => {
    if (e.kind !== "load") return e;
    const load = access(e);
    return { ...load, index: tidy(load.index) };
  });
  return { ...moved, name: nameOf(store.name), index: tidy(moved.index), value, origin: { ...store.origin, pass } };
}
