/**
 * Reads values: C expressions of the subset become typed operator trees. Each
 * parenthesis holds one operator, so precedence never decides; the operand types
 * say which operator an infix symbol is, and must agree.
 */
import { maxValueDepth } from "../../ir/loop/visit.js";
import { signatureOf } from "../../ir/scalar/ops.js";
import { type Constant, type ElementType, type HalfType, bytesOf } from "../../ir/scalar/types.js";
import type { Cursor } from "./cursor.js";
import { elementTypeOf } from "./names.js";
import { infixOperator, operatorOfFunction } from "./operators.js";
import { nearDifferenceName, nearDifferenceType, nearDifferenceValue } from "./near-difference.js";
import { pairName } from "./pair.js";
import { type RoundedForm, type RoundedType, roundedFormOf, roundedName, roundedValue } from "./rounded.js";
import { widening } from "./widened.js";
import { floatBits, macroConstant, negated, takeInteger } from "./read-literal.js";

/** A value with its leaves: loads and index values in statements, names in scalar functions. */
export type Value<Leaf> =
  | Leaf
  | { readonly kind: "const"; readonly constant: Constant }
  | { readonly kind: "op"; readonly op: string; readonly args: readonly Value<Leaf>[] };

export interface Typed<T> {
  readonly value: T;
  readonly type: ElementType;
}

/** How the leaves of a value are read. */
export interface Leaves<Leaf> {
  /** The word is consumed and is neither a call nor a literal. */
  readonly word: (name: string, cursor: Cursor) => Typed<Value<Leaf>>;
  /** After `(int64_t)`: an index expression as an operand. */
  readonly index: (cursor: Cursor) => Leaf;
  /** After the name of the record `pair_f32` (pair.ts): its arguments. */
  readonly pair?: (cursor: Cursor) => Typed<Leaf>;
  /** The operand of a record `near` (rounded.ts), which has to be so. */
  readonly near?: (a: Value<Leaf>) => void;
  /** May this function be called here? */
  readonly defined: (op: string) => boolean;
}

/** A value where nothing binds to it: at most one operator outside parentheses. */
export function readBareValue<Leaf>(cursor: Cursor, leaves: Leaves<Leaf>): Typed<Value<Leaf>> {
  return readBare({ cursor, leaves, depth: 0 });
}

interface Reading<Leaf> {
  readonly cursor: Cursor;
  readonly leaves: Leaves<Leaf>;
  readonly depth: number;
}

const infixSymbols = ["+", "-", "*", "/", "<", "<=", "==", "!=", "&&", "||"];

function readBare<Leaf>(reading: Reading<Leaf>): Typed<Value<Leaf>> {
  const { cursor } = reading;
  if (reading.depth > maxValueDepth) cursor.fail("a value nests too deep");
  if (cursor.accept("!")) return operation("not.bool", [readOperand(reading)], cursor);
  if (cursor.accept("-")) return readNegative(cursor);
  if (cursor.sees("(") && elementTypeOf(cursor.peek(1).text) !== undefined && cursor.sees(")", 2)) return readCast(reading);
  const first = readOperand(reading);
  if (cursor.accept("?")) return readConditional(first, reading);
  const symbol = infixSymbols.find((s) => cursor.sees(s));
  if (symbol === undefined) return first;
  cursor.take();
  const op = infixOperator(symbol, first.type) ?? cursor.fail(`\`${symbol}\` is not used on ${first.type}`);
  return operation(op, [first, readOperand(reading)], cursor);
}

function readConditional<Leaf>(when: Typed<Value<Leaf>>, reading: Reading<Leaf>): Typed<Value<Leaf>> {
  const then = readOperand(reading);
  reading.cursor.expect(":");
  const otherwise = readOperand(reading);
  return operation(`select.${then.type}`, [when, then, otherwise], reading.cursor);
}

