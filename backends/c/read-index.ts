/**
 * Reads index expressions: C integer arithmetic over loop variables becomes a
 * quasi-affine IndexExpr, and a flattened subscript becomes one expression per
 * dimension. On the way every subexpression is shown to fit int32_t, from the
 * extents of the loops alone.
 */
import { type Condition, type IndexExpr, floordiv, literal, minus, mod, plus, times, variable } from "../../ir/loop/index-expr.js";
import { type Interval, rangeOf } from "../../ir/loop/interval.js";
import type { Cursor } from "./cursor.js";

/** Extent of a loop variable in scope; undefined for any other name. */
export type ExtentOf = (variable: string) => number | undefined;

type Tree =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "minus"; readonly of: Tree }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Tree; readonly right: Tree };

const operators = ["+", "-", "*", "/", "%"];
/** Parentheses inside each other; deeper text is refused. */
const maxDepth = 512;

/** An operand: a name, a literal, or an expression in parentheses. */
function readOperand(cursor: Cursor, depth: number): Tree {
  if (depth > maxDepth) cursor.fail("an index expression nests too deep");
  if (cursor.accept("(")) {
    const inner = readBare(cursor, depth + 1);
    cursor.expect(")");
    return inner;
  }
  if (cursor.peek().kind === "word") return { kind: "variable", name: cursor.take().text };
  return { kind: "number", value: cursor.integer() };
}

/** At most one operator: C's precedence never decides anything. */
function readBare(cursor: Cursor, depth: number): Tree {
  if (cursor.accept("-")) return { kind: "minus", of: readOperand(cursor, depth) };
  const left = readOperand(cursor, depth);
  if (!operators.some((operator) => cursor.sees(operator))) return left;
  const operator = cursor.take().text;
  return { kind: "binary", operator, left, right: readOperand(cursor, depth) };
}

/** An expression with its exact meaning; every subexpression has passed the int32_t check. */
function meaning(tree: Tree, extentOf: ExtentOf, cursor: Cursor): IndexExpr {
  switch (tree.kind) {
    case "number":
      return literal(tree.value);
    case "variable":
      if (extentOf(tree.name) === undefined) cursor.fail(`\`${tree.name}\` is no loop variable in scope`);
      return variable(tree.name);
    case "minus":
      return fitting(times(meaning(tree.of, extentOf, cursor), -1), extentOf, cursor);
    case "binary":
      return fitting(combine(tree, extentOf, cursor), extentOf, cursor);
  }
}

function combine(tree: Extract<Tree, { kind: "binary" }>, extentOf: ExtentOf, cursor: Cursor): IndexExpr {
  const left = meaning(tree.left, extentOf, cursor);
  const right = meaning(tree.right, extentOf, cursor);
  switch (tree.operator) {
    case "+":
      return plus(left, right);
    case "-":
      return minus(left, right);
    case "*":
      return left.terms.length === 0 ? times(right, left.constant) : cursor.fail("a product needs its literal factor on the left");
    default: {
      if (tree.right.kind !== "number" || tree.right.value < 1) cursor.fail("a divisor must be a positive literal");
      return tree.operator === "/" ? floordiv(left, right.constant) : mod(left, right.constant);
    }
  }
}

function fitting(e: IndexExpr, extentOf: ExtentOf, cursor: Cursor): IndexExpr {
  requireInt32(rangeOf(e, (name) => extentOf(name) ?? 0), e.text, cursor);
  return e;
}

function requireInt32({ low, high }: Interval, what: string, cursor: Cursor): void {
  if (!(low >= -(2 ** 31)) || !(high < 2 ** 31)) cursor.fail(`${what} may leave int32_t: ${low} to ${high}`);
}

/** An index expression where nothing binds to it. */
export function readIndex(cursor: Cursor, extentOf: ExtentOf): IndexExpr {
  return meaning(readBare(cursor, 0), extentOf, cursor);
}

/** An index expression as an operand. */
export function readIndexOperand(cursor: Cursor, extentOf: ExtentOf): IndexExpr {
  return meaning(readOperand(cursor, 0), extentOf, cursor);
}

/** A condition of a guard: `expression >= 0` or `expression == 0`. */
function readCondition(cursor: Cursor, extentOf: ExtentOf): Condition {
  const index = readIndexOperand(cursor, extentOf);
  const kind = cursor.accept(">=") ? "ge" : "eq";
  if (kind === "eq") cursor.expect("==");
  if (cursor.integer() !== 0) cursor.fail("a guard compares with 0");
  return { kind, index };
}

/**
 * The subscript of a buffer of this shape. `((d0 * s1) + d1) * s2 + d2` is taken
 * apart from the right: a product with its literal on the right is the address so
 * far times an extent, and that extent must be the buffer's. Dimensions left of the
 * first one written are 0.
 */
export function readSubscript(cursor: Cursor, shape: readonly number[], extentOf: ExtentOf): readonly IndexExpr[] {
  let address: Tree | undefined = readBare(cursor, 0);
  const index: IndexExpr[] = [];
  let stride = 1;
  let range: Interval = { low: 0, high: 0 };
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const parts: Split = axis === 0 ? { outer: undefined, inner: address } : split(address, shape[axis], cursor);
    const { inner } = parts;
    const e = inner === undefined ? literal(0) : meaning(inner, extentOf, cursor);
    const { low, high } = rangeOf(e, (name) => extentOf(name) ?? 0);
    range = { low: range.low + stride * Math.min(low, 0), high: range.high + stride * Math.max(high, 0) };
    stride *= shape[axis] ?? 1;
    index.unshift(e);
    address = parts.outer;
  }
  if (shape.length === 0 && !(address?.kind === "number" && address.value === 0)) cursor.fail("a scalar has the subscript 0");
  requireInt32(range, "a subscript", cursor);
  return index;
}

interface Split {
  readonly outer: Tree | undefined;
  readonly inner: Tree | undefined;
}

function split(address: Tree | undefined, extent: number | undefined, cursor: Cursor): Split {
  if (address?.kind !== "binary" || address.operator !== "+") return { outer: undefined, inner: address };
  const { left, right } = address;
  if (left.kind !== "binary" || left.operator !== "*" || left.right.kind !== "number") return { outer: undefined, inner: address };
  if (left.right.value !== extent) cursor.fail(`a dimension of extent ${extent ?? 0} is flattened with ${left.right.value}`);
  return { outer: left.left, inner: right };
}

/** The controlling expression of an `if`: one condition, or several in parentheses that must all hold. */
export function readConditions(cursor: Cursor, extentOf: ExtentOf): readonly Condition[] {
  if (!isConjunction(cursor)) return [readCondition(cursor, extentOf)];
  const conditions: Condition[] = [];
  do {
    cursor.expect("(");
    conditions.push(readCondition(cursor, extentOf));
    cursor.expect(")");
  } while (cursor.accept("&&"));
  return conditions;
}

/** `(a >= 0) && …` against `(a + 1) >= 0`: what follows the first parenthesis tells. */
function isConjunction(cursor: Cursor): boolean {
  if (!cursor.sees("(")) return false;
  let depth = 0;
  for (let ahead = 0; cursor.peek(ahead).kind !== "end"; ahead++) {
    if (cursor.sees("(", ahead)) depth++;
    if (cursor.sees(")", ahead)) depth--;
    if (depth === 0) return cursor.sees("&&", ahead + 1);
  }
  return false;
}
