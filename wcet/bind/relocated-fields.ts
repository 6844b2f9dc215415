/**
 * Fields of instructions that a linker fills in, read back from the image: of Arm the types
 * of ELF for the Arm Architecture (IHI 0044) that compilers use in Thumb code, of RISC-V
 * those of its ELF psABI with the shortened forms that linker relaxation may leave. What is
 * around the field must be as in the object.
 */
import { signed } from "../cfg/instruction.js";
import type { Machine } from "../elf/elf.js";
import type { Relocation } from "../elf/object-file.js";

export interface LinkedPlace {
  /** In the image, in bytes; less than in the object where the linker shortened it. */
  readonly size: number;
  /** Where the field leads, as a whole or in two halves that add up. */
  readonly address?: number;
  readonly low?: number;
  readonly high?: number;
  /** What the object's own field adds to the symbol. */
  readonly more?: number;
}

/** The half word so many bytes ahead in the image. */
type HalfWord = (ahead: number) => number | undefined;

export interface Field {
  /** In the object, in bytes. */
  readonly size: number;
  /** What is wrong where `read` gives nothing. */
  readonly what: string;
  readonly read: (halfWord: HalfWord, at: number) => LinkedPlace | undefined;
}

export function fieldOf(machine: Machine, { type }: Relocation, bytes: Uint8Array, offset: number): Field {
  const half = (ahead: number): number => (bytes[offset + ahead] ?? 0) | ((bytes[offset + ahead + 1] ?? 0) << 8);
  const word = (half(0) | (half(2) << 16)) >>> 0;
  const known = machine === "arm" ? armField(type, half) : riscvField(type, half, word);
  return known ?? { size: 2, what: `a relocation of type ${type}, which is not known`, read: () => undefined };
}

function wordAt(halfWord: HalfWord, ahead = 0): number | undefined {
  const [low, high] = [halfWord(ahead), halfWord(ahead + 2)];
  return low === undefined || high === undefined ? undefined : (low | (high << 16)) >>> 0;
}

function armField(type: number, half: (ahead: number) => number): Field | undefined {
  const [first, second] = [half(0), half(2)];
  if (type === 2) {
    return { size: 4, what: "", read: (halfWord) => withWord(halfWord, (address) => ({ size: 4, address, more: (first | (second << 16)) | 0 })) };
  }
  if (type === 10 || type === 30) {
    return {
      size: 4, what: "another call",
      read: (halfWord, at) => {
        const [a = 0, b = 0] = [halfWord(0), halfWord(2)];
        if ((a & 0xf800) !== 0xf000 || (b & 0xd000) !== (second & 0xd000)) return undefined;
        return { size: 4, address: (at + 4 + branchOffset(a, b)) >>> 0, more: branchOffset(first, second) + 4 };
      },
    };
  }
  if (type !== 47 && type !== 48) return undefined;
  return {
    size: 4, what: "another instruction",
    read: (halfWord) => {
      const [a = 0, b = 0] = [halfWord(0), halfWord(2)];
      if ((a & 0xfbf0) !== (first & 0xfbf0) || (b & 0x8f00) !== (second & 0x8f00)) return undefined;
      const found = immediate(a, b);
      return { size: 4, more: signed(immediate(first, second), 16), ...(type === 47 ? { low: found } : { high: found * 0x10000 }) };
    },
  };
}

function withWord(halfWord: HalfWord, use: (word: number) => LinkedPlace): LinkedPlace | undefined {
  const word = wordAt(halfWord);
  return word === undefined ? undefined : use(word);
}

/** Of BL and B.W (DDI 0403E, A7.7.18 and A7.7.12). */
function branchOffset(a: number, b: number): number {
  const sign = (a >>> 10) & 1;
  const [i1, i2] = [1 ^ ((b >>> 13) & 1) ^ sign, 1 ^ ((b >>> 11) & 1) ^ sign];
  return signed((sign << 24) | (i1 << 23) | (i2 << 22) | ((a & 0x3ff) << 12) | ((b & 0x7ff) << 1), 25);
}

/** Of MOVW and MOVT. */
function immediate(a: number, b: number): number {
  return ((a & 15) << 12) | ((a & 0x400) << 1) | ((b >>> 4) & 0x700) | (b & 0xff);
}

