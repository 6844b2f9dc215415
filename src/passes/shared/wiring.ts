/**
 * What passes that only re-route values share: the identity φ, renaming of accesses,
 * and removal of stores that no output depends on.
 */
import { variable } from "../../../ir/loop/index-expr.js";
import type { Expr, Load, Node, Program, Store } from "../../../ir/loop/program.js";
import { type StoreContext, loadsOf, mapExpr, storesOf } from "../../../ir/loop/visit.js";
import type { Case, Dataflow, PhiTarget, Witness } from "../../../proofs/kernel/witness.js";
import type { Staged } from "../../pass.js";

/** The instance at which a store of the same name and loops computed the same value. */
export function ownInstance({ store, loops }: StoreContext): Case<PhiTarget>[] {
  return [{ when: [], then: { statement: store.name, point: loops.map((loop) => variable(loop.variable)), path: [] } }];
}

/** Every operator is computed by the store of the same name at the same point. */
export function identityPhi(program: Program): Witness["phi"] {
  const operators = storesOf(program).filter(({ store }) => store.value.kind === "op");
  return Object.fromEntries(operators.map((context) => [context.store.name, ownInstance(context)]));
}

/** Replaces loads, numbered left to right as in a witness. */
export function mapLoads(value: Expr, change: (load: Load, at: number) => Expr): Expr {
  let at = 0;
  return mapExpr(value, (e) => (e.kind === "load" ? change(e, at++) : e));
}

/** The program with stores replaced by none, one or several; loops left empty go. */
export function rewriteStores(program: Program, change: (store: Store) => readonly Store[]): Program {
  return { ...program, body: rewriteBody(program.body, change) };
}

function rewriteBody(body: readonly Node[], change: (store: Store) => readonly Store[]): Node[] {
  return body.flatMap((node): readonly Node[] => {
    if (node.kind === "store") return change(node);
    const inner = rewriteBody(node.body, change);
    return inner.length === 0 ? [] : [{ ...node, body: inner }];
  });
}

/** Without the stores into temporaries from which no output is computed, and without buffers nobody uses. */
export function removeDead({ program, dataflow }: Staged): Staged {
  const stores = storesOf(program).map(({ store }) => store);
  const live = new Set(program.buffers.filter(({ kind }) => kind === "output").map(({ name }) => name));
  for (let size = -1; size !== live.size; ) {
    size = live.size;
    for (const store of stores) if (live.has(store.buffer)) for (const load of loadsOf(store.value)) live.add(load.buffer);
  }
  const buffers = program.buffers.filter(({ name, kind }) => kind === "input" || live.has(name));
  const body = rewriteStores(program, (store) => (live.has(store.buffer) ? [store] : [])).body;
  return restrict({ program: { ...program, buffers, body }, dataflow });
}

/** The dataflow without entries of stores and buffers that are gone. */
export function restrict({ program, dataflow }: Staged): Staged {
  const names = new Set(storesOf(program).map(({ store }) => store.name));
  const buffers = new Set(program.buffers.map(({ name }) => name));
  const producers = Object.fromEntries(Object.entries(dataflow.producers).filter(([name]) => names.has(name)));
  const next: Dataflow = { producers, finals: dataflow.finals, once: dataflow.once.filter((name) => buffers.has(name)) };
  return { program, dataflow: next };
}
