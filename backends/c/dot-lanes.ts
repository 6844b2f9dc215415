/**
 * The record `dot2_lanes`: a vector loop over lanes, of each of which two steps of a sum follow each
 * other (dot.ts), written as one call for processors with an instruction for the pairs of all lanes
 * (x86's vpmaddwd). It means
 *
 *     for c in 0..N vector { for k in 0..2 unrolled { a[i + c] = addw.i32(a[i + c], mulw.i32(cast.i16.i32(x[j + k]), cast.i16.i32(y[m + 2c + k]))) } }
 *
 * with N a multiple of 8, and is printed for every such loop and no other. All lanes read the same pair of x; y is packed in
 * pairs, one per lane. The two products of a lane are added without a limit, vpmaddwd wraps around in 32 bits as the
 * steps do: nothing is reassociated, and nothing saturates. What saturates, vpmaddubsw, has no record.
 */
import { type IndexExpr, plus, sameIndex, substitute, variable, zero } from "../../ir/loop/index-expr.js";
import { mentions } from "../../ir/loop/affine.js";
import type { Buffer, Load, Loop, Program } from "../../ir/loop/program.js";
import { buffersByName, loopsOf } from "../../ir/loop/visit.js";
import { type Dot, dotOf, dotSteps, neighbour } from "./dot.js";

/** Lanes of one instruction: of a record there are a multiple. */
export const lanesAtOnce = 8;

/** Its name in the text. */
export const dotLanesName = "dot2_lanes_i16";

/** Types of vectors of so many bytes, and of those that lie anywhere in an array. */
function vectorTypes(bytes: number): readonly string[] {
  const lanes = bytes / 4;
  return [
    `typedef int32_t lanes${lanes}_of_i32 __attribute__((vector_size(${bytes})));`,
    `typedef uint32_t lanes${lanes}_of_u32 __attribute__((vector_size(${bytes})));`,
    `typedef int16_t lanes${lanes}_of_i16 __attribute__((vector_size(${bytes})));`,
    `typedef lanes${lanes}_of_u32 lanes${lanes}_of_sums __attribute__((aligned(4), may_alias));`,
    `typedef lanes${lanes}_of_i16 lanes${lanes}_of_pairs __attribute__((aligned(2), may_alias));`,
  ];
}

/** So many lanes at once, while there are as many: the same pair for all, by the instruction, and the sums. */
function vectorLoop(lanes: number, instruction: (pairs: string, weights: string) => string): readonly string[] {
  const pairs = Array.from({ length: lanes }, () => "pair").join(", ");
  return [
    `    for (; (c + ${lanes}) <= lanes; c += ${lanes}) {`,
    `        const lanes${lanes}_of_i32 pairs = { ${pairs} };`,
    `        lanes${lanes}_of_sums *const sums = (lanes${lanes}_of_sums *)&a[c];`,
    `        *sums = *sums + (lanes${lanes}_of_u32)${instruction(`(lanes${lanes}_of_i16)pairs`, `*(const lanes${lanes}_of_pairs *)&y[2 * c]`)};`,
    "    }",
  ];
}

const head = `static inline void ${dotLanesName}(int32_t *a, const int16_t *x, const int16_t *y, int32_t lanes)`;

/**
 * Its definition: by the instruction where a macro of the compiler says that the processor has it, of 64 bytes too, else by
 * C. Compilers name the instruction of 64 bytes differently: gcc's takes lanes to keep, none here.
 */
export const dotLanesLines: readonly string[] = [
  "#if defined(__AVX2__)",
  "typedef struct { int32_t both; } __attribute__((packed, may_alias)) pair_for_lanes;",
  ...vectorTypes(32),
  "#if defined(__AVX512BW__)",
  ...vectorTypes(64),
  "#if defined(__clang__)",
  "#define PMADDWD64(x, y) __builtin_ia32_pmaddwd512(x, y)",
  "#else",
  "#define PMADDWD64(x, y) __builtin_ia32_pmaddwd512_mask(x, y, (lanes16_of_i32){ 0 }, 0xffffU)",
  "#endif",
  "#endif",
  head,
  "{",
  "    const int32_t pair = ((const pair_for_lanes *)x)->both;",
  "    int32_t c = 0;",
  "#if defined(__AVX512BW__)",
  ...vectorLoop(16, (pairs, weights) => `PMADDWD64(${pairs}, ${weights})`),
  "#endif",
  ...vectorLoop(lanesAtOnce, (pairs, weights) => `__builtin_ia32_pmaddwd256(${pairs}, ${weights})`),
  "}",
  "#else",
  head,
  "{",
  "    for (int32_t c = 0; c < lanes; c++) {",
  "        a[c] = (int32_t)(((uint32_t)a[c] + ((uint32_t)x[0] * (uint32_t)y[2 * c])) + ((uint32_t)x[1] * (uint32_t)y[(2 * c) + 1]));",
  "    }",
  "}",
  "#endif",
];

/** One record: the pairs of the first lane, the loops that it stands for, and how many lanes there are. */
export interface DotLanes {
  readonly dot: Dot;
  readonly steps: Loop;
  readonly lanes: number;
}

type Buffers = ReadonlyMap<string, Buffer>;

/** The record that a loop is printed as, if it is one. */
export function dotLanesOf({ variable: c, extent, mode, body: [steps, ...others] }: Loop, buffers: Buffers): DotLanes | undefined {
  if (mode !== "vector" || extent % lanesAtOnce !== 0 || steps?.kind !== "loop" || others.length > 0) return undefined;
  const dot = dotOf(steps, buffers);
  if (dot === undefined || dot.x.index.some((e) => mentions(e, c))) return undefined;
  const { store, x, y } = dot;
  const [sums, weights] = [atFirst(store, c), atFirst(y, c)];
  const lane = variable(c);
  const [target, packed] = [buffers.get(store.buffer), buffers.get(y.buffer)];
  if (target === undefined || packed === undefined) return undefined;
  const inLanes = sameElement(store.index, neighbour(target, sums.index, lane)) && sameElement(y.index, pairAfter(packed, weights.index, lane));
  return inLanes ? { dot: { store: { ...store, index: sums.index }, x, y: weights }, steps, lanes: extent } : undefined;
}

function atFirst<T extends Pick<Load, "index">>(access: T, c: string): T {
  return { ...access, index: access.index.map((e) => substitute(e, (name) => (name === c ? zero : undefined))) };
}

function sameElement(index: readonly IndexExpr[], other: readonly IndexExpr[] | undefined): boolean {
  return other?.every((e, axis) => sameIndex(e, index[axis] ?? zero)) === true;
}

/** The pair that lies `lane` pairs after a pair: the last dimension of the buffer is the pair, the one before it the lanes. */
export function pairAfter({ shape }: Buffer, index: readonly IndexExpr[], lane: IndexExpr): readonly IndexExpr[] | undefined {
  const axis = index.length - 2;
  return axis < 0 || shape[axis + 1] !== dotSteps ? undefined : index.map((e, k) => (k === axis ? plus(e, lane) : e));
}

/** Whether a program has a record. */
export function hasDotLanes(program: Program): boolean {
  const byName = buffersByName(program);
  return loopsOf(program).some((loop) => dotLanesOf(loop, byName) !== undefined);
}
