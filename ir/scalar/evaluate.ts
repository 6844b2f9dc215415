/**
 * Operators as functions of run-time scalars, basic or named. What a named function
 * computes is its term and nothing else; it is compiled once.
 */
import { type Binary, type Evaluator, type Ternary, type Unary, basicEvaluator, num, numberOperators } from "./arith.js";
import { type NumberFunction, compileScalarFunction } from "./compile.js";
import { scalarFunction } from "./ops.js";
import type { ScalarFunction } from "./term.js";
import type { ScalarValue } from "./types.js";

const known = new Map<string, Evaluator>();

/** The function an operator identifier stands for; throws InvariantViolation for an unknown one. */
export function evaluator(op: string): Evaluator {
  const cached = known.get(op);
  if (cached !== undefined) return cached;
  const f = namedEvaluator(op) ?? basicEvaluator(op);
  known.set(op, f);
  return f;
}

/** `op` on plain numbers if it has one operand and neither that nor its result is a 64-bit integer. */
export function f32Unary(op: string): Unary | undefined {
  return numberOperators.unary.get(op) ?? namedFunction(op, 1);
}

/** As f32Unary, for two operands. */
export function f32Binary(op: string): Binary | undefined {
  return numberOperators.binary.get(op) ?? namedFunction(op, 2);
}

/** As f32Unary, for three operands (fma, select). */
export function f32Ternary(op: string): Ternary | undefined {
  return numberOperators.ternary.get(op) ?? namedFunction(op, 3);
}

/** The value of any scalar function for one tuple of arguments. */
export function evalScalarFunction(f: ScalarFunction, args: readonly ScalarValue[]): ScalarValue {
  return compileScalarFunction(f)(...args.map(num));
}

function namedEvaluator(op: string): Evaluator | undefined {
  const unary = namedFunction(op, 1);
  if (unary !== undefined) return (a) => unary(num(a));
  const binary = namedFunction(op, 2);
  if (binary !== undefined) return (a, b) => binary(num(a), num(b));
  const ternary = namedFunction(op, 3);
  return ternary === undefined ? undefined : (a, b, c) => ternary(num(a), num(b), num(c));
}

const compiled = new Map<string, NumberFunction>();

function namedFunction(op: string, arity: number): NumberFunction | undefined {
  const cached = compiled.get(op);
  const term = scalarFunction(op);
  if (term === undefined || term.params.length !== arity) return undefined;
  const f = cached ?? compileScalarFunction(term);
  compiled.set(op, f);
  return f;
}
