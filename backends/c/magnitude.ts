/**
 * Bounds of the magnitude of values, from the types of integers, the contents of weights and what is stored in
 * temporaries: a value of which one is known is no NaN and no infinity. The record `near` (rounded.ts) has such a
 * bound as a premise, which the reader checks on the program and the weights that it has read.
 *
 * A load of a temporary or local has the bound of all stores to that buffer: what it reads was stored there (rules W2
 * and W3; docs/theorem.md). A sum that reads itself has none unless it is of integers. Each rounding of a float is
 * covered by `rounded`, which is more than it and than the rounding of this arithmetic in doubles.
 */
import type { Buffer, Expr, Program } from "../../ir/loop/program.js";
import { buffersByName, storesOf } from "../../ir/loop/visit.js";
import { signatureOf } from "../../ir/scalar/ops.js";
import { type ElementType, bytesOf, isHalf, isInteger, valueOf } from "../../ir/scalar/types.js";
import type { Tensor } from "../../ir/tensor/tensor.js";

/** No value of the expression is further from 0; Infinity where that is not known, or where one may be no number. */
export type Magnitude = (e: Expr) => number;

/** Of the values of a program with these contents of its weights, by the names of their buffers. */
export function magnitudesOf(program: Program, weights: ReadonlyMap<string, Tensor>): Magnitude {
  const buffers = buffersByName(program);
  const stored = new Map<string, Expr[]>();
  for (const { store: { buffer, value } } of storesOf(program)) stored.set(buffer, [...(stored.get(buffer) ?? []), value]);
  const known = new Map<string, number>();
  const ofBuffer = ({ name, kind, type }: Buffer): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const tensor = weights.get(name);
    if (tensor !== undefined && !isHalf(type)) known.set(name, extreme(tensor, Math.max));
    if (kind !== "temp" && kind !== "local") return known.get(name) ?? mostOf(type);
    known.set(name, mostOf(type)); // where a store reads its own buffer
    const bound = Math.min(mostOf(type), (stored.get(name) ?? []).reduce((most, value) => Math.max(most, of(value)), 0));
    known.set(name, bound);
    return bound;
  };
  const of = (e: Expr): number => {
    if (e.kind === "op") return ofOperator(e.op, e.args.map(of), least(e.args[1], weights));
    if (e.kind === "const") return magnitudeOf(valueOf(e.constant));
    const buffer = e.kind === "load" ? buffers.get(e.buffer) : undefined;
    return buffer === undefined ? Infinity : ofBuffer(buffer);
  };
  return of;
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

/** No value of a divisor is nearer to 0: a weight's or a constant's, else 0. */
function least(divisor: Expr | undefined, weights: ReadonlyMap<string, Tensor>): number {
  if (divisor?.kind === "const") return Math.abs(Number(valueOf(divisor.constant))) || 0;
  const tensor = divisor?.kind === "load" ? weights.get(divisor.buffer) : undefined;
  return tensor === undefined ? 0 : extreme(tensor, Math.min);
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
