/**
 * The plain interpreter: a tree walk that evaluates every index and value where it
 * stands, checks every dimension and every element's initialisation, and tells its
 * hooks what happens. Slow and obvious, so it also checks the fast engine.
 */
import { present } from "../prelude.js";
import { evaluator } from "../scalar/evaluate.js";
import { type ScalarValue, valueOf } from "../scalar/types.js";
import { ExecutionFault, type Memory, type Storage } from "./eval-memory.js";
import { type IndexExpr, evalIndex, holds } from "./index-expr.js";
import type { Expr, Guard, Load, Loop, Node, Program, Store } from "./program.js";

export interface Hooks {
  /** A store happened at the point of its loops' variables, outermost first. */
  readonly onStore?: (store: Store, point: readonly number[], value: ScalarValue) => void;
  /** A loop is entered: its header runs extent + 1 times, its body extent times. */
  readonly onLoop?: (loop: Loop) => void;
  /** The conditions of a guard held. */
  readonly onGuard?: (guard: Guard) => void;
}

interface Machine {
  readonly memory: Memory;
  readonly hooks: Hooks;
  /** Values of the loops' variables, outermost first. */
  readonly variables: Map<string, number>;
}

export function walkProgram(program: Program, memory: Memory, hooks: Hooks): void {
  walkBody(program.body, { memory, hooks, variables: new Map() });
}

function walkBody(body: readonly Node[], machine: Machine): void {
  for (const node of body) {
    switch (node.kind) {
      case "loop": walkLoop(node, machine); break;
      case "guard": walkGuard(node, machine); break;
      case "store": walkStore(node, machine); break;
    }
  }
}

function walkLoop(loop: Loop, machine: Machine): void {
  machine.hooks.onLoop?.(loop);
  for (let v = 0; v < loop.extent; v++) {
    machine.variables.set(loop.variable, v);
    walkBody(loop.body, machine);
  }
  machine.variables.delete(loop.variable);
}

function walkGuard(guard: Guard, machine: Machine): void {
  if (!guard.conditions.every((condition) => holds(condition, lookup(machine)))) return;
  machine.hooks.onGuard?.(guard);
  walkBody(guard.body, machine);
}

function walkStore(store: Store, machine: Machine): void {
  const value = valueIn(store.value, store, machine);
  const { storage, address } = locate(store, store, machine);
  storage.data[address] = value as never;
  storage.written[address] = 1;
  machine.hooks.onStore?.(store, [...machine.variables.values()], value);
}

function lookup({ variables }: Machine): (name: string) => number {
  return (name) => present(variables.get(name), `variable ${name} in scope`);
}

function valueIn(expr: Expr, store: Store, machine: Machine): ScalarValue {
  switch (expr.kind) {
    case "load": return read(expr, store, machine);
    case "const": return valueOf(expr.constant);
    case "index": return BigInt(evalIndex(expr.index, lookup(machine)));
    case "op": return evaluator(expr.op)(...expr.args.map((arg) => valueIn(arg, store, machine)));
  }
}

function read(load: Load, store: Store, machine: Machine): ScalarValue {
  const { storage, address, point } = locate(load, store, machine);
  const { buffer, data, written } = storage;
  const given = buffer.kind === "input" || buffer.kind === "weight";
  if (!given && written[address] !== 1) throw new ExecutionFault("unwritten", store.name, buffer, point);
  return present(data[address], `element ${address} of ${buffer.name}`);
}

interface Located {
  readonly storage: Storage;
  readonly address: number;
  readonly point: readonly number[];
}

/** The element an access means; throws ExecutionFault when a dimension is exceeded. */
function locate({ buffer: name, index }: { buffer: string; index: readonly IndexExpr[] }, store: Store, machine: Machine): Located {
  const storage = present(machine.memory.get(name), `buffer ${name}`);
  const { shape } = storage.buffer;
  const point = index.map((e) => evalIndex(e, lookup(machine)));
  let address = 0;
  shape.forEach((extent, axis) => {
    const at = point[axis] ?? -1;
    if (!(at >= 0 && at < extent)) throw new ExecutionFault("bounds", store.name, storage.buffer, point);
    address = address * extent + at;
  });
  return { storage, address, point };
}
