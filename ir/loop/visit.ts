/**
 * Walking a LoopProgram: every store with what surrounds it, every load of a value,
 * and rewriting one level at a time.
 *
 * The schedule θ of a store instance is the vector
 *   (positions[0], v0, positions[1], v1, …, positions[n])
 * where v0 … v(n−1) are the values of the loops around the store, outermost first,
 * and `positions[d]` is the textual rank, among the loops and stores directly at
 * depth d of the same enclosing loop, of the one that holds the store. Guards add no
 * depth: what they hold ranks as if written in their place. Lexicographic comparison
 * of two such vectors is execution order; they first differ either at a position
 * (different subtrees) or at a variable (different iterations of a common loop).
 */
import { invariant, present } from "../prelude.js";
import type { Condition, IndexExpr } from "./index-expr.js";
import { substitute, substituteCondition } from "./index-expr.js";
import type { Buffer, Expr, Load, Loop, Node, Program, Store } from "./program.js";

/** Loops and guards around each other; deeper programs are refused, not walked. */
export const maxNesting = 128;
/** Operators around each other in one value. */
export const maxValueDepth = 1000;

export interface StoreContext {
  readonly store: Store;
  /** Outermost first. */
  readonly loops: readonly Loop[];
  /** Of all guards around the store, outermost first. */
  readonly conditions: readonly Condition[];
  /** One per depth, `loops.length + 1` in all: θ without its variables, see above. */
  readonly positions: readonly number[];
  /** Index in `program.body` of the node that holds the store. */
  readonly topLevel: number;
}

/** What surrounds the node being visited. */
export interface Path {
  readonly loops: readonly Loop[];
  readonly conditions: readonly Condition[];
  readonly positions: readonly number[];
  readonly topLevel: number;
}

/** Numbers the loops and stores of one body in textual order, through its guards. */
interface Counter {
  next: number;
}

/** Calls `visit` on every loop and store in textual order, a loop before its body. */
export function eachNode(program: Program, visit: (node: Loop | Store, path: Path) => void): void {
  const counter = { next: 0 };
  program.body.forEach((node, topLevel) => {
    walk(node, { loops: [], conditions: [], positions: [], topLevel }, counter, { depth: 0, visit });
  });
}

interface Walk {
  readonly depth: number;
  readonly visit: (node: Loop | Store, path: Path) => void;
}

function walk(node: Node, path: Path, counter: Counter, { depth, visit }: Walk): void {
  invariant(depth <= maxNesting, `loops and guards nest deeper than ${maxNesting}`);
  const inner = { depth: depth + 1, visit };
  if (node.kind === "guard") {
    const guarded = { ...path, conditions: [...path.conditions, ...node.conditions] };
    for (const child of node.body) walk(child, guarded, counter, inner);
    return;
  }
  const here = { ...path, positions: [...path.positions, counter.next++] };
  visit(node, here);
  if (node.kind === "store") return;
  const within = { ...here, loops: [...here.loops, node] };
  const own = { next: 0 };
  for (const child of node.body) walk(child, within, own, inner);
}

/** Calls `visit` on every store in textual order. */
export function eachStore(program: Program, visit: (store: Store, path: Path) => void): void {
  eachNode(program, (node, path) => {
    if (node.kind === "store") visit(node, path);
  });
}

/** The operands of an expression that is this operator; of another none. */
export function operandsOf(e: Expr | undefined, op: string): readonly Expr[] {
  return e?.kind === "op" && e.op === op ? e.args : [];
}

const storesKnown = new WeakMap<Program, readonly StoreContext[]>();

/** Every store in textual order; a program never changes, so it is walked once. */
export function storesOf(program: Program): readonly StoreContext[] {
  const known = storesKnown.get(program);
  if (known !== undefined) return known;
  const stores: StoreContext[] = [];
  eachStore(program, (store, { loops, conditions, positions, topLevel }) => stores.push({ store, loops, conditions, positions, topLevel }));
  storesKnown.set(program, stores);
  return stores;
}

/** Every loop in textual order. */
export function loopsOf(program: Program): Loop[] {
  const loops: Loop[] = [];
  eachNode(program, (node) => {
    if (node.kind === "loop") loops.push(node);
  });
  return loops;
}

/** The loads of a value, left to right, depth first: the order of a witness. */
export function loadsOf(expr: Expr): Load[] {
  const loads: Load[] = [];
  eachExpr(expr, (e) => {
    if (e.kind === "load") loads.push(e);
  });
  return loads;
}

/** Calls `visit` on every node of a value, an operator before its arguments, left to right. */
export function eachExpr(expr: Expr, visit: (expr: Expr) => void): void {
  const pending: Expr[] = [expr];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    visit(next);
    if (next.kind === "op") pending.push(...next.args.toReversed());
  }
}

/** Rebuilds a value from the leaves up: `change` sees each node after its arguments were changed. */
export function mapExpr(expr: Expr, change: (expr: Expr) => Expr): Expr {
  return expr.kind === "op" ? change({ ...expr, args: expr.args.map((arg) => mapExpr(arg, change)) }) : change(expr);
}

/** The program with every store replaced; loops and guards stay. */
export function mapStores(program: Program, change: (store: Store) => Store): Program {
  return { ...program, body: mapBody(program.body, change) };
}

function mapBody(body: readonly Node[], change: (store: Store) => Store): Node[] {
  return body.map((node) => (node.kind === "store" ? change(node) : { ...node, body: mapBody(node.body, change) }));
}

type Substitution = (name: string) => IndexExpr | undefined;

/** `expr` with loop variables replaced. */
export function substituteExpr(expr: Expr, by: Substitution): Expr {
  return mapExpr(expr, (e) => {
    if (e.kind === "load") return { ...e, index: e.index.map((i) => substitute(i, by)) };
    return e.kind === "index" ? { ...e, index: substitute(e.index, by) } : e;
  });
}

/** `node` with loop variables replaced in indices, values and conditions; variables of its own loops stay. */
export function substituteNode(node: Node, by: Substitution): Node {
  switch (node.kind) {
    case "loop":
      return { ...node, body: node.body.map((child) => substituteNode(child, by)) };
    case "guard":
      return {
        ...node,
        conditions: node.conditions.map((c) => substituteCondition(c, by)),
        body: node.body.map((child) => substituteNode(child, by)),
      };
    case "store":
      return { ...node, index: node.index.map((i) => substitute(i, by)), value: substituteExpr(node.value, by) };
  }
}

export function bufferOf(program: Program, name: string): Buffer {
  return present(program.buffers.find((buffer) => buffer.name === name), `buffer ${name}`);
}

/** Buffers by name, for those who ask more than once. */
export function buffersByName(program: Program): ReadonlyMap<string, Buffer> {
  return new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
}
