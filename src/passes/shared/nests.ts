/**
 * The loop nests of a program as passes see them: the outer loops with nothing between
 * them, and what stands inside. A nest with loops inside is a fold: an init, a step
 * within loops of its own, a final.
 */
import { affineIn } from "../../../ir/loop/affine.js";
import { guarded } from "../../../ir/loop/build.js";
import { type Condition, type IndexExpr, eachVariable, sameIndex, variable } from "../../../ir/loop/index-expr.js";
import type { Guard, Loop, Node, Program, Store } from "../../../ir/loop/program.js";
import { loadsOf } from "../../../ir/loop/visit.js";
import type { Dataflow } from "../../../proofs/kernel/witness.js";
import type { Staged } from "../../pass.js";
import { sameTuple } from "./simplify.js";

export interface Nest {
  /** Outermost first. */
  readonly loops: readonly Loop[];
  readonly body: readonly Node[];
}

/** The loops from `node` inwards, as long as each holds only the next; guards between them go to what is inside. */
export function nestOf(node: Node): Nest {
  const loops: Loop[] = [];
  const conditions: Condition[] = [];
  let body: readonly Node[] = [node];
  for (let [only] = body; body.length === 1 && only !== undefined && only.kind !== "store"; [only] = body) {
    if (only.kind === "loop") loops.push(only);
    else conditions.push(...only.conditions);
    body = only.body;
  }
  return { loops, body: body.flatMap((item) => guarded(conditions, [item])) };
}

/** A store inside loops and guards that hold nothing else. */
export interface Chain {
  /** Outermost first. */
  readonly loops: readonly Loop[];
  readonly conditions: readonly Condition[];
  readonly store: Store;
}

export function chainOf(node: Node): Chain | undefined {
  const loops: Loop[] = [];
  const conditions: Condition[] = [];
  let at = node;
  while (at.kind !== "store") {
    const [only, ...more] = at.body;
    if (only === undefined || more.length > 0) return undefined;
    if (at.kind === "loop") loops.push(at);
    else conditions.push(...at.conditions);
    at = only;
  }
  return { loops, conditions, store: at };
}

/** Whether nests stand inside, side by side: more there than stores in loops of their own. */
function holdsNests(node: Node): boolean {
  return nestOf(node).body.some((item) => item.kind !== "store" && chainOf(item) === undefined);
}

/** Replaces every nest that holds no other; `outer` are the loops around it, as after a fusion along a tile loop. */
export function mapNests(body: readonly Node[], change: (node: Node, outer: readonly Loop[]) => readonly Node[], outer: readonly Loop[] = []): Node[] {
  return body.flatMap((node): readonly Node[] => {
    if (node.kind === "store" || !holdsNests(node)) return change(node, outer);
    const inner = mapNests(node.body, change, node.kind === "loop" ? [...outer, node] : outer);
    return inner.every((child, k) => child === node.body[k]) && inner.length === node.body.length ? [node] : [{ ...node, body: inner }];
  });
}

/** How many loops stand inside the outer ones, at most, around one statement: 0 if the nest is pointwise. */
export function foldDepth({ body }: Nest): number {
  return body.reduce((deepest, node) => Math.max(deepest, depthOf(node)), 0);
}

function depthOf(node: Node): number {
  if (node.kind === "store") return 0;
  return (node.kind === "loop" ? 1 : 0) + foldDepth({ loops: [], body: node.body });
}

export function loopsIn(body: readonly Node[]): Loop[] {
  const found: Loop[] = [];
  const visit = (node: Node): void => {
    if (node.kind === "store") return;
    if (node.kind === "loop") found.push(node);
    node.body.forEach(visit);
  };
  body.forEach(visit);
  return found;
}

export function guardsIn(body: readonly Node[]): Guard[] {
  return body.flatMap((node) => (node.kind === "store" ? [] : [...(node.kind === "guard" ? [node] : []), ...guardsIn(node.body)]));
}

export function storesIn(body: readonly Node[]): Store[] {
  const found: Store[] = [];
  const visit = (node: Node): void => {
    if (node.kind === "store") found.push(node);
    else node.body.forEach(visit);
  };
  body.forEach(visit);
  return found;
}

