/**
 * The record `near_T_f32`: a quantised value that is read again as a float, less the zero point of the reader. It means
 *
 *     cast.i32.f32(subw.i32(cast.T.i32(cast.f32.T(add.f32(rint.f32(a), cast.T.f32(z)))), cast.T.i32(from)))        T = i8 or u8
 *
 * and is printed for every such value where a is near (rounded.ts), and for no other. By Arm's instructions it is the difference,
 * converted: floats cost more there than integers. Elsewhere all but the choice of limits is in floats: a + 1.5·2²³ has the bits of 1.5·2²³ plus rint(a) for |a| ≤ 2²², ties to even, and any other a leaves it on its side
 * of the limits. These are compared as integers, which compilers choose between with one instruction; of
 * floats they make a comparison and a choice, because they add to both numbers before they choose. The last
 * subtraction is of integers below 2²⁴, which floats hold exactly, and so is 1.5·2²³ − z + from. It makes +0 of equal numbers, as the
 * conversion of 0 does. An infinity would be held like any other, but a NaN is neither large nor small: hence near.
 *
 * That it is equal to the operators for all of these a, z and from is proved (test/backends/record-problems.ts).
 */
import type { Expr } from "../../ir/loop/program.js";
import { operandsOf } from "../../ir/loop/visit.js";
import type { FloatCompare } from "../backend.js";
import { cTypes } from "./names.js";
import { type RoundedType, armCores, nearInstructions, roundedOf, roundedTypes, roundedValue } from "./rounded.js";

/** What is written as one call. */
export interface NearDifference {
  readonly type: RoundedType;
  readonly a: Expr;
  readonly z: Expr;
  readonly from: Expr;
}

export function nearDifferenceName(type: RoundedType): string {
  return `near_${type}_f32`;
}

/** The type of which this is the record's name. */
export function nearDifferenceType(name: string): RoundedType | undefined {
  return roundedTypes.find((type) => nearDifferenceName(type) === name);
}

/** The operands of the record that a value is written as, where `isNear` says which numbers are near. */
export function nearDifferenceOf(expr: Expr, isNear: (a: Expr) => boolean): NearDifference | undefined {
  const [difference] = operandsOf(expr, "cast.i32.f32");
  const [minuend, subtrahend] = operandsOf(difference, "subw.i32");
  const rounded = minuend === undefined ? undefined : roundedOf(minuend, isNear);
  if (rounded?.near !== true || rounded.to !== "i32") return undefined;
  const [from] = operandsOf(subtrahend, `cast.${rounded.type}.i32`);
  return from === undefined ? undefined : { type: rounded.type, a: rounded.a, z: rounded.z, from };
}

type Operation<T> = ReturnType<typeof roundedValue<T>>;

/** What a call means. */
export function nearDifferenceValue<T>(type: RoundedType, [a, z, from]: readonly [T, T, T]): Operation<T> {
  const op = (name: string, ...args: Operation<T>["args"]): Operation<T> => ({ kind: "op", op: name, args });
  return op("cast.i32.f32", op("subw.i32", roundedValue({ type, to: "i32" }, a, z), op(`cast.${type}.i32`, from)));
}

const limits: Readonly<Record<RoundedType, readonly [least: string, most: string]>> = { i8: ["0x4b3fff80", "0x4b40007f"], u8: ["0x4b400000", "0x4b4000ff"] };

/** The definition of the record. */
export function nearDifferenceLines(type: RoundedType, compare: FloatCompare): readonly string[] {
  const head = `static inline float ${nearDifferenceName(type)}(float a, ${cTypes[type]} z, ${cTypes[type]} from)`;
  const byFloats = [head, ...floatBody(type)];
  if (compare === "integer") return byFloats;
  return [armCores, ...nearInstructions(type, head, (n) => `(float)((${n}) - from)`), "#else", ...byFloats, "#endif"];
}

/** How many tokens stand before its name: one is a line of the preprocessor. */
export function nearDifferenceAfter(compare: FloatCompare): number {
  return compare === "integer" ? 3 : 6;
}

/** 0x4b400000 are the bits of 1.5·2²³, 0xc00000 is that number. */
function floatBody(type: RoundedType): readonly string[] {
  const [least, most] = limits[type];
  return [
    "{",
    "    union { float value; int32_t bits; } y;",
    "    y.value = a + 0x1.8p+23f;",
    `    const int32_t least = ${least} - z;`,
    `    const int32_t most = ${most} - z;`,
    "    const int32_t low = (y.bits > least) ? y.bits : least;",
    "    y.bits = (low < most) ? low : most;",
    "    return y.value - (float)((0xc00000 - z) + from);",
    "}",
  ];
}
