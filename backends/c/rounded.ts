/**
 * The record `rounded`: the last step of a quantised value, written as one call. It means
 *
 *     cast.f32.T(add.f32(rint.f32(a), cast.T.f32(z)))        T = i8 or u8
 *
 * and is printed for every such value and no other. Its text computes in integers after one
 * addition: for |a| ≤ 2²², a + 1.5·2²³ has the bits of 1.5·2²³ plus rint(a), ties to even; any
 * other a is further from 0 than all that T and z can hold, and a NaN becomes 0. There is no
 * branch and no comparison of floats, so that every a takes as long. The difference of bits is taken
 * in unsigned numbers: for an a that it is not used for it can be more than 31 bits hold. That the text is equal
 * to the operators for all a and z is proved (test/backends/record-problems.ts).
 */
import type { Expr } from "../../ir/loop/program.js";
import { operandsOf } from "../../ir/loop/visit.js";
import type { FloatCompare } from "../backend.js";
import { cTypes } from "./names.js";

export type RoundedType = "i8" | "u8";
export const roundedTypes: readonly RoundedType[] = ["i8", "u8"];

export function roundedName(type: RoundedType): string {
  return `rounded_${type}`;
}

/** The type that a function of this name rounds to. */
export function roundedTypeOf(name: string): RoundedType | undefined {
  return roundedTypes.find((type) => roundedName(type) === name);
}

/** What is written as one call. */
export interface Rounded {
  readonly type: RoundedType;
  readonly a: Expr;
  readonly z: Expr;
}

export function roundedOf(expr: Expr): Rounded | undefined {
  for (const type of roundedTypes) {
    const [sum] = operandsOf(expr, `cast.f32.${type}`);
    const [integral, zeroPoint] = operandsOf(sum, "add.f32");
    const [a] = operandsOf(integral, "rint.f32");
    const [z] = operandsOf(zeroPoint, `cast.${type}.f32`);
    if (a !== undefined && z !== undefined) return { type, a, z };
  }
  return undefined;
}

interface Operation<T> {
  readonly kind: "op";
  readonly op: string;
  readonly args: readonly (T | Operation<T>)[];
}

/** What a call means. */
export function roundedValue<T>(type: RoundedType, a: T, z: T): Operation<T> {
  const op = (name: string, ...args: Operation<T>["args"]): Operation<T> => ({ kind: "op", op: name, args });
  return op(`cast.f32.${type}`, op("add.f32", op("rint.f32", a), op(`cast.${type}.f32`, z)));
}

/**
 * The definition. Where gcc says that an Arm core converts floats and saturates, by its instructions: VCVTR rounds in the
 * mode in force and saturates, QADD and SSAT or USAT saturate, and a NaN is unordered with itself. They are one text, after
 * which the compiler is told the range: of several built-in functions it extends the sign of what has it already, and selects
 * in two places (a keyword spotting network: 4 % more instructions). clang has no name for the flags that VCMP sets.
 */
export function roundedLines(type: RoundedType, compare: FloatCompare): readonly string[] {
  const head = `static inline ${cTypes[type]} ${roundedName(type)}(float a, ${cTypes[type]} z)`;
  const byInteger = [head, ...integerBody(type)];
  if (compare === "integer") return byInteger;
  const [saturate, least, most] = type === "i8" ? ["ssat", "(-128)", "127"] : ["usat", "0", "255"];
  const instructions = ["vcvtr.s32.f32 %1, %2", "vcmp.f32 %2, %2", "vmov %0, %1", "vmrs APSR_nzcv, fpscr", "qadd %0, %0, %3", `${saturate} %0, #8, %0`, "it vs", "movvs %0, #0"];
  return [
    "#if defined(__GNUC__) && !defined(__clang__) && defined(__thumb2__) && defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SAT) && defined(__ARM_FP)",
    `#define ROUNDED(n, whole, a, z) __asm__ ("${instructions.join(String.raw`\n\t`)}" : "=&r" (n), "=&t" (whole) : "t" (a), "r" (z) : "cc", "vfpcc")`,
    head,
    "{",
    "    int32_t n;",
    "    float whole;",
    "    ROUNDED(n, whole, a, (int32_t)z);",
    `    if ((n < ${least}) || (n > ${most})) {`,
    "        __builtin_unreachable();",
    "    }",
    `    return (${cTypes[type]})n;`,
    "}",
    "#undef ROUNDED",
    "#else",
    ...byInteger,
    "#endif",
  ];
}

/** In integers, after one addition; 1024 is more than T and z together. */
function integerBody(type: RoundedType): readonly string[] {
  const [c, least, most] = type === "i8" ? [cTypes.i8, "(-128)", "127"] : [cTypes.u8, "0", "255"];
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
    `    return (${c})((low < ${most}) ? low : ${most});`,
    "}",
  ];
}
