/**
 * The record `rounded`: the last step of a quantised value, written as one call. It means
 *
 *     cast.f32.T(add.f32(rint.f32(a), cast.T.f32(z)))        T = i8 or u8, `rounded_T`
 *
 * or, widened at once, as where a quantised value is read again as a float or as a factor,
 *
 *     cast.T.W(cast.f32.T(add.f32(rint.f32(a), cast.T.f32(z))))        W = i16 or i32, `rounded_T_W`
 *
 * and is printed for every such value and no other. Wide ones have no type of 8 bits inside:
 * compilers give all types in a loop vectors of as many bytes, and one byte for a lane would leave
 * floats a quarter of their registers. The others are that of i32 converted, which has these texts:
 *
 * - By Arm's instructions: VCVTR rounds in the mode in force and saturates, QADD and SSAT or USAT saturate, a NaN is left
 *   to select.
 * - Where floats are chosen in vector lanes without a branch: a is held between the floats that are the limits of T less
 *   z. These are integers, so that rounding stays between them; c + 1.5·2²³ has the bits of 1.5·2²³ plus rint(c), ties to
 *   even. A NaN becomes the lower limit, which is 0 for u8; for i8 it is left to select.
 * - In integers, after one addition: for |a| ≤ 2²², a + 1.5·2²³ has the bits of 1.5·2²³ plus rint(a); any
 *   other a is further from 0 than all that T and z can hold, and a NaN becomes 0. There is no
 *   branch and no comparison of floats, so that every a takes as long. The difference of bits is taken
 *   in unsigned numbers: for an a that it is not used for it can be more than 31 bits hold.
 *
 * That each is equal to the operators for all a and z is proved (test/backends/record-problems.ts).
 */
import type { Expr } from "../../ir/loop/program.js";
import { operandsOf } from "../../ir/loop/visit.js";
import type { FloatCompare } from "../backend.js";
import { cTypes } from "./names.js";

export type RoundedType = "i8" | "u8";
export const roundedTypes: readonly RoundedType[] = ["i8", "u8"];

/** To what a rounded value may be widened. */
type WideType = "i16" | "i32";
const wideTypes: readonly WideType[] = ["i16", "i32"];

/** Which of the records: T, and the type of the value. */
export interface RoundedForm {
  readonly type: RoundedType;
  readonly to: RoundedType | WideType;
}

export function roundedName({ type, to }: RoundedForm): string {
  return `rounded_${type}${to === type ? "" : `_${to}`}`;
}

/** Of a type; the first is that which the others convert. */
export function roundedForms(type: RoundedType): readonly RoundedForm[] {
  return [{ type, to: "i32" }, { type, to: type }, { type, to: "i16" }];
}

/** The record of this name. */
export function roundedFormOf(name: string): RoundedForm | undefined {
  return roundedTypes.flatMap(roundedForms).find((form) => roundedName(form) === name);
}

/** What is written as one call. */
export interface Rounded extends RoundedForm {
  readonly a: Expr;
  readonly z: Expr;
}

export function roundedOf(expr: Expr): Rounded | undefined {
  for (const type of roundedTypes) {
    const to = wideTypes.find((wide) => operandsOf(expr, `cast.${type}.${wide}`).length > 0);
    const narrow = to === undefined ? expr : operandsOf(expr, `cast.${type}.${to}`)[0];
    const [sum] = operandsOf(narrow, `cast.f32.${type}`);
    const [integral, zeroPoint] = operandsOf(sum, "add.f32");
    const [a] = operandsOf(integral, "rint.f32");
    const [z] = operandsOf(zeroPoint, `cast.${type}.f32`);
    if (a !== undefined && z !== undefined) return { type, to: to ?? type, a, z };
  }
  return undefined;
}

interface Operation<T> {
  readonly kind: "op";
  readonly op: string;
  readonly args: readonly (T | Operation<T>)[];
}

/** What a call means. */
export function roundedValue<T>({ type, to }: RoundedForm, a: T, z: T): Operation<T> {
  const op = (name: string, ...args: Operation<T>["args"]): Operation<T> => ({ kind: "op", op: name, args });
  const narrow = op(`cast.f32.${type}`, op("add.f32", op("rint.f32", a), op(`cast.${type}.f32`, z)));
  return to === type ? narrow : op(`cast.${type}.${to}`, narrow);
}

/** The definition of a record that converts that of i32. */
export function convertedLines(form: RoundedForm): readonly string[] {
  return [headOf(form), "{", `    return (${cTypes[form.to]})${roundedName({ type: form.type, to: "i32" })}(a, z);`, "}"];
}

/** The definition of the record of i32. */
export function roundedLines(type: RoundedType, compare: FloatCompare): readonly string[] {
  const head = headOf({ type, to: "i32" });
  const byInteger = [head, ...integerBody(type)];
  if (compare === "integer") return byInteger;
  return [
    "#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SAT) && defined(__ARM_FP)",
    `#define VCVTR(to, from) __asm__ ("vcvtr.s32.f32 %0, %1" : "=t" (to) : "t" (from))`,
    head,
    ...instructionBody(type),
    "#undef VCVTR",
    "#elif defined(__SSE2__) || defined(__aarch64__)",
    head,
    ...floatBody(type),
    "#else",
    ...byInteger,
    "#endif",
  ];
}

function headOf(form: RoundedForm): string {
  return `static inline ${cTypes[form.to]} ${roundedName(form)}(float a, ${cTypes[form.type]} z)`;
}

const limits: Readonly<Record<RoundedType, readonly [least: string, most: string]>> = { i8: ["(-128)", "127"], u8: ["0", "255"] };

function instructionBody(type: RoundedType): readonly string[] {
  return [
    "{",
    "    union { float value; int32_t bits; } y;",
    "    VCVTR(y.value, a);",
    `    const int32_t n = (int32_t)${type === "i8" ? "__builtin_arm_ssat" : "__builtin_arm_usat"}(__builtin_arm_qadd(y.bits, z), 8);`,
    "    return (a == a) ? n : 0;",
    "}",
  ];
}

/** Two choices of floats, one addition of them, one of integers: the limits are those of a whole loop. A NaN becomes the lower one. */
function floatBody(type: RoundedType): readonly string[] {
  const [least, most] = limits[type];
  const number = "(int32_t)((uint32_t)y.bits - 0x4b400000u) + z";
  return [
    "{",
    "    union { float value; int32_t bits; } y;",
    `    const float least = (float)(${least} - z);`,
    `    const float most = (float)(${most} - z);`,
    "    const float low = (a > least) ? a : least;",
    "    y.value = ((low < most) ? low : most) + 0x1.8p+23f;",
    type === "u8" ? `    return ${number};` : `    return (a == a) ? (${number}) : 0;`,
    "}",
  ];
}

/** 1024 is more than T and z together. */
function integerBody(type: RoundedType): readonly string[] {
  const [least, most] = limits[type];
  return [
    "{",
    "    union { float value; int32_t bits; } x, y;",
    "    x.value = a;",
    "    y.value = a + 0x1.8p+23f;",
    "    const int32_t magnitude = x.bits & 0x7fffffff;",
    "    const int32_t far = (x.bits < 0) ? (-1024) : 1024;",
    "    const int32_t near = (int32_t)((uint32_t)y.bits - 0x4b400000u);",
    "    const int32_t n = ((magnitude <= 0x4a800000) ? near : far) + z;",
    "    const int32_t number = (magnitude <= 0x7f800000) ? n : 0;",
    `    const int32_t low = (number > ${least}) ? number : ${least};`,
    `    return (low < ${most}) ? low : ${most};`,
    "}",
  ];
}
