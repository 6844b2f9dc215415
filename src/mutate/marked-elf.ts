/**
 * A linked file with marked loops, made byte by byte, so that mutants of facts about a
 * binary need no compiler: Thumb code of a function with a loop in a loop, which calls one
 * with a single loop, the marks, a line table and the symbols (System V gABI; DWARF 4,
 * section 6.2).
 */
import { headerSize, link } from "./elf-text.js";
import type { ProgramLoops } from "../../wcet/bind/nesting.js";
import type { LineTable } from "../../wcet/facts/lines.js";

export const base = 0x8000;
/** Where the code begins in the file. */
export const codeAt = headerSize;

/** Half words of `f` and, from 0x18, of `g`. */
export const code: readonly number[] = [
  0xb510, // f: push {r4, lr}
  0x2005, //    movs r0, #5
  0x2107, // i: movs r1, #7
  0x3201, // j: adds r2, #1
  0x3901, //    subs r1, #1
  0xd1fc, //    bne j
  0x3301, //    adds r3, #1
  0x3801, //    subs r0, #1
  0xd1f8, //    bne i
  0xf000, 0xf801, // bl g
  0xbd10, //    pop {r4, pc}
  0x2103, // g: movs r1, #3
  0x3201, // k: adds r2, #1
  0x3901, //    subs r1, #1
  0xd1fc, //    bne k
  0x4770, //    bx lr
];

export interface ElfMark {
  readonly address: number;
  readonly loop: string;
  readonly bound: number;
}

export const elfMarks: readonly ElfMark[] = [
  { address: base + 0x8, loop: "j", bound: 7 }, { address: base + 0xe, loop: "i", bound: 5 }, { address: base + 0x1c, loop: "k", bound: 3 },
];

export const elfLoops: ProgramLoops = new Map([
  ["i", { extent: 5, total: 5, parent: undefined }], ["j", { extent: 7, total: 35, parent: "i" }], ["k", { extent: 3, total: 3, parent: undefined }],
]);

export const elfLines: LineTable = new Map(["i", "j", "k"].map((loop, k) => [loop, { file: "f.c", line: 10 + k }]));

/** Line of each address where it changes. */
const rows: readonly (readonly [address: number, line: number])[] = [
  [base, 9], [base + 4, 10], [base + 6, 11], [base + 0xc, 10], [base + 0x12, 9], [base + 0x18, 9], [base + 0x1a, 12], [base + 0x20, 9],
];

/** The file with these half words and marks. */
export function markedElf(halfWords: readonly number[] = code, marks: readonly ElfMark[] = elfMarks): Uint8Array {
  const end = base + 2 * halfWords.length;
  return link({ base, code: halfWords.flatMap(half), marks: marks.flatMap(markBytes), lines: lineTable(end), functions: [["f", base, 0x18], ["g", base + 0x18, end - base - 0x18]] });
}

function half(value: number): readonly number[] {
  return [value & 255, (value >>> 8) & 255];
}

function word(value: number): readonly number[] {
  return [...half(value & 0xffff), ...half(value >>> 16)];
}

function text(name: string): readonly number[] {
  return [...new TextEncoder().encode(name), 0];
}

function markBytes({ address, loop, bound }: ElfMark): readonly number[] {
  const bytes = [...word(address), ...word(bound), ...text(loop)];
  return [...bytes, ...new Array<number>((4 - (bytes.length % 4)) % 4).fill(0)];
}

function lineTable(end: number): readonly number[] {
  const setAddress = (address: number): readonly number[] => [0, 5, 2, ...word(address)];
  let line = 1;
  const program = rows.flatMap(([address, to]) => {
    const step = (to - line) & 127;
    line = to;
    return [...setAddress(address), 3, step, 1];
  });
  const tables = [1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, ...text("f.c"), 0, 0, 0, 0];
  const unit = [...half(4), ...word(tables.length), ...tables, ...program, ...setAddress(end), 0, 1, 1];
  return [...word(unit.length), ...unit];
}
