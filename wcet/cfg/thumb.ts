/**
 * Thumb-2 as far as control flow and timing classes go (Armv7-M Architecture Reference
 * Manual, DDI 0403E, chapters A5 to A7). What cannot be told for certain is refused by
 * address: a computed jump, an undefined encoding, a write to the program counter.
 */
import { type Flow, type Instruction, type InstructionClass, type Undecodable, falls, signed } from "./instruction.js";

export type HalfWordAt = (address: number) => number | undefined;

const leaves: Flow = { kind: "return", conditional: false };

/** The instruction at an address; `guarded` inside an IT block, where it may have no effect. */
export function decodeThumb(halfWordAt: HalfWordAt, address: number, guarded: boolean): Instruction | Undecodable {
  const first = halfWordAt(address);
  if (first === undefined) return { address, why: "the address is outside the image" };
  const wide = first >>> 11 >= 0b11101;
  const second = wide ? halfWordAt(address + 2) : 0;
  if (second === undefined) return { address, why: "the instruction ends outside the image" };
  const found = wide ? decodeWide(first, second, address) : decodeNarrow(first, address);
  if ("why" in found) return { address, why: found.why };
  return { address, size: wide ? 4 : 2, ...found, flow: guarded ? underCondition(found.flow) : found.flow };
}

/** How many instructions the IT instruction `halfWord` governs; 0 if it is none (A7.7.38). */
export function governedByIt(halfWord: number): number {
  const mask = halfWord & 15;
  if (halfWord >>> 8 !== 0xbf || mask === 0) return 0;
  return mask & 1 ? 4 : mask & 2 ? 3 : mask & 4 ? 2 : 1;
}

type Decoded = { readonly flow: Flow; readonly class: InstructionClass; readonly registers?: number } | { readonly why: string };

function underCondition(flow: Flow): Flow {
  if (flow.kind === "jump") return { kind: "branch", target: flow.target };
  return flow.kind === "return" ? { kind: "return", conditional: true } : flow;
}

function plain(kind: InstructionClass, registers?: number): Decoded {
  return { flow: falls, class: kind, ...(registers === undefined ? {} : { registers }) };
}

function to(kind: "jump" | "branch" | "call", target: number): Decoded {
  return { flow: { kind, target: target >>> 0 }, class: "branch" };
}

function decodeNarrow(h: number, address: number): Decoded {
  const pc = address + 4;
  if (h >>> 11 === 0b11100) return to("jump", pc + signed((h & 0x7ff) << 1, 12));
  if (h >>> 12 === 0b1101) return decodeConditional(h, pc);
  if ((h & 0xf500) === 0xb100) return to("branch", pc + (((h >>> 9) & 1) << 6) + (((h >>> 3) & 31) << 1));
  if ((h & 0xfe00) === 0xbc00) return popped(h & 0x1ff, (h & 0x100) !== 0);
  if ((h & 0xfe00) === 0xb400) return plain("store-multiple", bitCount(h & 0x1ff));
  if ((h & 0xff00) === 0xbe00) return { why: "a breakpoint" };
  if ((h & 0xff00) === 0x4700) return decodeExchange(h);
  if ((h & 0xff87) === 0x4687 || (h & 0xff87) === 0x4487) return { why: "a computed jump" };
  if ((h & 0xf800) === 0xc000) return plain("store-multiple", bitCount(h & 0xff));
  if ((h & 0xf800) === 0xc800) return plain("load-multiple", bitCount(h & 0xff));
  if ((h & 0xffc0) === 0x4340) return plain("mul");
  return plain(narrowMemory(h) ?? "alu");
}

function decodeConditional(h: number, pc: number): Decoded {
  const condition = (h >>> 8) & 15;
  if (condition === 14) return { why: "a permanently undefined instruction" };
  if (condition === 15) return { why: "a supervisor call" };
  return to("branch", pc + signed((h & 0xff) << 1, 9));
}

function decodeExchange(h: number): Decoded {
  const [link, register] = [(h & 0x80) !== 0, (h >>> 3) & 15];
  if (link) return { why: "a call through a register" };
  return register === 14 ? { flow: leaves, class: "branch" } : { why: "a jump through a register" };
}

function popped(registers: number, withPc: boolean): Decoded {
  const count = bitCount(registers);
  return withPc ? { flow: leaves, class: "load-multiple", registers: count } : plain("load-multiple", count);
}

function narrowMemory(h: number): InstructionClass | undefined {
  if ((h & 0xf800) === 0x4800) return "load"; // literal
  if (h >>> 12 === 0b0101) return ((h >>> 9) & 7) < 3 ? "store" : "load";
  if (h >>> 13 === 0b011 || h >>> 12 === 0b1000 || h >>> 12 === 0b1001) return (h & 0x800) === 0 ? "store" : "load";
  return undefined;
}

