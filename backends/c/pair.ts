/**
 * The record `pair_f32(&w[e], k)`: element k, 0 or 1, of the two floats at e. It means w[e + k], and stands
 * where a weight is read at e + k in an unrolled loop over the two values of k, and nowhere else: so a register
 * tile says two weights of its lanes at once, and one program has one text.
 *
 * A core with registers for floats of single precision alone loads two of them by one instruction
 * (Armv7-M's VLDR of 64 bits), which gcc writes for a double and for nothing else. Such an array starts at an
 * address that a double may have, and e is even, so each pair lies at one too; the number of elements is even, so that
 * with w[e + k] the other element of the pair lies in the array.
 */
import { type IndexExpr, variable } from "../../ir/loop/index-expr.js";
import { affineIn, mentions } from "../../ir/loop/affine.js";
import type { Buffer, Load, Loop, Node, Program } from "../../ir/loop/program.js";
import { buffersByName, eachExpr } from "../../ir/loop/visit.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { neighbour } from "./dot.js";

/** Its name in the text. */
export const pairName = "pair_f32";

const twoRegisters = `#if defined(__GNUC__) && !defined(__clang__) && defined(__ARM_FP) && defined(__thumb2__) && (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)`;

/** Its definition: both are loaded as a double, which is never computed with, or the one that is asked for. */
export const pairLines: readonly string[] = [
  twoRegisters,
  "typedef double both_f32 __attribute__((may_alias));",
  `static inline float ${pairName}(const float *x, int32_t k)`,
  "{",
  "    union { double both; float each[2]; } pair;",
  "    pair.both = *(const both_f32 *)x;",
  "    return pair.each[k];",
  "}",
  "#else",
  `static inline float ${pairName}(const float *x, int32_t k)`,
  "{",
  "    return x[k];",
  "}",
  "#endif",
];

/** Where the pair starts, and the loop over its elements. */
export interface Pair {
  readonly first: Load;
  readonly element: string;
}

type Buffers = ReadonlyMap<string, Buffer>;

/** Whether a loop can run over the elements of a pair. */
export function isPairLoop({ mode, extent }: Pick<Loop, "mode" | "extent">): boolean {
  return mode === "unrolled" && extent === 2;
}

/** The record that a load is printed as within these loops over pairs, if it is one. */
export function pairOf(load: Load, elements: Iterable<string>, buffers: Buffers): Pair | undefined {
  const buffer = buffers.get(load.buffer);
  if (buffer?.kind !== "weight" || buffer.type !== "f32" || elementCount(buffer.shape) % 2 !== 0) return undefined;
  for (const element of elements) {
    const first = firstOf(load, element, buffer);
    if (first !== undefined) return { first, element };
  }
  return undefined;
}

/** Of w[e + k] the load w[e], where e is even whatever the other variables are. */
function firstOf(load: Load, element: string, buffer: Buffer): Load | undefined {
  const index = load.index.map((e) => affineIn(e, element));
  if (index.some((e) => e === undefined) || !load.index.some((e) => mentions(e, element))) return undefined;
  const first = { ...load, index: index.flatMap((e) => (e === undefined ? [] : [e.rest])) };
  const again = neighbour(buffer, first.index, variable(element));
  return again?.every((e, axis) => e.text === load.index[axis]?.text) === true && isEven(first.index, buffer.shape) ? first : undefined;
}

/** Whether the address of an element is even: each index is, or moves by an even number of elements. */
function isEven(index: readonly IndexExpr[], shape: readonly number[]): boolean {
  return index.every(({ terms, constant }, axis) => {
    const stride = elementCount(shape.slice(axis + 1));
    return [constant, ...terms.map(({ coefficient }) => coefficient)].every((n) => (n * stride) % 2 === 0);
  });
}

/** The weights that a program reads in pairs. */
export function pairedWeights(program: Program): ReadonlySet<string> {
  const buffers = buffersByName(program);
  const found = new Set<string>();
  const visit = (node: Node, elements: readonly string[]): void => {
    if (node.kind !== "store") return node.body.forEach((child) => visit(child, node.kind === "loop" && isPairLoop(node) ? [...elements, node.variable] : elements));
    eachExpr(node.value, (e) => {
      if (e.kind === "load" && pairOf(e, elements, buffers) !== undefined) found.add(e.buffer);
    });
  };
  program.body.forEach((node) => visit(node, []));
  return found;
}
