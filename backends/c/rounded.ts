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
 * - By Arm's instructions: VCVTR rounds in the mode in force and saturates, QADD and SSAT or USAT saturate, and a NaN is
 *   unordered with itself. They are one text, after which the compiler is told the range: of several built-in functions gcc
 *   extends the sign of what has it already and selects in two places (a keyword spotting network: 4 % more instructions).
 *   clang has no name for the flags that VCMP sets.
 * - Where floats are chosen in vector lanes without a branch: a is held between the floats that are the limits of T less
 *   z. These are integers, so that rounding stays between them; c + 1.5·2²³ has the bits of 1.5·2²³ plus rint(c), ties to
 *   even. A NaN becomes the lower limit, which is 0 for u8; for i8 it is left to select.
 * - In integers, after one addition: for |a| ≤ 2²², a + 1.5·2²³ has the bits of 1.5·2²³ plus rint(a); any
 *   other a is further from 0 than all that T and z can hold, and a NaN becomes 0. There is no
 *   branch and no comparison of floats, so that every a takes as long. The difference of bits is taken
 *   in unsigned numbers: for an a that it is not used for it can be more than 31 bits hold.
 *
 * `near_T` and `near_T_W` mean the same and are printed where |a| is known to be at most 2³⁰ (magnitude.ts), as of a sum of
 * integers times a quotient of scales: the reader checks it. Such an a is no NaN, so that nothing is tested, and no sum with z
 * overflows. Where z is known to the compiler and is the lower limit of i8, as after a Relu, the sum is held before z
 * is added, and a difference from that zero point later takes nothing.
 *
 * That each is equal to the operators for all a and z, or for these, is proved (test/backends/record-problems.ts).
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

/** Records of one text: T, and whether a is near. */
export interface RoundedKind {
  readonly type: RoundedType;
  readonly near: boolean;
}

/** In the order of their definitions. */
export const roundedKinds: readonly RoundedKind[] = roundedTypes.flatMap((type) => [{ type, near: false }, { type, near: true }]);

/** Which of the records: its kind, and the type of the value. */
export interface RoundedForm extends RoundedKind {
  readonly to: RoundedType | WideType;
}

export function roundedName({ type, near, to }: RoundedForm): string {
  return `${near ? "near" : "rounded"}_${type}${to === type ? "" : `_${to}`}`;
}

/** Of a kind; the first is that which the others convert. */
export function roundedForms(kind: RoundedKind): readonly [RoundedForm, ...RoundedForm[]] {
  return [{ ...kind, to: "i32" }, { ...kind, to: kind.type }, { ...kind, to: "i16" }];
}

/** The record of this name. */
export function roundedFormOf(name: string): RoundedForm | undefined {
  return roundedKinds.flatMap((kind): readonly RoundedForm[] => roundedForms(kind)).find((form) => roundedName(form) === name);
}

/** What is no further from 0 is near. */
export const nearest = 2 ** 30;

/** What is written as one call. */
export interface Rounded extends RoundedForm {
  readonly a: Expr;
  readonly z: Expr;
}

/** As which record a value is written, where `isNear` says which numbers are near. */
export function roundedOf(expr: Expr, isNear: (a: Expr) => boolean): Rounded | undefined {
  for (const type of roundedTypes) {
    const to = wideTypes.find((wide) => operandsOf(expr, `cast.${type}.${wide}`).length > 0);
    const narrow = to === undefined ? expr : operandsOf(expr, `cast.${type}.${to}`)[0];
    const [sum] = operandsOf(narrow, `cast.f32.${type}`);
    const [integral, zeroPoint] = operandsOf(sum, "add.f32");
    const [a] = operandsOf(integral, "rint.f32");
    const [z] = operandsOf(zeroPoint, `cast.${type}.f32`);
    if (a !== undefined && z !== undefined) return { type, near: isNear(a), to: to ?? type, a, z };
  }
  return undefined;
}

interface Operation<T> {
  readonly kind: "op";
  readonly op: string;
  readonly args: readonly (T | Operation<T>)[];
}

/** What a call means. */
export function roundedValue<T>({ type, to }: Pick<RoundedForm, "type" | "to">, a: T, z: T): Operation<T> {
  const op = (name: string, ...args: Operation<T>["args"]): Operation<T> => ({ kind: "op", op: name, args });
  const narrow = op(`cast.f32.${type}`, op("add.f32", op("rint.f32", a), op(`cast.${type}.f32`, z)));
  return to === type ? narrow : op(`cast.${type}.${to}`, narrow);
}

/** The definition of a record that converts that of i32. */
export function convertedLines(form: RoundedForm): readonly string[] {
  return [headOf(form), "{", `    return (${cTypes[form.to]})${roundedName({ ...form, to: "i32" })}(a, z);`, "}"];
}

/** Before the text of instructions. */
export const armCores = "#if defined(__GNUC__) && !defined(__clang__) && defined(__thumb2__) && defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SAT) && defined(__ARM_FP)";

