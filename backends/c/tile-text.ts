/** The definitions of tiles (tile.ts): the addresses that move, and the records. */
import { type TileShape, columnsOf, tileName } from "./tile.js";

/** Where the operands of the next quad are; as numbers, because behind the last they may point anywhere. */
export const addressLines: readonly string[] = [
  "typedef struct { uintptr_t x; uintptr_t y; uintptr_t w; } tile_of_i16;",
  "static inline tile_of_i16 tile_at(const int16_t *x, const int16_t *y, const int16_t *w)",
  "{",
  "    const tile_of_i16 at = { (uintptr_t)x, (uintptr_t)y, (uintptr_t)w };",
  "    return at;",
  "}",
  "static inline void tile_moved(tile_of_i16 *at, uint32_t elements, uint32_t weights)",
  "{",
  "    at->x += 2u * (uintptr_t)elements;",
  "    at->y += 2u * (uintptr_t)elements;",
  "    at->w += 2u * (uintptr_t)weights;",
  "}",
  "#define TILE_REGISTER(name) __asm__(#name)",
  "#if defined(__GNUC__)",
  "#define TILE_INLINE static inline __attribute__((always_inline))",
  "#else",
  "#define TILE_INLINE static inline",
  "#endif",
];

/** Where asm knows all registers: gcc, for a core with Thumb-2, and where no register is taken for a frame or for position independence. */
const condition = "#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && !defined(__PIC__) && defined(__thumb2__) && defined(__ARM_FEATURE_DSP) && (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)";

const pointers = ["x", "y"] as const;

function head(shape: TileShape): readonly string[] {
  const read = pointers.slice(0, shape.columns).map((name) => `const int16_t *${name}`);
  return [
    `TILE_INLINE void ${tileName(shape)}(tile_of_i16 *at, int32_t *a, ${read.join(", ")}, const int16_t *w)`,
    "{",
  ];
}

function bodyLines(body: readonly string[]): readonly string[] {
  return [...body.map((line) => `    ${line}`), "}"];
}

/**
 * By instructions: r8 to r11 are two rows of weights, two words each, of four rows the first two first; r12 and r14 are
 * the words of a column. LDM takes registers in their order, so they have names; sums and addresses have names because
 * gcc otherwise gives them some of these and moves them out of the way in every iteration. A variable of a register is
 * an operand of the instructions and nothing else, as gcc wants it: memory is read before the first of them and written
 * after the last, since under some options that is a call.
 */
function instructions(shape: TileShape): readonly string[] {
  const { rows, columns } = shape;
  const text = [...new Array(rows / 2).keys()].flatMap((pair) => [
    "ldmia %[w]!, {r8, r9, r10, r11}",
    ...columnsOf(shape).flatMap((c) => [...(pair === 0 ? [`ldrd r12, r14, [%[${pointers[c] ?? ""}]], #8`] : []), ...products(2 * pair * columns + c, columns)]),
  ]);
  const sums = Array.from({ length: rows * columns }, (_, k) => k);
  const quad = `TILE${rows}X${columns}_QUAD`;
  const addresses = ["w", ...pointers.slice(0, columns)];
  const operands = [...sums.map((k) => `[a${k}] "+r"(a${k})`), ...addresses.map((name) => `[${name}] "+r"(${name}_now)`)];
  return [
    `#define ${quad} __asm__ volatile("${text.join("\\n\\t")}" : ${operands.join(", ")} : : "r8", "r9", "r10", "r11", "r12", "r14", "memory")`,
    ...head(shape),
    ...bodyLines([
      ...[...pointers.slice(0, columns), "w"].map((name) => `(void)${name};`),
      ...sums.map((k) => `int32_t s${k} = a[${k}];`),
      ...addresses.map((name) => `uintptr_t ${name}_at = at->${name};`),
      ...sums.map((k) => `register int32_t a${k} TILE_REGISTER(r${k}) = s${k};`),
      ...addresses.map((name, k) => `register uintptr_t ${name}_now TILE_REGISTER(r${4 + k}) = ${name}_at;`),
      `${quad};`,
      ...sums.map((k) => `s${k} = a${k};`),
      ...addresses.map((name) => `${name}_at = ${name}_now;`),
      ...sums.map((k) => `a[${k}] = s${k};`),
      ...addresses.map((name) => `at->${name} = ${name}_at;`),
    ]),
  ];
}

/** Two rows by a column: what is added to a sum of the first, and to that of the second, which is so many sums on. */
function products(first: number, apart: number): readonly string[] {
  const sums = [first, first + apart, first, first + apart];
  return sums.map((sum, k) => `smlad %[a${sum}], ${["r8", "r10", "r9", "r11"][k] ?? ""}, ${k < 2 ? "r12" : "r14"}, %[a${sum}]`);
}

/** In C: the loops that the record stands for, read where the call says. */
function steps({ rows, columns }: TileShape): readonly string[] {
  return bodyLines(["(void)at;", ...[...new Array(rows).keys()].flatMap((row) => pointers.slice(0, columns).map((name, c) => {
    const sum = `a[${row * columns + c}]`;
    return `${sum} = dot4_i16(${sum}, ${name}, ${row === 0 ? "w" : `&w[${4 * row}]`});`;
  }))]);
}

/** The definition of a record; addresses and dot4_i16 stand before it. */
export function tileLines(shape: TileShape): readonly string[] {
  return [condition, ...instructions(shape), "#else", ...head(shape), ...steps(shape), "#endif"];
}