/** A store or load of an element: buffer and index. */
export interface Access {
  readonly buffer: string;
  readonly index: readonly IndexExpr[];
}

export function accessesOf(store: Store): Access[] {
  return [{ buffer: store.buffer, index: store.index }, ...loadsOf(store.value)];
}

/**
 * Whether the iterations of the outer loops may run in any order, and their statements
 * apart: what one reads of the nest it wrote itself, and no element is reused. A pass
 * that asks only spares itself a refused witness; the kernel does not rely on it.
 * Inside `outer` loops, all of that within one iteration of them.
 */
export function independentIterations({ dataflow }: Staged, nest: Nest, outer: readonly Loop[] = []): boolean {
  const stores = storesIn(nest.body);
  const names = new Set(stores.map((store) => store.name));
  const ownReads = stores.every((store) => (dataflow.producers[store.name] ?? []).every((cases) =>
    cases.every(({ then }) => !names.has(then.statement) || samePrefix(then.point, [...outer, ...nest.loops])),
  ));
  return ownReads && reusesNothing(dataflow, nest, stores);
}

/** Whether a producer at `point` runs in the reader's own iteration of `loops`, the outermost around both. */
export function samePrefix(point: readonly IndexExpr[], loops: readonly Loop[]): boolean {
  return loops.every((loop, depth) => {
    const at = point[depth];
    return loop.extent === 1 || (at !== undefined && sameIndex(at, variable(loop.variable)));
  });
}

function reusesNothing(dataflow: Dataflow, nest: Nest, stores: readonly Store[]): boolean {
  const written = new Set(stores.map((store) => store.buffer));
  const accesses = stores.flatMap(accessesOf);
  return [...written].filter((buffer) => !dataflow.once.includes(buffer))
    .every((buffer) => ownElements(accesses.filter((access) => access.buffer === buffer), nest.loops));
}

/** All accesses of an iteration of `loops` are to one element, and no other iteration's are. */
export function ownElements([first, ...others]: readonly Access[], loops: readonly Loop[]): boolean {
  return first === undefined || (others.every((other) => sameTuple(other.index, first.index)) && injective(first.index, loops));
}

/** Different iterations of `loops`, different elements: every loop in one dimension, as digits of a number. */
function injective(index: readonly IndexExpr[], loops: readonly Loop[]): boolean {
  const left = new Set(loops.filter((loop) => loop.extent > 1).map((loop) => loop.variable));
  for (const e of index) {
    let span = 1;
    const digits = digitsOf(e, loops);
    if (digits === undefined) return false;
    for (const { factor, loop } of digits) {
      if (factor < span) return false;
      span = factor * loop.extent;
      left.delete(loop.variable);
    }
  }
  return left.size === 0;
}

export interface Digit {
  readonly factor: number;
  readonly loop: Loop;
}

/** e = constant + Σ factor · loop with factors > 0, smallest first; undefined if it has another form. */
export function digitsOf(e: IndexExpr, loops: readonly Loop[]): readonly Digit[] | undefined {
  const digits: Digit[] = [];
  const names = new Set<string>();
  eachVariable(e, (name) => names.add(name));
  for (const name of names) {
    const loop = loops.find((candidate) => candidate.variable === name);
    const factor = affineIn(e, name)?.factor ?? 0;
    if (loop === undefined || factor <= 0) return undefined;
    digits.push({ factor, loop });
  }
  return digits.sort((a, b) => a.factor - b.factor);
}

/** The loops, buffers and statements of a program, and names that are still free. */
export interface Names {
  readonly fresh: (base: string, suffix: string) => string;
}

const longestName = 31;

/** Gives `base + suffix`, or that with a number where it is taken; a base too long is cut. */
export function namesOf({ buffers, body }: Program): Names {
  const taken = new Set([
    ...buffers.map((buffer) => buffer.name),
    ...loopsIn(body).map((loop) => loop.variable),
    ...storesIn(body).map((store) => store.name),
  ]);
  const fresh = (base: string, suffix: string): string => {
    for (let k = 0; ; k++) {
      const tail = k === 0 ? suffix : `${suffix}${k + 1}`;
      const name = base.slice(0, longestName - tail.length) + tail;
      if (taken.has(name)) continue;
      taken.add(name);
      return name;
    }
  };
  return { fresh };
}
