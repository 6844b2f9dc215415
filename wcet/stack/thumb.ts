/**
 * Thumb-2 as far as the stack pointer goes (Armv7-M Architecture Reference Manual, DDI
 * 0403E, chapters A5 to A7): pushes and pops of either register file, sums with
 * immediates, copies to and from a frame pointer; of all else which registers it writes.
 */
import { type Effect, type StackRules, constant, nothing, offset, sum, writes } from "./effect.js";

export const thumbStack: StackRules = {
  pointer: 13,
  callerSaved: [0, 1, 2, 3, 12, 14],
  effectAt: (halfWordAt, address) => {
    const first = halfWordAt(address) ?? 0;
    return first >>> 11 >= 0b11101 ? wideEffect(first, halfWordAt(address + 2) ?? 0) : narrowEffect(first);
  },
};

const [sp, pc] = [13, 15];

function narrowEffect(h: number): Effect {
  const [low, high] = [h & 7, (h >>> 8) & 7];
  switch (h >>> 12) {
    case 0: return writes(low);
    case 1: return (h & 0x0c00) !== 0x0c00 ? writes(low) : offset(low, (h >>> 3) & 7, ((h & 0x200) === 0 ? 1 : -1) * ((h >>> 6) & 7));
    case 2: return (h & 0x800) === 0 ? constant(high, h & 0xff) : nothing; // mov, cmp
    case 3: return offset(high, high, ((h & 0x800) === 0 ? 1 : -1) * (h & 0xff));
    case 4: return (h & 0xf800) === 0x4800 ? writes(high) : (h & 0xfc00) === 0x4400 ? highRegisters(h) : writes(low);
    case 5: return ((h >>> 9) & 7) < 3 ? nothing : writes(low);
    case 6: case 7: case 8: return (h & 0x800) === 0 ? nothing : writes(low);
    case 9: return (h & 0x800) === 0 ? nothing : writes(high);
    case 10: return (h & 0x800) === 0 ? writes(high) : offset(high, sp, 4 * (h & 0xff));
    case 11: return miscellaneous(h);
    case 12: return (h & 0x800) === 0 ? writes(high) : writes(high, ...listed(h & 0xff));
    default: return nothing; // branches
  }
}

/** Additions, comparisons and copies of any register, and `bx`. */
function highRegisters(h: number): Effect {
  const [to, from] = [((h >>> 4) & 8) | (h & 7), (h >>> 3) & 15];
  const operation = (h >>> 8) & 3;
  if (operation === 0) return sum(to, to, from);
  return operation === 2 ? offset(to, from, 0) : nothing;
}

function miscellaneous(h: number): Effect {
  if ((h & 0xff00) === 0xb000) return offset(sp, sp, ((h & 0x80) === 0 ? 4 : -4) * (h & 0x7f));
  if ((h & 0xfe00) === 0xb400) return offset(sp, sp, -4 * listed(h & 0x1ff).length);
  if ((h & 0xfe00) === 0xbc00) return offset(sp, sp, 4 * listed(h & 0x1ff).length, ...listed(h & 0xff));
  return (h & 0xff00) === 0xb200 || (h & 0xff00) === 0xba00 ? writes(h & 7) : nothing;
}

function listed(mask: number): readonly number[] {
  return Array.from({ length: 16 }, (_, k) => k).filter((k) => ((mask >>> k) & 1) === 1);
}

function wideEffect(a: number, b: number): Effect {
  if ((a & 0xec00) === 0xec00) return floatEffect(a, b);
  if ((a & 0xfe00) === 0xe800) return (a & 0x40) === 0 ? multipleEffect(a, b) : dualEffect(a, b);
  if ((a & 0xfe00) === 0xea00) return shiftedEffect(a, b);
  if ((a & 0xfe00) === 0xf800) return singleEffect(a, b);
  if ((a & 0xf800) === 0xf000) return (b & 0x8000) === 0 ? immediateEffect(a, b) : systemEffect(a, b);
  return writes((b >>> 8) & 15, b >>> 12); // register operations, multiplications, divisions
}

/** MRS writes a register; MSR may write the stack pointer itself (B5.2.3). */
function systemEffect(a: number, b: number): Effect {
  if ((a & 0xfff0) === 0xf3e0) return writes((b >>> 8) & 15);
  if ((a & 0xfff0) === 0xf380 && ((b & 0xff) === 8 || (b & 0xff) === 9)) return writes(sp);
  return nothing;
}

