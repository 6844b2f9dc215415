/**
 * What a processor has to do for one store of a block, the text inside the innermost serial
 * loop: operations, loads and stores of whole registers. Loops that are unrolled or left to
 * the vector unit are part of the block, so that a value that several copies load is loaded
 * once, as compilers do.
 */
import { affineIn, mentions } from "../../ir/loop/affine.js";
import type { IndexExpr } from "../../ir/loop/index-expr.js";
import { rangeOf } from "../../ir/loop/interval.js";
import type { Buffer, Expr, Load, Loop } from "../../ir/loop/program.js";
import { type StoreContext, eachExpr, loadsOf } from "../../ir/loop/visit.js";
import { scalarFunction } from "../../ir/scalar/ops.js";
import type { ScalarTerm } from "../../ir/scalar/term.js";
import type { Machine } from "./machine.js";

/** One tree of loops at top level. */
export interface NestContext {
  readonly stores: readonly StoreContext[];
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly executions: ReadonlyMap<string, number>;
  readonly totals: ReadonlyMap<string, number>;
  readonly machine: Machine;
}

/** Operations of one evaluation of a value, by the pipe that does them. */
export interface Operations {
  readonly add: number;
  readonly mul: number;
  readonly fma: number;
  /** Not pipelined: divisions and roots. */
  readonly slow: number;
}

const slowOperators: ReadonlySet<string> = new Set(["div", "sqrt", "rem"]);
const nothing: Operations = { add: 0, mul: 0, fma: 0, slow: 0 };

/** Every operator that is neither a product nor slow counts as a sum. */
export function operationsOf(value: Expr): Operations {
  let sum = nothing;
  eachExpr(value, (e) => {
    if (e.kind === "op") sum = plus(sum, operationsOfOperator(e.op));
  });
  return sum;
}

const known = new Map<string, Operations>();

function operationsOfOperator(op: string): Operations {
  const found = known.get(op);
  if (found !== undefined) return found;
  const [name = op] = op.split(".", 1);
  const definition = scalarFunction(op);
  const one = name === "mul" ? { ...nothing, mul: 1 } : name === "fma" ? { ...nothing, fma: 1 } : slowOperators.has(name) ? { ...nothing, slow: 1 } : { ...nothing, add: 1 };
  const operations = definition === undefined ? one : [...definition.lets.map(({ value }) => value), definition.value].map(operationsOfTerm).reduce(plus, nothing);
  known.set(op, operations);
  return operations;
}

function operationsOfTerm(term: ScalarTerm): Operations {
  return term.kind === "op" ? term.args.map(operationsOfTerm).reduce(plus, operationsOfOperator(term.op)) : nothing;
}

function plus(a: Operations, b: Operations): Operations {
  return { add: a.add + b.add, mul: a.mul + b.mul, fma: a.fma + b.fma, slow: a.slow + b.slow };
}

/** Registers for `width` neighbours: whole ones, then halves, quarters and single elements, as vectorisers cut a rest. */
export function registersFor(width: number, lanes: number): number {
  const rest = width % lanes;
  return Math.floor(width / lanes) + rest.toString(2).replaceAll("0", "").length;
}

/** The loops of a store that belong to its block: those inside the innermost serial one with more than one iteration. */
export function jammedLoops({ loops }: Pick<StoreContext, "loops">): readonly Loop[] {
  return loops.slice(loops.findLastIndex((loop) => isSerial(loop)) + 1).filter(({ extent }) => extent > 1);
}

export function isSerial({ mode, extent }: Loop): boolean {
  return extent > 1 && (mode === "serial" || mode === "parallel");
}

/** The loop left to the vector unit, if the store is in one: the innermost, or around steps that lanes take together. */
export function vectorLoop({ loops }: Pick<StoreContext, "loops">): Loop | undefined {
  const last = loops.at(-1)?.mode === "unrolled" && loops.at(-2)?.mode === "vector" ? loops.at(-2) : loops.at(-1);
  return last?.mode === "vector" && last.extent > 1 ? last : undefined;
}

/** How registers meet memory for one access within the vector loop. */
export type Lanes = "neighbours" | "same" | "apart";

export function lanesOf(index: readonly IndexExpr[], vector: Loop | undefined): Lanes {
  if (vector === undefined || index.every((e) => !mentions(e, vector.variable))) return "same";
  const outer = index.slice(0, -1).every((e) => !mentions(e, vector.variable));
  const last = index.at(-1);
  return outer && last !== undefined && affineIn(last, vector.variable)?.factor === 1 ? "neighbours" : "apart";
}

/** Elements that one access touches while `free` loops run and all others stand still, at most. */
export function elementsTouched(index: readonly IndexExpr[], { shape }: Buffer, free: readonly Loop[]): number {
  const extents = new Map(free.map(({ variable, extent }) => [variable, extent]));
  const span = index.reduce((product, e, axis) => {
    const { low, high } = rangeOf(e, (name) => extents.get(name) ?? 1);
    return product * Math.min(shape[axis] ?? 1, high - low + 1);
  }, 1);
  const turns = free.filter(({ variable }) => index.some((e) => mentions(e, variable))).reduce((product, { extent }) => product * extent, 1);
  return Math.min(span, turns);
}

/** Instructions that bring or take the elements of one access once per block. */
export function transfersOf({ index }: Pick<Load, "index">, buffer: Buffer, context: StoreContext, lanes: number): number {
  const vector = vectorLoop(context);
  const copies = elementsTouched(index, buffer, jammedLoops(context).filter((loop) => loop !== vector));
  switch (lanesOf(index, vector)) {
    case "same": return copies;
    case "neighbours": return copies * registersFor(vector?.extent ?? 1, lanes);
    case "apart": return copies * (vector?.extent ?? 1);
  }
}

/** Whether a step adds to what it stored before. */
export function accumulates({ store }: Pick<StoreContext, "store">): boolean {
  return loadsOf(store.value).some(({ buffer, index }) => buffer === store.buffer && index.every((e, axis) => e.text === store.index[axis]?.text));
}
