/**
 * Loops, guards and stores as closures. Guards directly inside a loop that are affine
 * in its variable become a range of iterations, found once per entry of the loop;
 * what is left inside the innermost loops is a kernel where one fits.
 */
import { invariant, present } from "../prelude.js";
import type { Elements } from "../tensor/tensor.js";
import { type Scope, accessOf, locate, newLevel } from "./eval-address.js";
import { liftGuards, rangeConditions } from "./eval-guards.js";
import { compileConditions, compileRange } from "./eval-index.js";
import type { Memory } from "./eval-memory.js";
import { type Kernel, kernelOf } from "./eval-kernel.js";
import { compileNumber, compileValue } from "./eval-value.js";
import { decide } from "./interval.js";
import type { Expr, Guard, Loop, Node, Program, Store } from "./program.js";
import { loadsOf, maxNesting, storesOf } from "./visit.js";

type Run = () => void;

/** The whole program as one function over its memory. */
export function compileProgram(program: Program, memory: Memory): Run {
  const slots = { values: new Int32Array(slotBound(program)), used: 0 };
  const scope: Scope = {
    memory, slots, values: new Float64Array(maxNesting + 1), depths: new Map(), extents: new Map(),
    conditions: [], levels: [newLevel()], statement: "",
  };
  const run = compileBody(liftGuards(program.body), scope);
  invariant(slots.used <= slots.values.length, "more address slots than accesses can need");
  return run;
}

/** Every access has at most one new slot per loop and one for its constant, once whole and once split at the innermost loop. */
function slotBound(program: Program): number {
  return storesOf(program).reduce((bound, { store, loops }) => bound + 2 * (1 + loadsOf(store.value).length) * (loops.length + 1), 0);
}

function compileBody(nodes: readonly Node[], scope: Scope): Run {
  return sequence(nodes.map((node) => compileNode(node, scope)));
}

function compileNode(node: Node, scope: Scope): Run {
  switch (node.kind) {
    case "loop": return compileLoop(node, scope);
    case "guard": return compileGuard(node, scope);
    case "store": return compileStore(node, { ...scope, statement: node.name });
  }
}

function sequence(runs: readonly Run[]): Run {
  const [a, b, c] = runs;
  if (a === undefined) return () => undefined;
  if (b === undefined) return a;
  if (c === undefined) return () => { a(); b(); };
  return () => {
    for (const run of runs) run();
  };
}

function compileGuard(guard: Guard, scope: Scope): Run {
  const test = compileConditions(guard.conditions, scope);
  const body = compileBody(guard.body, { ...scope, conditions: [...scope.conditions, ...guard.conditions] });
  return () => {
    if (test()) body();
  };
}

function compileStore(store: Store, scope: Scope): Run {
  const access = accessOf(store, scope);
  const { slot, check } = locate(access, scope);
  const write = writeTo(access.storage.data, slot, store.value, scope);
  return check === undefined ? write : sequence([check, write]);
}

function writeTo(data: Elements, slot: number, expr: Expr, scope: Scope): Run {
  const slots = scope.slots.values;
  if (data instanceof Float32Array) {
    const value = compileNumber(expr, scope);
    return () => { data[slots[slot] ?? 0] = value(); };
  }
  const value = compileValue(expr, scope);
  return () => { data[slots[slot] ?? 0] = value() as never; };
}

function compileLoop(loop: Loop, outer: Scope): Run {
  const extents = new Map([...outer.extents, [loop.variable, loop.extent]]);
  const { conditions, body } = rangeConditions(loop);
  const inner: Scope = {
    ...outer, extents,
    depths: new Map([...outer.depths, [loop.variable, outer.depths.size]]),
    conditions: [...outer.conditions, ...conditions],
    levels: [...outer.levels, newLevel()],
  };
  const iterate = kernelFor(body, loop.variable, inner, outer) ?? compileIterations(body, inner);
  const open = conditions.filter((c) => decide(c, (name) => present(extents.get(name), name)) !== "always");
  const { extent } = loop;
  if (open.length === 0) return () => { iterate(0, extent); };
  const range = compileRange(open, { name: loop.variable, extent }, outer);
  return () => {
    range.find();
    if (range.low() < range.high()) iterate(range.low(), range.high());
  };
}

function kernelFor(body: readonly Node[], variable: string, inner: Scope, outer: Scope): Kernel | undefined {
  const [only, second] = body;
  return only?.kind === "store" && second === undefined ? kernelOf(only, variable, inner, outer) : undefined;
}

function compileIterations(body: readonly Node[], scope: Scope): Kernel {
  const run = compileBody(body, scope);
  const { updates } = present(scope.levels.at(-1), "level of the loop"); // complete only now
  const { values } = scope;
  const slots = scope.slots.values;
  const depth = scope.depths.size - 1;
  return (low, high) => {
    for (let v = low; v < high; v++) {
      values[depth] = v;
      for (const { into, from, factor, rest } of updates) {
        slots[into] = (slots[from] ?? 0) + factor * v + (rest === undefined ? 0 : rest());
      }
      run();
    }
  };
}