function decodeWide(a: number, b: number, address: number): Decoded {
  if ((a & 0xf800) === 0xf000 && (b & 0x8000) !== 0) return decodeWideBranch(a, b, address + 4);
  if ((a & 0xff00) === 0xfe00 && isVersionFive(a, b)) return plain("fp-alu");
  if ((a & 0xec00) === 0xec00) return (a & 0xef00) === 0xef00 || (a & 0x1000) !== 0 ? { why: "an Advanced SIMD instruction" } : decodeFloat(a, b);
  if ((a & 0xfe00) === 0xe800) return decodeMultiple(a, b);
  if ((a & 0xfe00) === 0xf800) return decodeSingle(a, b);
  if ((a & 0xff80) === 0xfb00) return plain("mul");
  if ((a & 0xff80) === 0xfb80) return plain(((a >>> 4) & 5) === 1 ? "div" : "mul-long");
  return plain("alu");
}

function decodeWideBranch(a: number, b: number, pc: number): Decoded {
  const sign = (a >>> 10) & 1;
  const [j1, j2] = [(b >>> 13) & 1, (b >>> 11) & 1];
  const low = (b & 0x7ff) << 1;
  if ((b & 0x5000) === 0) {
    const condition = (a >>> 6) & 15;
    if (condition >= 14) return (a & 0xfff0) === 0xf3b0 ? plain("barrier") : (a & 0xffe0) === 0xf3e0 || (a & 0xfff0) === 0xf3a0 || (a & 0xffe0) === 0xf380 ? plain("alu") : { why: "a system instruction" };
    return to("branch", pc + signed((sign << 20) | (j2 << 19) | (j1 << 18) | ((a & 0x3f) << 12) | low, 21));
  }
  const [i1, i2] = [1 ^ j1 ^ sign, 1 ^ j2 ^ sign];
  const offset = signed((sign << 24) | (i1 << 23) | (i2 << 22) | ((a & 0x3ff) << 12) | low, 25);
  if ((b & 0x5000) === 0x1000) return to("jump", pc + offset);
  return (b & 0x5000) === 0x5000 ? to("call", pc + offset) : { why: "a call that changes the instruction set" };
}

/** Load and store multiple, dual, exclusive, and table branches (A5.3.5, A5.3.6). */
function decodeMultiple(a: number, b: number): Decoded {
  if ((a & 0x40) !== 0) {
    if ((a & 0xfff0) === 0xe8d0 && (b & 0xffe0) === 0xf000) return { why: "a table branch" };
    return plain((a & 0x10) === 0 ? "store-multiple" : "load-multiple", 2);
  }
  const count = bitCount(b);
  if ((a & 0x10) === 0) return plain("store-multiple", count);
  if ((b & 0x8000) === 0) return plain("load-multiple", count);
  return (a & 0xf) === 13 ? { flow: leaves, class: "load-multiple", registers: count } : { why: "a jump through memory" };
}

function decodeSingle(a: number, b: number): Decoded {
  if ((a & 0x10) === 0) return plain("store");
  if (b >>> 12 !== 15) return plain("load");
  if ((a & 0x60) !== 0x40) return plain("load"); // a byte or half word for PC is a hint (PLD, PLI)
  return (a & 0xf) === 13 ? { flow: leaves, class: "load" } : { why: "a jump through memory" };
}

/** VSEL, VMAXNM and VMINNM, VRINT and VCVT with a rounding mode of their own: additions of version 5 (Armv8-M, DDI 0553, C2.3.18). */
function isVersionFive(a: number, b: number): boolean {
  if ((b & 0x0e10) !== 0x0a00) return false;
  return (a & 0xff80) === 0xfe00 ? (b & 0x40) === 0 : (a & 0xffb0) === 0xfe80 || ((a & 0xffb8) === 0xfeb8 && (b & 0x40) !== 0);
}

/** The floating-point extension, coprocessors 10 and 11 (A5.3.18, chapter A6). */
function decodeFloat(a: number, b: number): Decoded {
  if (((b >>> 8) & 14) !== 10) return { why: "an instruction of another coprocessor" };
  if ((a & 0xfe00) === 0xec00) return decodeFloatMemory(a, b);
  if ((b & 0x10) !== 0) return plain("fp-move");
  const operation = (a >>> 4) & 11;
  if (operation === 0 || operation === 1 || operation === 9 || operation === 10) return plain("fp-mac");
  if (operation === 2) return plain("fp-mul");
  if (operation === 8) return plain("fp-div");
  if (operation === 3) return plain("fp-alu");
  return (a & 15) === 1 && (b & 0xc0) === 0xc0 ? plain("fp-sqrt") : plain("fp-alu");
}

function decodeFloatMemory(a: number, b: number): Decoded {
  if ((a & 0xffe0) === 0xec40) return plain("fp-move", 2);
  const load = (a & 0x10) !== 0;
  const pair = (b & 0x100) !== 0; // a double: two words, two accesses
  if ((a & 0x120) === 0x100 && !pair) return plain(load ? "fp-load" : "fp-store");
  const registers = (a & 0x120) === 0x100 ? 2 : b & 0xff; // in words
  return plain(load ? "fp-load-multiple" : "fp-store-multiple", registers);
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