function operation<Leaf>(op: string, args: readonly Typed<Value<Leaf>>[], cursor: Cursor): Typed<Value<Leaf>> {
  const signature = signatureOf(op);
  const takes = signature.args.length === args.length && signature.args.every((type, k) => type === args[k]?.type);
  if (!takes) cursor.fail(`${op} takes (${signature.args.join(", ")}), not (${args.map(({ type }) => type).join(", ")})`);
  return { value: { kind: "op", op, args: args.map(({ value }) => value) }, type: signature.result };
}

function readOperand<Leaf>({ cursor, leaves, depth }: Reading<Leaf>): Typed<Value<Leaf>> {
  if (cursor.accept("(")) {
    const inner = readBare({ cursor, leaves, depth: depth + 1 });
    cursor.expect(")");
    return inner;
  }
  if (cursor.peek().kind === "number") return constant(readNumber(cursor));
  const name = cursor.expectKind("word", "a value");
  const literal = wordConstant(name);
  if (literal !== undefined) return constant(literal);
  return cursor.sees("(") ? readCall(name, { cursor, leaves, depth }) : leaves.word(name, cursor);
}

function constant<Leaf>(c: Constant): Typed<Value<Leaf>> {
  return { value: { kind: "const", constant: c }, type: c.type };
}

function readCall<Leaf>(name: string, { cursor, leaves, depth }: Reading<Leaf>): Typed<Value<Leaf>> {
  const rounded = roundedFormOf(name);
  if (rounded !== undefined && leaves.defined(name)) return readRounded(rounded, { cursor, leaves, depth });
  const difference = nearDifferenceType(name);
  if (difference !== undefined && leaves.defined(name)) return readNearDifference(difference, { cursor, leaves, depth });
  if (name === pairName && leaves.pair !== undefined) return leaves.pair(cursor);
  const op = operatorOfFunction(name);
  if (op === undefined || !leaves.defined(op)) return cursor.fail(`function ${name} is not defined above`);
  cursor.expect("(");
  const args: Typed<Value<Leaf>>[] = [];
  do args.push(readBare({ cursor, leaves, depth: depth + 1 }));
  while (cursor.accept(","));
  cursor.expect(")");
  return operation(op, args, cursor);
}

/** `(a, z)`: the operators that the record stands for. */
function readRounded<Leaf>(form: RoundedForm, { cursor, leaves, depth }: Reading<Leaf>): Typed<Value<Leaf>> {
  cursor.expect("(");
  const a = readBare({ cursor, leaves, depth: depth + 1 });
  cursor.expect(",");
  const z = readBare({ cursor, leaves, depth: depth + 1 });
  cursor.expect(")");
  if (a.type !== "f32" || z.type !== form.type) cursor.fail(`${roundedName(form)} takes (f32, ${form.type}), not (${a.type}, ${z.type})`);
  if (form.near) leaves.near?.(a.value);
  return { value: roundedValue(form, a.value, z.value), type: form.to };
}

/** `(a, z, from)`: the operators that the record stands for. */
function readNearDifference<Leaf>(type: RoundedType, { cursor, leaves, depth }: Reading<Leaf>): Typed<Value<Leaf>> {
  const operand = (before: string): Typed<Value<Leaf>> => {
    cursor.expect(before);
    return readBare({ cursor, leaves, depth: depth + 1 });
  };
  const [a, z, from] = [operand("("), operand(","), operand(",")] as const;
  cursor.expect(")");
  if (a.type !== "f32" || z.type !== type || from.type !== type) cursor.fail(`${nearDifferenceName(type)} takes (f32, ${type}, ${type}), not (${a.type}, ${z.type}, ${from.type})`);
  leaves.near?.(a.value);
  return { value: nearDifferenceValue(type, [a.value, z.value, from.value]), type: "f32" };
}

function wordConstant(name: string): Constant | undefined {
  if (name === "true" || name === "false") return { type: "bool", bits: name === "true" ? 1n : 0n };
  return macroConstant(name, "f32");
}