/** The definition of the record of i32. */
export function roundedLines(kind: RoundedKind, compare: FloatCompare): readonly string[] {
  const head = headOf({ ...kind, to: "i32" });
  const byInteger = [head, ...integerBody(kind)];
  if (compare === "integer") return byInteger;
  return [
    armCores,
    ...(kind.near ? nearInstructions(kind.type, head, (n) => n) : instructions(kind.type, head)),
    "#elif defined(__SSE2__) || defined(__aarch64__)",
    head,
    ...floatBody(kind),
    "#else",
    ...byInteger,
    "#endif",
  ];
}

function headOf(form: RoundedForm): string {
  return `static inline ${cTypes[form.to]} ${roundedName(form)}(float a, ${cTypes[form.type]} z)`;
}

const limits: Readonly<Record<RoundedType, readonly [least: string, most: string]>> = { i8: ["(-128)", "127"], u8: ["0", "255"] };
const saturate = { i8: "ssat", u8: "usat" } as const;

/** %0 the number, %1 a float beside it, %2 a, %3 z; of a NaN, which is unordered with itself, V is set. */
function instructions(type: RoundedType, head: string): readonly string[] {
  const text = ["vcvtr.s32.f32 %1, %2", "vcmp.f32 %2, %2", "vmov %0, %1", "vmrs APSR_nzcv, fpscr", "qadd %0, %0, %3", `${saturate[type]} %0, #8, %0`, "it vs", "movvs %0, #0"];
  return [
    `#define ROUNDED(n, whole, a, z) __asm__ ("${text.join(String.raw`\n\t`)}" : "=&r" (n), "=&t" (whole) : "t" (a), "r" (z) : "cc", "vfpcc")`,
    head,
    "{",
    "    int32_t n;",
    "    float whole;",
    "    ROUNDED(n, whole, a, (int32_t)z);",
    ...knownRange(type),
    "    return n;",
    "}",
    "#undef ROUNDED",
  ];
}

/** Two texts: between them the compiler may add a z that it knows, or hold a sum by other limits. `result` says what is made of the value. */
export function nearInstructions(type: RoundedType, head: string, result: (n: string) => string): readonly string[] {
  return [
    String.raw`#define NEAREST(n, whole, a) __asm__ ("vcvtr.s32.f32 %1, %2\n\tvmov %0, %1" : "=r" (n), "=t" (whole) : "t" (a))`,
    `#define SATURATED(n, number) __asm__ ("${saturate[type]} %0, #8, %1" : "=r" (n) : "r" (number))`,
    head,
    "{",
    "    int32_t n;",
    "    float whole;",
    "    NEAREST(n, whole, a);",
    ...(type === "i8" ? [
      "    if (__builtin_constant_p(z) && (z == (-128))) {",
      "        const int32_t low = (n > 0) ? n : 0;",
      `        return ${result("((low < 255) ? low : 255) - 128")};`,
      "    }",
    ] : []),
    "    SATURATED(n, n + z);",
    ...knownRange(type),
    `    return ${result("n")};`,
    "}",
    "#undef NEAREST",
    "#undef SATURATED",
  ];
}

/** What the compiler is told of what it does not see. */
function knownRange(type: RoundedType): readonly string[] {
  const [least, most] = limits[type];
  return [`    if ((n < ${least}) || (n > ${most})) {`, "        __builtin_unreachable();", "    }"];
}

/** Two choices of floats, one addition of them, one of integers: the limits are those of a whole loop. A NaN becomes the lower one. */
function floatBody({ type, near }: RoundedKind): readonly string[] {
  const [least, most] = limits[type];
  const number = "(int32_t)((uint32_t)y.bits - 0x4b400000u) + z";
  return [
    "{",
    "    union { float value; int32_t bits; } y;",
    `    const float least = (float)(${least} - z);`,
    `    const float most = (float)(${most} - z);`,
    "    const float low = (a > least) ? a : least;",
    "    y.value = ((low < most) ? low : most) + 0x1.8p+23f;",
    type === "u8" || near ? `    return ${number};` : `    return (a == a) ? (${number}) : 0;`,
    "}",
  ];
}

/** 1024 is more than T and z together. */
function integerBody({ type, near }: RoundedKind): readonly string[] {
  const [least, most] = limits[type];
  const n = "((magnitude <= 0x4a800000) ? near : far) + z";
  return [
    "{",
    "    union { float value; int32_t bits; } x, y;",
    "    x.value = a;",
    "    y.value = a + 0x1.8p+23f;",
    "    const int32_t magnitude = x.bits & 0x7fffffff;",
    "    const int32_t far = (x.bits < 0) ? (-1024) : 1024;",
    "    const int32_t near = (int32_t)((uint32_t)y.bits - 0x4b400000u);",
    ...(near ? [`    const int32_t number = ${n};`] : [`    const int32_t n = ${n};`, "    const int32_t number = (magnitude <= 0x7f800000) ? n : 0;"]),
    `    const int32_t low = (number > ${least}) ? number : ${least};`,
    `    return (low < ${most}) ? low : ${most};`,
    "}",
  ];
}
