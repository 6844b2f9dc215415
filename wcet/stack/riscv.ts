/**
 * RV32IMAFC as far as the stack pointer goes (The RISC-V Instruction Set Manual, volume I,
 * 20191213, chapters 2, 11 and 16): sums with immediates and with constants made by `lui`,
 * copies to and from a frame pointer; of all else which integer register it writes.
 */
import { signed } from "../cfg/instruction.js";
import { type Effect, type StackRules, constant, nothing, offset, sum, writes } from "./effect.js";

export const riscvStack: StackRules = {
  pointer: 2,
  callerSaved: [1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31],
  effectAt: (halfWordAt, address) => {
    const low = halfWordAt(address) ?? 0;
    return (low & 3) === 3 ? wordEffect((low | ((halfWordAt(address + 2) ?? 0) << 16)) >>> 0) : compressedEffect(low);
  },
};

const sp = 2;

function wordEffect(w: number): Effect {
  const [to, left, right, kind] = [(w >>> 7) & 31, (w >>> 15) & 31, (w >>> 20) & 31, (w >>> 12) & 7];
  switch (w & 127) {
    case 0x13: return kind === 0 ? plus(to, left, w >> 20) : written(to);
    case 0x37: return constant(to, w & 0xfffff000);
    case 0x33: return kind === 0 && (w >>> 25 === 0 || w >>> 25 === 32) ? sum(to, left, right, w >>> 25 === 0 ? 1 : -1) : written(to);
    case 0x53: return [20, 24, 28].includes(w >>> 27) ? written(to) : nothing; // comparisons, conversions and moves to integers
    case 0x07: case 0x23: case 0x27: case 0x63: case 0x43: case 0x47: case 0x4b: case 0x4f: case 0x0f: return nothing;
    default: return written(to);
  }
}

/** Register 0 is the constant zero. */
function written(to: number): Effect {
  return to === 0 ? nothing : writes(to);
}

function plus(to: number, from: number, value: number): Effect {
  if (to === 0) return nothing;
  return from === 0 ? constant(to, value) : offset(to, from, value);
}

function compressedEffect(h: number): Effect {
  const [to, narrow] = [(h >>> 7) & 31, 8 + ((h >>> 2) & 7)];
  switch (((h & 3) << 3) | (h >>> 13)) {
    case 0: return offset(narrow, sp, ((h >>> 7) & 0x30) | ((h >>> 1) & 0x3c0) | ((h >>> 4) & 4) | ((h >>> 2) & 8)); // c.addi4spn
    case 2: return writes(narrow);
    case 8: return plus(to, to, sixBits(h));
    case 9: return writes(1); // c.jal
    case 10: return constant(to, sixBits(h));
    case 11: return to === sp ? offset(sp, sp, scaledBySixteen(h)) : constant(to, sixBits(h) << 12);
    case 12: return writes(8 + ((h >>> 7) & 7));
    case 16: case 18: return written(to);
    case 20: return copied(h, to, (h >>> 2) & 31);
    default: return nothing; // stores, jumps, branches, floats
  }
}

/** c.mv and c.add; c.jalr links. */
function copied(h: number, to: number, from: number): Effect {
  const second = (h & 0x1000) !== 0;
  if (from === 0) return second ? writes(1) : nothing;
  return second ? sum(to, to, from) : offset(to, from, 0);
}

function sixBits(h: number): number {
  return signed(((h >>> 7) & 32) | ((h >>> 2) & 31), 6);
}

/** The immediate of c.addi16sp. */
function scaledBySixteen(h: number): number {
  return signed(((h >>> 3) & 0x200) | ((h >>> 2) & 16) | ((h << 1) & 64) | ((h << 4) & 0x180) | ((h << 3) & 32), 10);
}
