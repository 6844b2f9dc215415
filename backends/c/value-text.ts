/** Values of statements and of scalar functions in C: the same operators, other leaves. */
import { present } from "../../ir/prelude.js";
import type { Expr, Load } from "../../ir/loop/program.js";
import type { ScalarFunction, ScalarTerm } from "../../ir/scalar/term.js";
import type { FloatCompare } from "../backend.js";
import { indexText } from "./index-text.js";
import { constantText } from "./literals.js";
import { cTypes } from "./names.js";
import { functionName, infixSymbol, spellingOf } from "./operators.js";
import { nearDifferenceName, nearDifferenceOf } from "./near-difference.js";
import { type Pair, pairName } from "./pair.js";
import { roundedName, roundedOf } from "./rounded.js";
import { widenedLoad } from "./widened.js";

/** What the text of a value depends on besides the value. */
export interface ValueContext {
  /** The subscript of an element in the array of its buffer. */
  readonly subscriptOf: (buffer: string, index: Load["index"]) => string;
  /** The pair that a load is an element of (pair.ts), where it is written as one. */
  readonly pairOf: (load: Load) => Pair | undefined;
  readonly floatCompare: FloatCompare;
  /** Whether a number is known to be near (rounded.ts). */
  readonly isNear: (a: Expr) => boolean;
  /** Weights of i8 whose arrays have 16 bits an element. */
  readonly widened: ReadonlySet<string>;
}

/** A value where nothing can bind to it: assigned, returned, an argument. */
export function bareValueText(expr: Expr, context: ValueContext): string {
  return bare(valueText(expr, context));
}

/** An operand that starts with a parenthesis is wholly inside it. */
function bare(operand: string): string {
  return operand.startsWith("(") ? operand.slice(1, -1) : operand;
}

/** The value of a store, as an operand: one token, an access, a call, or in parentheses. */
export function valueText(expr: Expr, context: ValueContext): string {
  switch (expr.kind) {
    case "load":
      return loadText(expr, context);
    case "const":
      return constantText(expr.constant);
    case "index":
      return `((int64_t)${indexText(expr.index)})`;
    case "op": {
      const wide = widenedLoad(expr);
      if (wide !== undefined && context.widened.has(wide.buffer)) return elementText(wide, context);
      const difference = nearDifferenceOf(expr, context.isNear);
      if (difference !== undefined) return recordText(nearDifferenceName(difference.type), [difference.a, difference.z, difference.from], context);
      const rounded = roundedOf(expr, context.isNear);
      if (rounded !== undefined) return recordText(roundedName(rounded), [rounded.a, rounded.z], context);
      return operationText(expr.op, expr.args.map((arg) => valueText(arg, context)), context.floatCompare);
    }
  }
}

function recordText(name: string, operands: readonly Expr[], context: ValueContext): string {
  return `${name}(${operands.map((operand) => bareValueText(operand, context)).join(", ")})`;
}

function loadText(load: Load, context: ValueContext): string {
  const pair = context.pairOf(load);
  if (pair !== undefined) return `${pairName}(&${elementText(pair.first, context)}, ${pair.element})`;
  const text = elementText(load, context);
  return context.widened.has(load.buffer) ? `((${cTypes.i8})${text})` : text;
}

function elementText({ buffer, index }: Load, { subscriptOf }: ValueContext): string {
  return `${buffer}[${subscriptOf(buffer, index)}]`;
}

function termText(term: ScalarTerm, compare: FloatCompare): string {
  switch (term.kind) {
    case "ref":
      return term.name;
    case "const":
      return constantText(term.constant);
    case "op":
      return operationText(term.op, term.args.map((arg) => termText(arg, compare)), compare);
  }
}

function operationText(op: string, args: readonly string[], compare: FloatCompare): string {
  const [a = "", b = "", c = ""] = args;
  switch (spellingOf(op, compare)) {
    case "infix":
      return `(${a} ${present(infixSymbol(op), `symbol of ${op}`)} ${b})`;
    case "conditional":
      return `(${a} ? ${b} : ${c})`;
    case "not":
      return `(!${a})`;
    case "call":
      return `${functionName(op)}(${args.map(bare).join(", ")})`;
  }
}

/** The definition of a named scalar function, one string per line. */
export function scalarFunctionLines(f: ScalarFunction, compare: FloatCompare): readonly string[] {
  const params = f.params.map(({ name, type }) => `${cTypes[type]} ${name}`).join(", ");
  return [
    `static inline ${cTypes[f.result]} ${functionName(`${f.name}.${f.type}`)}(${params})`,
    "{",
    ...f.lets.map(({ name, type, value }) => `    const ${cTypes[type]} ${name} = ${bare(termText(value, compare))};`),
    `    return ${bare(termText(f.value, compare))};`,
    "}",
  ];
}
