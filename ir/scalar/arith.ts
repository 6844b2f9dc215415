/**
 * What every basic operator computes, exact to the bit. f32 arithmetic goes through
 * f64 and one Math.fround: for + − × ÷ √ the double result carries enough bits
 * (53 ≥ 2·24 + 2; a quotient in the subnormal range stays far enough from every
 * midpoint) that the second rounding never differs from a single one.
 *
 * Floats and integers of at most 32 bits are numbers, bool is 0 or 1, f16 and bf16 are
 * their bits, i64 and u64 are bigints. A float result that is NaN may carry any payload.
 */
import { InvariantViolation, invariant } from "../prelude.js";
import { bitcastNumber, bitcastWide, castNumber, castWide, isWide } from "./convert.js";
import { fmaF32, fmaF64 } from "./fma.js";
import { narrowArithmetic, wideArithmetic } from "./integer.js";
import { reinterprets } from "./ops.js";
import { type ElementType, type ScalarValue, elementTypes, isFloat, isHalf, isInteger } from "./types.js";

export type Unary = (a: number) => number;
export type Binary = (a: number, b: number) => number;
export type Ternary = (a: number, b: number, c: number) => number;
export type Evaluator = (...args: readonly ScalarValue[]) => ScalarValue;

/** Operators whose operands and result are numbers, by arity. */
export interface NumberOperators {
  readonly unary: ReadonlyMap<string, Unary>;
  readonly binary: ReadonlyMap<string, Binary>;
  readonly ternary: ReadonlyMap<string, Ternary>;
}

const flag = (holds: boolean): number => (holds ? 1 : 0);

/** To the nearest integral value, ties to even, keeping the sign of zero. */
function rint(x: number): number {
  const big = 2 ** 52;
  if (x === 0 || !(Math.abs(x) < big)) return x;
  return x < 0 ? -(big - x - big) : big + x - big;
}

const floatUnary = {
  neg: (a: number) => -a,
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  rint,
  trunc: Math.trunc,
} as const;

const f32Arithmetic = {
  add: (a: number, b: number) => Math.fround(a + b),
  sub: (a: number, b: number) => Math.fround(a - b),
  mul: (a: number, b: number) => Math.fround(a * b),
  div: (a: number, b: number) => Math.fround(a / b),
} as const;

const f64Arithmetic = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
} as const;

const comparisons = {
  lt: (a: number, b: number) => flag(a < b),
  le: (a: number, b: number) => flag(a <= b),
  eq: (a: number, b: number) => flag(a === b),
} as const;

const logic = {
  and: (a: number, b: number) => a & b,
  or: (a: number, b: number) => a | b,
  xor: (a: number, b: number) => a ^ b,
  eq: (a: number, b: number) => flag(a === b),
} as const;

function enter<F>(table: Map<string, F>, type: ElementType, operators: Readonly<Record<string, F>>): void {
  for (const [name, f] of Object.entries(operators)) table.set(`${name}.${type}`, f);
}

function numberTypes(): ElementType[] {
  return elementTypes.filter((type) => !isWide(type));
}

function unaryTable(): Map<string, Unary> {
  const table = new Map<string, Unary>();
  enter(table, "f32", { ...floatUnary, sqrt: (a) => Math.fround(Math.sqrt(a)) });
  enter(table, "f64", { ...floatUnary, sqrt: Math.sqrt });
  enter(table, "bool", { not: (a) => 1 - a });
  for (const from of numberTypes()) {
    if (isInteger(from)) enter(table, from, narrowArithmetic(from).unary);
    for (const to of numberTypes().filter((type) => type !== from)) {
      if (!isHalf(from) && !isHalf(to)) table.set(`cast.${from}.${to}`, castNumber(from, to));
      if (reinterprets(from, to)) table.set(`bitcast.${from}.${to}`, bitcastNumber(from, to));
    }
  }
  return table;
}

function binaryTable(): Map<string, Binary> {
  const table = new Map<string, Binary>();
  enter(table, "f32", f32Arithmetic);
  enter(table, "f64", f64Arithmetic);
  enter(table, "bool", logic);
  for (const type of numberTypes().filter((type) => isFloat(type) || isInteger(type))) {
    enter(table, type, comparisons);
    if (!isFloat(type)) enter(table, type, narrowArithmetic(type).binary);
  }
  return table;
}

function ternaryTable(): Map<string, Ternary> {
  const table = new Map<string, Ternary>([["fma.f32", fmaF32], ["fma.f64", fmaF64]]);
  for (const type of numberTypes()) table.set(`select.${type}`, (when, then, otherwise) => (when !== 0 ? then : otherwise));
  return table;
}

/** Operators with a 64-bit integer among their operand or result types. */
function wideTable(): Map<string, Evaluator> {
  const table = new Map<string, Evaluator>();
  for (const type of elementTypes.filter(isWide)) {
    for (const [op, f] of Object.entries(wideArithmetic(type).unary)) table.set(`${op}.${type}`, (a) => f(big(a)));
    for (const [op, f] of Object.entries(wideArithmetic(type).binary)) table.set(`${op}.${type}`, (a, b) => f(big(a), big(b)));
    enter<Evaluator>(table, type, {
      lt: (a, b) => flag(big(a) < big(b)),
      le: (a, b) => flag(big(a) <= big(b)),
      eq: (a, b) => flag(big(a) === big(b)),
      select: (when, then, otherwise) => (num(when) !== 0 ? big(then) : big(otherwise)),
    });
    for (const other of elementTypes.filter((o) => o !== type && !isHalf(o))) enterConversions(table, type, other);
  }
  return table;
}

function enterConversions(table: Map<string, Evaluator>, type: ElementType, other: ElementType): void {
  for (const [from, to] of [[type, other], [other, type]] as const) {
    const cast = castWide(from, to);
    table.set(`cast.${from}.${to}`, (a) => cast(isWide(from) ? big(a) : num(a)));
    if (!reinterprets(from, to)) continue;
    const bitcast = bitcastWide(from, to);
    table.set(`bitcast.${from}.${to}`, (a) => bitcast(isWide(from) ? big(a) : num(a)));
  }
}

/** An operand of a type that is a number at run time. */
export function num(x: ScalarValue | undefined): number {
  invariant(typeof x === "number", `operand ${String(x)} is not a number`);
  return x;
}

function big(x: ScalarValue | undefined): bigint {
  invariant(typeof x === "bigint", `operand ${String(x)} is not a 64-bit integer`);
  return x;
}

export const numberOperators: NumberOperators = { unary: unaryTable(), binary: binaryTable(), ternary: ternaryTable() };
const wideOperators = wideTable();

/** A basic operator as a function of run-time scalars; throws InvariantViolation for an unknown name. */
export function basicEvaluator(op: string): Evaluator {
  const unary = numberOperators.unary.get(op);
  if (unary !== undefined) return (a) => unary(num(a));
  const binary = numberOperators.binary.get(op);
  if (binary !== undefined) return (a, b) => binary(num(a), num(b));
  const ternary = numberOperators.ternary.get(op);
  if (ternary !== undefined) return (a, b, c) => ternary(num(a), num(b), num(c));
  const wide = wideOperators.get(op);
  if (wide === undefined) throw new InvariantViolation(`no evaluation for scalar operator ${op}`);
  return wide;
}
