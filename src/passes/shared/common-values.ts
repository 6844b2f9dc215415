/**
 * Operator trees that stand several times in the values of the stores of one body: each
 * becomes a scalar, computed where the first use stands. Largest trees first, and only
 * trees over sources that never change, so that a use may read them at any later time.
 */
import { variable } from "../../../ir/loop/index-expr.js";
import { printExpr } from "../../../ir/loop/print.js";
import type { Buffer, Expr, Load, Loop, Node, Operation, Store } from "../../../ir/loop/program.js";
import { eachExpr, loadsOf } from "../../../ir/loop/visit.js";
import { signatureOf } from "../../../ir/scalar/ops.js";
import type { Case, Instance } from "../../../proofs/kernel/witness.js";
import type { Staged } from "../../pass.js";
import { type View, isSettled, viewOf } from "./copies.js";
import { type Names, namesOf } from "./nests.js";

type Entries = readonly (readonly Case<Instance>[])[];

interface Sharing {
  readonly view: View;
  readonly pass: string;
  readonly names: Names;
  readonly buffers: Buffer[];
  readonly producers: Map<string, Entries>;
}

export function shareValues(before: Staged, pass: string): Staged {
  const { program, dataflow } = before;
  const sharing: Sharing = { view: viewOf(before), pass, names: namesOf(program), buffers: [], producers: new Map(Object.entries(dataflow.producers)) };
  const body = shared(program.body, [], sharing);
  if (sharing.buffers.length === 0) return before;
  return { program: { ...program, buffers: [...program.buffers, ...sharing.buffers], body }, dataflow: { ...dataflow, producers: Object.fromEntries(sharing.producers) } };
}

function shared(body: readonly Node[], loops: readonly Loop[], sharing: Sharing): readonly Node[] {
  const inner = body.map((node): Node => (node.kind === "store" ? node : { ...node, body: shared(node.body, node.kind === "loop" ? [...loops, node] : loops, sharing) }));
  let current: readonly Node[] = inner;
  for (let tree = repeated(current, sharing.view); tree !== undefined; tree = repeated(current, sharing.view)) current = extracted(current, tree, loops, sharing);
  return current;
}

/** The largest operator tree that stands twice in the stores directly in `body`. */
function repeated(body: readonly Node[], view: View): Operation | undefined {
  const seen = new Map<string, Operation>();
  let best: Operation | undefined;
  let length = 0;
  for (const store of body.filter((node) => node.kind === "store")) {
    eachExpr(store.value, (e) => {
      if (e.kind !== "op" || !loadsOf(e).every(({ buffer }) => isSettled(view, buffer))) return;
      const text = printExpr(e);
      if (seen.has(text) && text.length > length) [best, length] = [e, text.length];
      seen.set(text, e);
    });
  }
  return best;
}

/** The tree in a scalar of its own, directly before the first store that has it. */
function extracted(body: readonly Node[], tree: Operation, loops: readonly Loop[], sharing: Sharing): readonly Node[] {
  const text = printExpr(tree);
  const first = body.findIndex((node) => node.kind === "store" && contains(node.value, text));
  const use = body[first];
  if (use?.kind !== "store") return body;
  const buffer: Buffer = { name: sharing.names.fresh(use.name, "c"), type: signatureOf(tree.op).result, shape: [], kind: "local" };
  const made: Store = { kind: "store", name: sharing.names.fresh(use.name, "e"), buffer: buffer.name, index: [], value: tree, origin: { ...use.origin, pass: sharing.pass } };
  const source: readonly Case<Instance>[] = [{ when: [], then: { statement: made.name, point: loops.map((loop) => variable(loop.variable)) } }];
  const scalar: Scalar = { text, load: { kind: "load", buffer: buffer.name, index: [] }, source, made: made.name };
  sharing.buffers.push(buffer);
  const uses = body.map((node) => (node.kind === "store" ? replaced(node, scalar, sharing) : node));
  return [...uses.slice(0, first), made, ...uses.slice(first)];
}

function contains(value: Expr, text: string): boolean {
  let found = false;
  eachExpr(value, (e) => {
    found ||= e.kind === "op" && printExpr(e) === text;
  });
  return found;
}

/** What stands in place of a tree: a load of what the statement `made` stores. */
interface Scalar {
  readonly text: string;
  readonly load: Load;
  readonly source: readonly Case<Instance>[];
  readonly made: string;
}

/** `store` with loads of the scalar in place of the tree; the entries of its loads follow, those of the tree go to `made`. */
function replaced(store: Store, { text, load, source, made }: Scalar, { producers }: Sharing): Store {
  const old = producers.get(store.name) ?? [];
  const entries: (readonly Case<Instance>[])[] = [];
  let at = 0;
  const walk = (e: Expr): Expr => {
    if (e.kind === "load") entries.push(old[at++] ?? []);
    if (e.kind !== "op") return e;
    if (printExpr(e) !== text) return { ...e, args: e.args.map(walk) };
    const inside = loadsOf(e).map(() => old[at++] ?? []);
    if (!producers.has(made)) producers.set(made, inside);
    entries.push(source);
    return load;
  };
  const value = walk(store.value);
  producers.set(store.name, entries);
  return { ...store, value };
}