function readNumber(cursor: Cursor): Constant {
  const float = floatBits(cursor.peek().text);
  if (float === undefined) {
    const { type, value } = takeInteger(cursor);
    return { type, bits: value };
  }
  cursor.take();
  return float;
}

/** After a minus sign: a literal, never an operator. */
function readNegative<Leaf>(cursor: Cursor): Typed<Value<Leaf>> {
  if (cursor.accept("(")) {
    cursor.expect("double", ")", "INFINITY");
    return constant({ type: "f64", bits: 0xfff0000000000000n });
  }
  const macro = cursor.sees("INFINITY") ? macroConstant(cursor.take().text, "f32") : undefined;
  const float = macro ?? floatBits(cursor.peek().text);
  if (float === undefined) return constant(negativeInteger(cursor, undefined));
  if (macro === undefined) cursor.take();
  return constant(negated(float) ?? cursor.fail("nothing to negate"));
}

/** `5`, or `2147483647 - 1` for the least value, which has no literal. */
function negativeInteger(cursor: Cursor, as: ElementType | undefined): Constant {
  const { type, value } = takeInteger(cursor);
  if (type === "u32" || type === "u64") cursor.fail("an unsigned literal has no sign");
  const target = as ?? type;
  const least = 1n << BigInt(8 * bytesOf[type] - 1);
  if (as === undefined && value === least - 1n && cursor.accept("-")) {
    if (takeInteger(cursor).value !== 1n) cursor.fail("the least value ends in `- 1`");
    return { type, bits: least };
  }
  if (value === 0n || value > 1n << BigInt(8 * bytesOf[target] - 1)) cursor.fail(`-${value} is no literal of ${target}`);
  return { type: target, bits: BigInt.asUintN(8 * bytesOf[target], -value) };
}

/** `(int8_t)5` and its like, an infinity or NaN of f64, or an index as an i64. */
function readCast<Leaf>({ cursor, leaves }: Reading<Leaf>): Typed<Value<Leaf>> {
  cursor.expect("(");
  const type = elementTypeOf(cursor.take().text);
  cursor.expect(")");
  if (type === "i8" && cursor.peek().kind === "word") return readByte(cursor, leaves);
  switch (type) {
    case "i64":
      return { value: leaves.index(cursor), type: "i64" };
    case "f64":
      return constant(macroConstant(cursor.take().text, "f64") ?? cursor.fail("expected INFINITY or NAN"));
    case "i8":
    case "i16":
    case "u8":
    case "u16":
    case "f16":
    case "bf16":
      return constant(narrowConstant(cursor, type));
    default:
      return cursor.fail("casts are written as functions");
  }
}

/** After `(int8_t)`: an element that stands as 16 bits, as the byte that it is. */
function readByte<Leaf>(cursor: Cursor, leaves: Leaves<Leaf>): Typed<Value<Leaf>> {
  const name = cursor.take().text;
  const { value } = leaves.word(name, cursor);
  const byte = widenedOperand(value);
  return byte === undefined ? cursor.fail(`an element of ${name} does not stand as 16 bits`) : { value: byte, type: "i8" };
}

function widenedOperand<Leaf>(value: Value<Leaf>): Value<Leaf> | undefined {
  return typeof value === "object" && value !== null && "args" in value && "op" in value && value.op === widening ? value.args[0] : undefined;
}

function narrowConstant(cursor: Cursor, type: "i8" | "i16" | "u8" | "u16" | HalfType): Constant {
  const signed = type === "i8" || type === "i16";
  if (signed && cursor.accept("-")) return negativeInteger(cursor, type);
  const literal = takeInteger(cursor);
  const fits = literal.type === (signed ? "i32" : "u32") && literal.value < 1n << BigInt(8 * bytesOf[type] - (signed ? 1 : 0));
  return fits ? { type, bits: literal.value } : cursor.fail(`${literal.value} is no literal of ${type}`);
}