function riscvField(type: number, half: (ahead: number) => number, word: number): Field | undefined {
  switch (type) {
    case 16: return jump(4, word, 0x01fff07f, (w) => signed(((w >>> 31) << 12) | (((w >>> 7) & 1) << 11) | (((w >>> 25) & 63) << 5) | (((w >>> 8) & 15) << 1), 13));
    case 17: return jump(4, word, 0xfff, jalOffset);
    case 44: return jump(2, half(0), 0xe383, (h) => signed((((h >>> 12) & 1) << 8) | (((h >>> 10) & 3) << 3) | (((h >>> 5) & 3) << 6) | (((h >>> 3) & 3) << 1) | (((h >>> 2) & 1) << 5), 9));
    case 45: return jump(2, half(0), 0xe003, shortOffset);
    case 18: case 19: return call((half(4) >>> 7) & 31);
    case 26: return upper((word >>> 7) & 31);
    case 27: return lower(word, 0x7fff, (w) => w >> 20);
    case 28: return lower(word, 0x01f0707f, (w) => signed(((w >>> 25) << 5) | ((w >>> 7) & 31), 12));
    case 1: return { size: 4, what: "", read: (halfWord) => withWord(halfWord, (address) => ({ size: 4, address })) };
    default: return undefined;
  }
}

function jalOffset(w: number): number {
  return signed(((w >>> 31) << 20) | (((w >>> 12) & 255) << 12) | (((w >>> 20) & 1) << 11) | (((w >>> 21) & 1023) << 1), 21);
}

/** Of c.j and c.jal. */
function shortOffset(h: number): number {
  const bit = (at: number, place: number): number => ((h >>> at) & 1) << place;
  return signed(bit(12, 11) | bit(11, 4) | (((h >>> 9) & 3) << 8) | bit(8, 10) | bit(7, 6) | bit(6, 7) | (((h >>> 3) & 7) << 1) | bit(2, 5), 12);
}

/** A jump in place: `mask` covers all but its offset. */
function jump(size: 2 | 4, due: number, mask: number, offset: (code: number) => number): Field {
  return {
    size, what: "another jump",
    read: (halfWord, at) => {
      const found = size === 4 ? wordAt(halfWord) : halfWord(0);
      return found === undefined || ((found ^ due) & mask) !== 0 ? undefined : { size, address: (at + offset(found)) >>> 0 };
    },
  };
}

/** `auipc` and `jalr`, or what relaxation made of them. */
function call(link: number): Field {
  return {
    size: 8, what: "another call",
    read: (halfWord, at) => {
      const [first, word = 0, second = 0] = [halfWord(0) ?? 0, wordAt(halfWord), wordAt(halfWord, 4)];
      if ((first & 0xe003) === 0x2001 && link === 1) return { size: 2, address: (at + shortOffset(first)) >>> 0 };
      if ((first & 0xe003) === 0xa001 && link === 0) return { size: 2, address: (at + shortOffset(first)) >>> 0 };
      if ((word & 0xfff) === ((link << 7) | 0x6f)) return { size: 4, address: (at + jalOffset(word)) >>> 0 };
      if ((word & 127) !== 0x17 || (second & 0x7fff) !== ((link << 7) | 0x67)) return undefined;
      return { size: 8, address: (at + (word & 0xfffff000) + (second >> 20)) >>> 0 };
    },
  };
}

/** `lui`, short, or gone where the address needs no upper half. */
function upper(register: number): Field {
  return {
    size: 4, what: "another instruction",
    read: (halfWord) => {
      const [first, word = 0] = [halfWord(0) ?? 0, wordAt(halfWord)];
      if ((word & 0xfff) === ((register << 7) | 0x37)) return { size: 4, high: word & 0xfffff000 };
      const short = (first & 0xe003) === 0x6001 && ((first >>> 7) & 31) === register && register !== 2;
      return short ? { size: 2, high: signed(((first >>> 7) & 32) | ((first >>> 2) & 31), 6) << 12 } : { size: 0, high: 0 };
    },
  };
}

/** The lower half; the base is the object's register, or none where the upper half is gone. */
function lower(due: number, mask: number, low: (word: number) => number): Field {
  const base = 0xf8000;
  return {
    size: 4, what: "an address that is formed otherwise, perhaps from the global pointer",
    read: (halfWord) => {
      const word = wordAt(halfWord);
      if (word === undefined || ((word ^ due) & mask) !== 0 || ((word & base) !== (due & base) && (word & base) !== 0)) return undefined;
      return { size: 4, low: low(word) };
    },
  };
}
