/**
 * Bounds of the magnitude of values, from the types of integers, the contents of weights and what is stored in
 * temporaries: a value of which one is known is no NaN and no infinity. The record `near` (rounded.ts) has such a
 * bound as a premise, which the reader checks on the program and the weights that it has read.
 *
 * A load of a temporary or local has the bound of all stores to that buffer: what it reads was stored there (rules W2
 * and W3; docs/theorem.md). A sum of floats that is made in place has that of its start and of as many steps as it can have
 * had since (sums.ts): a store that reads what it stores to in another way has none unless it is of integers. Each rounding of a float is
 * covered by `rounded`, which is more than it and than the rounding of this arithmetic in doubles.
 */
import type { Buffer, Expr, Program } from "../../ir/loop/program.js";
import { type StoreContext, buffersByName, storesOf } from "../../ir/loop/visit.js";
import { signatureOf } from "../../ir/scalar/ops.js";
import { type ElementType, bytesOf, isHalf, isInteger, valueOf } from "../../ir/scalar/types.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { sumOf } from "./sums.js";

/** No value of the expression is further from 0; Infinity where that is not known, or where one may be no number. */
export type Magnitude = (e: Expr) => number;

/** How often all buffers are bounded anew. A buffer that is stored to at several places may be read before the last of them. */
const rounds = 4;

/** Of the values of a program with these contents of its weights, by the names of their buffers. */
export function magnitudesOf(program: Program, weights: ReadonlyMap<string, Tensor>): Magnitude {
  let bounds: ReadonlyMap<string, number> | undefined;
  return (e) => {
    bounds ??= boundsOfBuffers(program, weights);
    return magnitudeIn(e, bounds, weights);
  };
}

/** No element is ever further from 0. What follows from bounds that hold is a bound that holds, so that every round may be the last. */
function boundsOfBuffers(program: Program, weights: ReadonlyMap<string, Tensor>): ReadonlyMap<string, number> {
  const buffers = buffersByName(program);
  const bounds = new Map(program.buffers.map((buffer) => [buffer.name, contents(buffer, weights.get(buffer.name))] as const));
  const stored = storedIn(program, buffers);
  for (let round = 0; round < rounds; round++) {
    for (const [name, stores] of stored) {
      const most = bounds.get(name) ?? Infinity;
      bounds.set(name, Math.min(most, mostStored(stores, (e) => magnitudeIn(e, bounds, weights))));
    }
  }
  return bounds;
}

/** Of what is there before the program runs, or of the type. */
function contents({ type }: Buffer, weight: Tensor | undefined): number {
  return weight !== undefined && !isHalf(type) ? extreme(weight, Math.max) : mostOf(type);
}

/** The stores to each temporary and local, in the order in which these are first stored to. */
function storedIn(program: Program, buffers: ReadonlyMap<string, Buffer>): ReadonlyMap<string, readonly StoreContext[]> {
  const stored = new Map<string, StoreContext[]>();
  for (const at of storesOf(program)) {
    const { kind = "input" } = buffers.get(at.store.buffer) ?? {};
    if (kind !== "temp" && kind !== "local") continue;
    const mine = stored.get(at.store.buffer);
    if (mine === undefined) stored.set(at.store.buffer, [at]);
    else mine.push(at);
  }
  return stored;
}

function magnitudeIn(e: Expr, bounds: ReadonlyMap<string, number>, weights: ReadonlyMap<string, Tensor>): number {
  if (e.kind === "op") return ofOperator(e.op, e.args.map((arg) => magnitudeIn(arg, bounds, weights)), least(e.args[1], weights));
  if (e.kind === "const") return magnitudeOf(valueOf(e.constant));
  return e.kind === "load" ? bounds.get(e.buffer) ?? Infinity : Infinity;
}

/** Of all stores to one buffer. */
function mostStored(stores: readonly StoreContext[], of: Magnitude): number {
  const largestOf = (values: readonly Expr[]): number => values.reduce((most, value) => Math.max(most, of(value)), 0);
  const sum = sumOf(stores);
  if (sum === undefined) return largestOf(stores.map(({ store }) => store.value));
  const steps = sum.steps.map(({ summand, most }) => ({ most, summand: summand.reduce((product, e) => product * of(e), 1) }));
  return afterSteps(largestOf(sum.starts), steps);
}

/**
 * What started within `start` and had n steps in all is within (start + Σ most·summand + n·η)·(1 + u)ⁿ, where a step rounds by no
 * more than the u-th part and η: u = 2⁻²² and η = 2⁻¹⁴⁹, as in `rounded`. For n·u ≤ 1, (1 + u)ⁿ ≤ 1 + 2·n·u.
 */
function afterSteps(start: number, steps: readonly { readonly most: number; readonly summand: number }[]): number {
  const n = steps.reduce((sum, { most }) => sum + most, 0);
  if (n === 0) return start;
  const exact = steps.reduce((sum, { most, summand }) => sum + most * summand, start + n * 2 ** -149);
  const bound = exact * (1 + n * 2 ** -21);
  return n <= 2 ** 22 && bound < largest ? bound : Infinity;
}

function magnitudeOf(value: number | bigint): number {
  const magnitude = Math.abs(Number(value));
  return Number.isNaN(magnitude) ? Infinity : magnitude;
}

function extreme({ data }: Tensor, choose: (a: number, b: number) => number): number {
  let found: number | undefined;
  for (const value of data) found = found === undefined ? magnitudeOf(value) : choose(found, magnitudeOf(value));
  return found ?? 0;
}

/** Of a type. */
function mostOf(type: ElementType): number {
  if (type === "bool") return 1;
  return isInteger(type) ? 2 ** (8 * bytesOf[type] - (type.startsWith("u") ? 0 : 1)) : Infinity;
}

/** No value of a divisor is nearer to 0: a weight's or a constant's, else 0, as where one of them is no number. */
function least(divisor: Expr | undefined, weights: ReadonlyMap<string, Tensor>): number {
  if (divisor?.kind === "const") return Math.abs(Number(valueOf(divisor.constant))) || 0;
  const tensor = divisor?.kind === "load" ? weights.get(divisor.buffer) : undefined;
  return tensor === undefined || tensor.data.some((value) => Number.isNaN(Number(value))) ? 0 : extreme(tensor, Math.min);
}

/** By operator, of the bounds of its operands; a comparison or a function that is not here has the bound of its type. */
function ofOperator(op: string, args: readonly number[], divisor: number): number {
  const { result } = signatureOf(op);
  const [a = Infinity, b = Infinity] = args;
  const exact = exactly(op.slice(0, op.indexOf(".")), [a, b], divisor);
  if (result === "f32") return exact !== undefined && exact < Infinity ? rounded(exact) : Infinity;
  const signed = isInteger(result) && !result.startsWith("u");
  return exact !== undefined && signed && exact < mostOf(result) ? exact : mostOf(result); // else it may wrap around
}

/** Over the reals. */
function exactly(name: string, [a, b]: readonly [number, number], divisor: number): number | undefined {
  switch (name) {
    case "add": case "sub": case "addw": case "subw": return a + b;
    case "mul": case "mulw": return a * b;
    case "div": return a / divisor;
    case "rint": return a + 1;
    case "max": case "min": return Math.max(a, b);
    case "cast": case "relu": case "neg": return a;
    default: return undefined;
  }
}

const largest = (2 - 2 ** -23) * 2 ** 127;

/** What a float may be after rounding. */
function rounded(bound: number): number {
  const most = bound * (1 + 2 ** -22) + 2 ** -149;
  return most < largest ? most : Infinity;
}
