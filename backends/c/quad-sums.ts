/**
 * The records `sum4_i16` and `difference4_i16`: four neighbours of 16 bits added or subtracted at once, for the cores that
 * have an instruction for two of them (Arm's SADD16 and SSUB16). They mean the unrolled loop
 *
 *     for k in 0..4 { y[e + k] = cast.i32.i16(addw.i32(cast.i16.i32(x[j + k]), cast.i16.i32(z[m + k]))) }
 *
 * with subw.i32 for the difference, and are printed for every such loop and no other. Both halves wrap around in 16 bits,
 * as the conversion of the sum does; what saturates, QADD16, has no record.
 *
 * y is a temporary, x and z are temporaries or weights, and all begin at an address that 8 divides, which the reader checks
 * as it does for four steps of a sum (dot.ts). So two of these quads are the same or have no element in common, whatever places
 * of an arena the buffers share: a step of the loop never reads what another has written, and it does not
 * matter that the instructions load all elements before they store one.
 */
import { mentions } from "../../ir/loop/affine.js";
import type { Buffer, Expr, Load, Loop, Program, Store } from "../../ir/loop/program.js";
import { buffersByName, loopsOf, operandsOf } from "../../ir/loop/visit.js";
import { firstAlong, quadSteps, startsQuad } from "./dot.js";

export const quadSumKinds = ["sum", "difference"] as const;
export type QuadSumKind = (typeof quadSumKinds)[number];

const operators: Readonly<Record<QuadSumKind, string>> = { sum: "addw.i32", difference: "subw.i32" };
const instructions: Readonly<Record<QuadSumKind, string>> = { sum: "sadd16", difference: "ssub16" };
const signs: Readonly<Record<QuadSumKind, string>> = { sum: "+", difference: "-" };

/** The name in the text. */
export function quadSumName(kind: QuadSumKind): string {
  return `${kind}${quadSteps}_i16`;
}

function headOf(kind: QuadSumKind): string {
  return `static inline void ${quadSumName(kind)}(int16_t *y, const int16_t *x, const int16_t *z)`;
}

/**
 * The definition. By the instructions the compiler chooses registers and sees the loads and the store, for which it writes LDRD and
 * STRD: a number of 64 bits that asm reads is never taken apart, while gcc makes loads of single words of one that built-in functions
 * read. %Q is its low word, %R its high one. The GE flags, which the instructions set, nothing in the text reads.
 */
export function quadSumLines(kind: QuadSumKind): readonly string[] {
  return definitions[kind];
}

const condition = "#if defined(__GNUC__) && !defined(__clang__) && defined(__thumb2__) && defined(__ARM_FEATURE_DSP) && (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)";

function linesOf(kind: QuadSumKind): readonly string[] {
  const name = instructions[kind];
  return [
    condition,
    `#define ${quadSumName(kind).toUpperCase()} __asm__("${name} %Q0, %Q0, %Q1\\n\\t${name} %R0, %R0, %R1" : "+&r"(four) : "r"(other))`,
    headOf(kind),
    "{",
    "    typedef int64_t four_of_i16 __attribute__((may_alias));",
    "    int64_t four = *(const four_of_i16 *)x;",
    "    const int64_t other = *(const four_of_i16 *)z;",
    `    ${quadSumName(kind).toUpperCase()};`,
    "    *(four_of_i16 *)y = four;",
    "}",
    "#else",
    headOf(kind),
    "{",
    ...Array.from({ length: quadSteps }, (_, k) => `    y[${k}] = (int16_t)((int32_t)x[${k}] ${signs[kind]} (int32_t)z[${k}]);`),
    "}",
    "#endif",
  ];
}

const definitions: Readonly<Record<QuadSumKind, readonly string[]>> = { sum: linesOf("sum"), difference: linesOf("difference") };

/** One record: where the first of each operand lies. */
export interface QuadSum {
  readonly kind: QuadSumKind;
  readonly store: Store;
  readonly x: Load;
  readonly z: Load;
}

type Buffers = ReadonlyMap<string, Buffer>;

/** The operands of a sum or a difference of numbers of 16 bits that is one again. */
export function shortSumOf(value: Expr): { readonly kind: QuadSumKind; readonly x: Load; readonly z: Load } | undefined {
  const [wide] = operandsOf(value, "cast.i32.i16");
  const kind = quadSumKinds.find((of) => operandsOf(wide, operators[of]).length > 0);
  if (kind === undefined) return undefined;
  const [x, z] = operandsOf(wide, operators[kind]).map((operand) => operandsOf(operand, "cast.i16.i32")[0]);
  return x?.kind === "load" && z?.kind === "load" ? { kind, x, z } : undefined;
}

/** What the reader makes of a record: the loop that `quadSumOf` takes for one. */
export function quadSumValue(kind: QuadSumKind, x: Load, z: Load): Expr {
  const wide = (load: Load): Expr => ({ kind: "op", op: "cast.i16.i32", args: [load] });
  return { kind: "op", op: "cast.i32.i16", args: [{ kind: "op", op: operators[kind], args: [wide(x), wide(z)] }] };
}

/** The record that a loop is printed as, if it is one. */
export function quadSumOf({ variable: k, extent, mode, body: [store, ...others] }: Loop, buffers: Buffers): QuadSum | undefined {
  if (mode !== "unrolled" || extent !== quadSteps || store?.kind !== "store" || others.length > 0) return undefined;
  const found = shortSumOf(store.value);
  const [first, x, z] = [store, found?.x, found?.z].map((access) => (access === undefined ? undefined : quadFrom(access, k, buffers)));
  if (found === undefined || first === undefined || x === undefined || z === undefined || buffers.get(store.buffer)?.kind !== "temp") return undefined;
  return { kind: found.kind, store: { ...store, index: first }, x: { ...found.x, index: x }, z: { ...found.z, index: z } };
}

/** Where the first element of 16 bits of an access lies, if its four start where 8 divides the address. */
function quadFrom({ buffer: name, index }: Pick<Load, "buffer" | "index">, k: string, buffers: Buffers): Load["index"] | undefined {
  const buffer = buffers.get(name);
  if (buffer?.type !== "i16" || !index.some((e) => mentions(e, k))) return undefined;
  const first = firstAlong({ buffer: name, index }, k, buffer);
  return first !== undefined && startsQuad(first, buffers) ? first.index : undefined;
}

/** The records of a program. */
export function quadSumsOf(program: Program): readonly QuadSum[] {
  const byName = buffersByName(program);
  return loopsOf(program).flatMap((loop) => quadSumOf(loop, byName) ?? []);
}

/** The definitions that a program needs, in the order of the text. */
export function quadSumsDefined(sums: readonly QuadSum[]): readonly QuadSumKind[] {
  return quadSumKinds.filter((kind) => sums.some((sum) => sum.kind === kind));
}

/** Weights that a record reads. */
export function quadSumWeights(program: Program): ReadonlySet<string> {
  const byName = buffersByName(program);
  const read = quadSumsOf(program).flatMap(({ x, z }) => [x.buffer, z.buffer]);
  return new Set(read.filter((name) => byName.get(name)?.kind === "weight"));
}
