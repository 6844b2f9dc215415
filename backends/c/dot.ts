/**
 * The records `dot2`, `dot3` and `dot4`: so many steps of a sum that follow each other, written as one call for
 * the cores that have an instruction for two of them (Arm's SMLAD). They mean the unrolled loop
 *
 *     for k in 0..n { a[i] = addw.i32(a[i], mulw.i32(cast.i16.i32(x[j + k]), cast.i16.i32(y[m + k]))) }
 *
 * and are printed for every such loop and no other, so that one program has one text. x and y
 * are i16 or weights of i8 that stand in the text as 16 bits (widened.ts). The sums
 * wrap around in 32 bits on both sides, and in this order: nothing is reassociated. vpmaddubsw
 * and its like, which saturate within a pair, have no record.
 *
 * What `dot4` reads begins at an address that 8 divides, so that one instruction (LDRD) loads it. Three things
 * make it so: an array of such weights has that alignment; the entry begins to count the arena of i16 at such an
 * address, for which the arena has `quadSlack` elements more; and of each record the address is, counted from there,
 * a multiple of four elements for all iterations (`startsQuad`).
 */
import { type IndexExpr, plus, sameIndex, substitute, variable, zero } from "../../ir/loop/index-expr.js";
import { affineIn, mentions } from "../../ir/loop/affine.js";
import type { Buffer, Expr, Load, Loop, Program, Store } from "../../ir/loop/program.js";
import { buffersByName, loopsOf, operandsOf } from "../../ir/loop/visit.js";

/** Steps of the records. */
export const dotSteps = 2;
export const quadSteps = 4;
export const allDotSteps = [dotSteps, 3, quadSteps] as const;
export type DotSteps = (typeof allDotSteps)[number];

export function isDotSteps(n: number): n is DotSteps {
  return allDotSteps.some((steps) => steps === n);
}

/** The name in the text. */
export function dotName(steps: DotSteps): string {
  return `dot${steps}_i16`;
}

/** Elements of i16 that an arena has more than its temporaries need, where something in it starts a quad. */
export const quadSlack = quadSteps - 1;

/** The definition of a record; that of three steps is in terms of that of two, which stands before it. */
export function dotLines(steps: DotSteps): readonly string[] {
  return steps === quadSteps ? quadLines : steps === dotSteps ? pairLines : tripleLines;
}

/** The definitions that a program needs, in the order of the text. */
export function dotsDefined(dots: readonly Dot[]): readonly DotSteps[] {
  return allDotSteps.filter((n) => dots.some(({ steps }) => steps === n || (n === dotSteps && steps === 3)));
}

/**
 * Of two: by the instruction where a macro of the compiler says that the core has it and a word has
 * its first half low, else by C. A pair is read as the word it lies in, at any even address: the
 * type says so (packed, may_alias), a core that cannot reads its halves.
 */
const pairLines: readonly string[] = [
  `#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_UNALIGNED) && (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)`,
  "typedef struct { int32_t both; } __attribute__((packed, may_alias)) pair_of_i16;",
  "static inline int32_t dot2_i16(int32_t a, const int16_t *x, const int16_t *y)",
  "{",
  "    return __builtin_arm_smlad(((const pair_of_i16 *)x)->both, ((const pair_of_i16 *)y)->both, a);",
  "}",
  "#else",
  "static inline int32_t dot2_i16(int32_t a, const int16_t *x, const int16_t *y)",
  "{",
  "    return (int32_t)(((uint32_t)a + ((uint32_t)x[0] * (uint32_t)y[0])) + ((uint32_t)x[1] * (uint32_t)y[1]));",
  "}",
  "#endif",
];

/** Of three: a pair and one more. */
const tripleLines: readonly string[] = [
  "static inline int32_t dot3_i16(int32_t a, const int16_t *x, const int16_t *y)",
  "{",
  "    return (int32_t)((uint32_t)dot2_i16(a, x, y) + ((uint32_t)x[2] * (uint32_t)y[2]));",
  "}",
];

/** Where an arena begins that holds what four elements are read from; `dot4_i16` brings it along. */
export const quadStartLines: readonly string[] = [
  "/* Elements before the first at an address that 8 divides. */",
  "static inline int32_t quad_start(const int16_t *a)",
  "{",
  "    return (int32_t)(((8u - ((uintptr_t)a & 7u)) & 7u) >> 1);",
  "}",
];

/**
 * Of four: two words at once, the first low. The pragma is for the functions of the nodes: loads that gcc's first
 * scheduler has moved apart are never again one instruction, and of several nodes in one function it keeps addresses
 * and accumulators in memory (a residual network: 17 % fewer instructions). The compiler has to know the attribute that aligns weights (weights-text.ts).
 */
