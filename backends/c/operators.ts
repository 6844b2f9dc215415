/**
 * How scalar operators are written in C: infix where C's own operator is exactly
 * ours, else a call of a function named after the operator (`bitcast.f32.i32` is
 * `bitcast_f32_i32`). One table for both directions.
 */
import { basicOperators, functionOperators } from "../../ir/scalar/ops.js";
import { type ElementType, elementTypes, isFloat } from "../../ir/scalar/types.js";
import type { FloatCompare } from "../backend.js";

/** C operator for an operator name on floats; on integers these need a definition of their own. */
const floatInfix: readonly (readonly [name: string, symbol: string])[] = [["add", "+"], ["sub", "-"], ["mul", "*"], ["div", "/"]];
const comparisonInfix = [["lt", "<"], ["le", "<="], ["eq", "=="]] as const;
const boolInfix = [["and", "&&"], ["or", "||"], ["xor", "!="], ["eq", "=="]] as const;

function infixOf(type: ElementType): readonly (readonly [name: string, symbol: string])[] {
  if (type === "bool") return boolInfix;
  return isFloat(type) ? [...floatInfix, ...comparisonInfix] : comparisonInfix;
}

const symbols: ReadonlyMap<string, string> = new Map(
  elementTypes.flatMap((type) => infixOf(type).map(([name, symbol]) => [`${name}.${type}`, symbol] as const)),
);
const operatorsBySymbol: ReadonlyMap<string, string> = new Map(
  elementTypes.flatMap((type) => infixOf(type).map(([name, symbol]) => [`${type} ${symbol}`, `${name}.${type}`] as const)),
);

/** The symbol between the two operands, if the operator has one. */
export function infixSymbol(op: string): string | undefined {
  return symbols.get(op);
}

/** The operator that `symbol` means between operands of `type`. */
export function infixOperator(symbol: string, type: ElementType): string | undefined {
  return operatorsBySymbol.get(`${type} ${symbol}`);
}

/** How an operator is written. `conditional` is `c ? a : b`, `not` is `!a`. */
export type Spelling = "infix" | "conditional" | "not" | "call";

const floatComparisons: ReadonlySet<string> = new Set(
  elementTypes.filter(isFloat).flatMap((type) => comparisonInfix.map(([name]) => `${name}.${type}`)),
);

/** Floats that are compared as integers are compared by a function. */
export function spellingOf(op: string, compare: FloatCompare = "float"): Spelling {
  if (compare === "integer" && floatComparisons.has(op)) return "call";
  if (symbols.has(op)) return "infix";
  if (op.startsWith("select.")) return "conditional";
  return op === "not.bool" ? "not" : "call";
}

export function functionName(op: string): string {
  return op.replaceAll(".", "_");
}

const operatorsByFunction: ReadonlyMap<string, string> = new Map(
  [...basicOperators, ...functionOperators].filter((op) => spellingOf(op, "integer") === "call").map((op) => [functionName(op), op]),
);

/** The operator a function of this name computes. */
export function operatorOfFunction(name: string): string | undefined {
  return operatorsByFunction.get(name);
}
