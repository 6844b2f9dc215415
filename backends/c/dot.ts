/**
 * The record `dot2`: two steps of a sum that follow each other, written as one call for the
 * cores that have an instruction for them (Arm's SMLAD). It means the unrolled loop
 *
 *     for k in 0..2 { a[i] = addw.i32(a[i], mulw.i32(cast.i16.i32(x[j + k]), cast.i16.i32(y[m + k]))) }
 *
 * and is printed for every such loop and no other, so that one program has one text. x and y
 * are i16 or weights of i8 that stand in the text as 16 bits (widened.ts). The sums
 * wrap around in 32 bits on both sides, and in this order: nothing is reassociated. vpmaddubsw
 * and its like, which saturate within a pair, have no record.
 */
import { type IndexExpr, plus, sameIndex, substitute, variable, zero } from "../../ir/loop/index-expr.js";
import { affineIn, mentions } from "../../ir/loop/affine.js";
import type { Buffer, Expr, Load, Loop, Store } from "../../ir/loop/program.js";
import { operandsOf } from "../../ir/loop/visit.js";

/** Steps of one record. */
export const dotSteps = 2;

/** Its name in the text. */
export const dotName = "dot2_i16";

/**
 * Its definition: by the instruction where a macro of the compiler says that the core has it and a word has
 * its first half low, else by C. A pair is read as the word it lies in, at any even address: the
 * type says so (packed, may_alias), a core that cannot reads its halves.
 */
export const dotLines: readonly string[] = [
  `#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)`,
  "typedef struct { int32_t both; } __attribute__((packed, may_alias)) pair_of_i16;",
  `static inline int32_t ${dotName}(int32_t a, const int16_t *x, const int16_t *y)`,
  "{",
  "    return __builtin_arm_smlad(((const pair_of_i16 *)x)->both, ((const pair_of_i16 *)y)->both, a);",
  "}",
  "#else",
  `static inline int32_t ${dotName}(int32_t a, const int16_t *x, const int16_t *y)`,
  "{",
  "    return (int32_t)(((uint32_t)a + ((uint32_t)x[0] * (uint32_t)y[0])) + ((uint32_t)x[1] * (uint32_t)y[1]));",
  "}",
  "#endif",
];

/** One record: the accumulator and where the first of each pair lies. */
export interface Dot {
  readonly store: Store;
  readonly x: Load;
  readonly y: Load;
}

/** The axis along which elements are neighbours in memory: the last that has more than one. */
function neighbourAxis({ shape }: Buffer): number {
  return shape.findLastIndex((extent) => extent > 1);
}

/** The element that lies `step` after an element; undefined where a buffer has one element only. */
export function neighbour(buffer: Buffer, index: readonly IndexExpr[], step: IndexExpr): readonly IndexExpr[] | undefined {
  const axis = neighbourAxis(buffer);
  return axis < 0 ? undefined : index.map((e, k) => (k === axis ? plus(e, step) : e));
}

type Buffers = ReadonlyMap<string, Buffer>;

/** The record that a loop is printed as, if it is one. */
export function dotOf({ variable: k, extent, mode, body: [store, ...others] }: Loop, buffers: Buffers): Dot | undefined {
  if (mode !== "unrolled" || extent !== dotSteps || store?.kind !== "store" || others.length > 0) return undefined;
  const [before, product] = operandsOf(store.value, "addw.i32");
  const [x, y] = operandsOf(product, "mulw.i32").map((operand) => firstOf(operand, k, buffers));
  const own = before?.kind === "load" && before.buffer === store.buffer && before.index.every((e, axis) => sameIndex(e, store.index[axis] ?? zero));
  return own && x !== undefined && y !== undefined && !store.index.some((e) => mentions(e, k)) ? { store, x, y } : undefined;
}

/** What the reader makes of a record: the loop that `dotOf` takes for one. */
export function dotValue(accumulator: Load, x: Expr, y: Expr): Expr {
  const wide = (e: Expr): Expr => ({ kind: "op", op: "cast.i16.i32", args: [e] });
  return { kind: "op", op: "addw.i32", args: [accumulator, { kind: "op", op: "mulw.i32", args: [wide(x), wide(y)] }] };
}

/** An operand of 16 bits of a record: an i16, or an i8 weight that is stored as one. */
export function dotOperand(load: Load, { type }: Buffer): Expr {
  return type === "i8" ? { kind: "op", op: "cast.i8.i16", args: [load] } : load;
}

/** The load of an operand at k = 0, where k = 1 reads the next element. */
function firstOf(operand: Expr, k: string, buffers: Buffers): Load | undefined {
  const [short] = operandsOf(operand, "cast.i16.i32");
  const narrow = operandsOf(short, "cast.i8.i16")[0];
  const load = narrow ?? short;
  const buffer = load?.kind === "load" ? buffers.get(load.buffer) : undefined;
  if (load?.kind !== "load" || buffer === undefined || (narrow === undefined ? buffer.type !== "i16" : buffer.kind !== "weight")) return undefined;
  const first = load.index.map((e) => substitute(e, (name) => (name === k ? zero : undefined)));
  const next = neighbour(buffer, first, variable(k));
  const linear = load.index.every((e) => !mentions(e, k) || affineIn(e, k) !== undefined);
  return linear && next?.every((e, axis) => sameIndex(e, load.index[axis] ?? zero)) === true ? { ...load, index: first } : undefined;
}