function multipleEffect(a: number, b: number): Effect {
  const [base, back, load, before] = [a & 15, (a & 0x20) !== 0, (a & 0x10) !== 0, (a & 0x100) !== 0];
  const registers = listed(b);
  const loaded = load ? registers.filter((k) => k !== pc) : [];
  return back ? offset(base, base, (before ? -4 : 4) * registers.length, ...loaded) : writes(...loaded);
}

/** Pairs of words; without an index the exclusive ones, which write a status too. */
function dualEffect(a: number, b: number): Effect {
  const [base, load, up, back] = [a & 15, (a & 0x10) !== 0, (a & 0x80) !== 0, (a & 0x20) !== 0];
  const transferred = [b >>> 12, (b >>> 8) & 15];
  if ((a & 0x120) === 0) return writes(...transferred, b & 15);
  const loaded = load ? transferred : [];
  return back ? offset(base, base, (up ? 4 : -4) * (b & 0xff), ...loaded) : writes(...loaded);
}

function singleEffect(a: number, b: number): Effect {
  const [base, load] = [a & 15, (a & 0x10) !== 0];
  const loaded = load && b >>> 12 !== pc ? [b >>> 12] : [];
  const indexed = base !== pc && (a & 0x80) === 0 && (b & 0x900) === 0x900;
  return indexed ? offset(base, base, ((b & 0x200) === 0 ? -1 : 1) * (b & 0xff), ...loaded) : writes(...loaded);
}

/** Data processing with a shifted register (A5.3.11). */
function shiftedEffect(a: number, b: number): Effect {
  const [operation, left, to, right] = [(a >>> 5) & 15, a & 15, (b >>> 8) & 15, b & 15];
  if (to === pc) return nothing; // a comparison
  if ((b & 0x70f0) !== 0) return writes(to);
  if (operation === 2 && left === pc) return offset(to, right, 0);
  if (operation === 8) return sum(to, left, right);
  return operation === 13 ? sum(to, left, right, -1) : writes(to);
}

/** Data processing with an immediate, modified (A5.3.1) or plain (A5.3.3). */
function immediateEffect(a: number, b: number): Effect {
  const [from, to] = [a & 15, (b >>> 8) & 15];
  const twelve = ((a & 0x400) << 1) | ((b >>> 4) & 0x700) | (b & 0xff);
  if (to === pc) return nothing;
  const operation = (a >>> 5) & 15;
  if ((a & 0x200) === 0) {
    if (operation === 8) return offset(to, from, expanded(twelve));
    if (operation === 13) return offset(to, from, -expanded(twelve));
    return operation === 2 && from === pc ? constant(to, expanded(twelve)) : writes(to);
  }
  if (operation === 0 && from !== pc) return offset(to, from, twelve);
  if (operation === 5 && from !== pc) return offset(to, from, -twelve);
  return operation === 2 ? constant(to, (from << 12) | twelve) : writes(to);
}

/** ThumbExpandImm (A5.3.2). */
function expanded(twelve: number): number {
  const byte = twelve & 0xff;
  if (twelve >>> 10 !== 0) return rotated(0x80 | (twelve & 0x7f), twelve >>> 7);
  switch (twelve >>> 8) {
    case 0: return byte;
    case 1: return (byte << 16) | byte;
    case 2: return (byte << 24) | (byte << 8);
    default: return (byte << 24) | (byte << 16) | (byte << 8) | byte;
  }
}

function rotated(value: number, right: number): number {
  return (value >>> right) | (value << (32 - right));
}

/** Loads and stores of the extension move the base, transfers write core registers (A6.5 to A6.7). */
function floatEffect(a: number, b: number): Effect {
  const load = (a & 0x10) !== 0;
  if ((a & 0xffe0) === 0xec40) return load ? writes(b >>> 12, a & 15) : nothing;
  if ((a & 0xfe00) === 0xec00) return (a & 0x20) === 0 ? nothing : offset(a & 15, a & 15, ((a & 0x100) === 0 ? 4 : -4) * (b & 0xff));
  return load && (b & 0x10) !== 0 ? writes(b >>> 12) : nothing;
}
