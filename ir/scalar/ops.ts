/**
 * The scalar operators: what exists, with which operand and result types. An
 * identifier is `name.type`, the type being that of the operands (`lt.f32` takes
 * f32 and gives bool); conversions name both, `cast.FROM.TO`. What each computes
 * is in arith.ts; named functions (`exp.f32`) are terms of the others.
 *
 * | Name                     | Types          | Meaning |
 * |--------------------------|----------------|---------|
 * | add sub mul div neg abs  | floats         | IEEE 754, round to nearest even, subnormals kept |
 * | fma                      | floats         | a·b + c, rounded once |
 * | sqrt                     | floats         | correctly rounded |
 * | floor ceil rint trunc    | floats         | to an integral value; rint takes ties to even; the sign of zero is kept |
 * | add sub mul neg abs      | integers       | the exact result, which must fit the type: overflow is an error, proved absent |
 * | div rem                  | integers       | as C: the quotient truncates, the remainder has the sign of the dividend; divisor ≠ 0 |
 * | addw subw mulw           | integers       | modulo 2ⁿ, two's complement |
 * | divw remw                | integers       | as div and rem, and total: a/0 is 0, the least integer by −1 is itself; remw(a, b) = a − b·divw(a, b) |
 * | max min                  | integers       | |
 * | band bor bxor            | integers       | bit by bit on two's complement |
 * | shl shr sar              | integers       | left; logical right; arithmetic right; the amount counts modulo the width, shl drops bits |
 * | lt le eq                 | numbers        | bool; false where an operand is NaN; −0 equals +0 |
 * | and or xor not eq        | bool           | |
 * | select                   | all            | select.T(bool, T, T) |
 * | cast.FROM.TO             | all but f16 and bf16, FROM ≠ TO | see below |
 * | bitcast.FROM.TO          | equal size     | same bits; a NaN is made canonical first; no bool |
 *
 * Casts. Float to integer truncates toward zero and saturates; NaN gives 0. Integer
 * to integer keeps the low bits. Integer to float and f64 to f32 round to nearest
 * even, once. To bool is `!= 0` (NaN gives 1); from bool is 0 or 1. Of f16 and bf16 there
 * are the casts of functions/half.ts; Cast puts the others together from them.
 */
import { InvariantViolation } from "../prelude.js";
import { scalarFunctions } from "./functions/index.js";
import type { ScalarFunction } from "./term.js";
import { bytesOf, elementTypes, isFloat, isHalf, isInteger } from "./types.js";
import type { ElementType } from "./types.js";

export interface Signature {
  readonly args: readonly ElementType[];
  readonly result: ElementType;
}

const numberTypes = elementTypes.filter((type) => isFloat(type) || isInteger(type));
const floatTypes = elementTypes.filter(isFloat);
export const integerTypes = numberTypes.filter(isInteger);

const unaryNames = ["neg", "abs"];
const floatUnaryNames = ["sqrt", "floor", "ceil", "rint", "trunc"];
const binaryNames = ["add", "sub", "mul", "div"];
const integerBinaryNames = ["rem", "addw", "subw", "mulw", "divw", "remw", "max", "min", "band", "bor", "bxor", "shl", "shr", "sar"];
const comparisonNames = ["lt", "le", "eq"];
const boolBinaryNames = ["and", "or", "xor", "eq"];

type Entry = readonly [op: string, signature: Signature];

function entries(names: readonly string[], types: readonly ElementType[], arity: number, result?: ElementType): Entry[] {
  return types.flatMap((type) =>
    names.map((name): Entry => [`${name}.${type}`, { args: new Array<ElementType>(arity).fill(type), result: result ?? type }]),
  );
}

function conversion(kind: "cast" | "bitcast", from: ElementType, to: ElementType): Entry {
  return [`${kind}.${from}.${to}`, { args: [from], result: to }];
}

/** Whether `bitcast.FROM.TO` exists (for FROM ≠ TO). */
export function reinterprets(from: ElementType, to: ElementType): boolean {
  return from !== "bool" && to !== "bool" && bytesOf[from] === bytesOf[to];
}

function conversions(): Entry[] {
  const pairs = elementTypes.flatMap((from) => elementTypes.filter((to) => to !== from).map((to) => [from, to] as const));
  return [
    ...pairs.filter(([from, to]) => !isHalf(from) && !isHalf(to)).map(([from, to]) => conversion("cast", from, to)),
    ...pairs.filter(([from, to]) => reinterprets(from, to)).map(([from, to]) => conversion("bitcast", from, to)),
  ];
}

const basic: ReadonlyMap<string, Signature> = new Map([
  ...entries(unaryNames, numberTypes, 1),
  ...entries(floatUnaryNames, floatTypes, 1),
  ...entries(binaryNames, numberTypes, 2),
  ...entries(["fma"], floatTypes, 3),
  ...entries(integerBinaryNames, integerTypes, 2),
  ...entries(comparisonNames, numberTypes, 2, "bool"),
  ...entries(boolBinaryNames, ["bool"], 2),
  ...entries(["not"], ["bool"], 1),
  ...elementTypes.map((type): Entry => [`select.${type}`, { args: ["bool", type, type], result: type }]),
  ...conversions(),
]);

const functions: ReadonlyMap<string, ScalarFunction> = new Map(scalarFunctions.map((f) => [`${f.name}.${f.type}`, f]));

/** Every basic operator, the ones that are not terms of others. */
export const basicOperators: readonly string[] = [...basic.keys()];

/** Every named function, as an operator identifier. */
export const functionOperators: readonly string[] = [...functions.keys()];

export function isOperator(op: string): boolean {
  return basic.has(op) || functions.has(op);
}

/** The term of a named function such as `exp.f32`; undefined for basic operators and unknown names. */
export function scalarFunction(op: string): ScalarFunction | undefined {
  return functions.get(op);
}

/** Operand and result types of an operator; throws InvariantViolation where there is none of that name. */
export function signatureOf(op: string): Signature {
  const known = basic.get(op);
  if (known !== undefined) return known;
  const named = functions.get(op);
  if (named === undefined) throw new InvariantViolation(`unknown scalar operator ${op}`);
  return { args: named.params.map(({ type }) => type), result: named.result };
}