const quadLines: readonly string[] = [
  `#if defined(__GNUC__) && defined(__ARM_FEATURE_DSP) && (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)`,
  "#if !defined(__clang__)",
  `#pragma GCC optimize ("no-schedule-insns", "no-inline-functions-called-once")`,
  "#endif",
  "typedef int64_t quad_of_i16 __attribute__((may_alias));",
  "static inline int32_t dot4_i16(int32_t a, const int16_t *x, const int16_t *y)",
  "{",
  "    const int64_t u = *(const quad_of_i16 *)x;",
  "    const int64_t v = *(const quad_of_i16 *)y;",
  "    return __builtin_arm_smlad((int32_t)(u >> 32), (int32_t)(v >> 32), __builtin_arm_smlad((int32_t)u, (int32_t)v, a));",
  "}",
  "#else",
  "static inline int32_t dot4_i16(int32_t a, const int16_t *x, const int16_t *y)",
  "{",
  "    const uint32_t two = ((uint32_t)a + ((uint32_t)x[0] * (uint32_t)y[0])) + ((uint32_t)x[1] * (uint32_t)y[1]);",
  "    return (int32_t)((two + ((uint32_t)x[2] * (uint32_t)y[2])) + ((uint32_t)x[3] * (uint32_t)y[3]));",
  "}",
  "#endif",
  ...quadStartLines,
];

/** What an entry does first where its arena of i16 holds quads. */
export const quadStartLine = "arena_i16 = &arena_i16[quad_start(arena_i16)];";

/** One record: the accumulator and where the first of each operand lies. */
export interface Dot {
  readonly steps: DotSteps;
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
  if (mode !== "unrolled" || !isDotSteps(extent) || store?.kind !== "store" || others.length > 0) return undefined;
  const [before, product] = operandsOf(store.value, "addw.i32");
  const [x, y] = operandsOf(product, "mulw.i32").map((operand) => firstOf(operand, k, buffers));
  const own = before?.kind === "load" && before.buffer === store.buffer && before.index.every((e, axis) => sameIndex(e, store.index[axis] ?? zero));
  const found = own && x !== undefined && y !== undefined && !store.index.some((e) => mentions(e, k)) ? { steps: extent, store, x, y } : undefined;
  return found === undefined || extent !== quadSteps || [found.x, found.y].every((load) => startsQuad(load, buffers)) ? found : undefined;
}

/** Whether an element is the first of four that start where 8 divides the address, for all values of the loops. */
export function startsQuad({ buffer, index }: Pick<Load, "buffer" | "index">, buffers: Buffers): boolean {
  const found = buffers.get(buffer);
  return found !== undefined && holdsQuads(found) && isQuadIndex(found, index);
}

/** Whether the array of a buffer can begin where 8 divides the address: a weight has its own, a temporary a place in the arena. */
export function holdsQuads({ kind, place }: Buffer): boolean {
  return kind === "weight" || (kind === "temp" && place !== undefined && place.offset % quadSteps === 0);
}

/** Whether the row-major address of an element is a multiple of four for all values of the loops. */
export function isQuadIndex({ shape }: Buffer, index: readonly IndexExpr[]): boolean {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const divides = (n: number, axis: number): boolean => (n * (strides[axis] ?? 1)) % quadSteps === 0;
  return index.every(({ constant, terms }, axis) => divides(constant, axis) && terms.every(({ coefficient }) => divides(coefficient, axis)));
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
  return firstAlong(load, k, buffer);
}

/** Of an element that a loop steps along by one, that of its first iteration. */
export function firstAlong<T extends Pick<Load, "index">>(access: T, k: string, buffer: Buffer): T | undefined {
  const first = access.index.map((e) => substitute(e, (name) => (name === k ? zero : undefined)));
  const next = neighbour(buffer, first, variable(k));
  const linear = access.index.every((e) => !mentions(e, k) || affineIn(e, k) !== undefined);
  return linear && next?.every((e, axis) => sameIndex(e, access.index[axis] ?? zero)) === true ? { ...access, index: first } : undefined;
}

/** The records of a program. */
export function dotsOf(program: Program): readonly Dot[] {
  const byName = buffersByName(program);
  return loopsOf(program).flatMap((loop) => dotOf(loop, byName) ?? []);
}

/** Weights that a record of four steps reads. */
export function quadWeights(program: Program): ReadonlySet<string> {
  const byName = buffersByName(program);
  const read = dotsOf(program).filter(({ steps }) => steps === quadSteps).flatMap(({ x, y }) => [x.buffer, y.buffer]);
  return new Set(read.filter((name) => byName.get(name)?.kind === "weight"));
}
