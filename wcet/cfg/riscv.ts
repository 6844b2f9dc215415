/**
 * RV32IMAFC as far as control flow and timing classes go (The RISC-V Instruction Set
 * Manual, volume I, 20191213, chapters 2, 7, 11 and 16). Computed jumps other than a
 * return, and encodings outside these extensions, are refused by address.
 */
import { type Flow, type Instruction, type InstructionClass, type Undecodable, falls, signed } from "./instruction.js";
import { type RegisterUse, registersOfHalfWord, registersOfWord } from "./riscv-registers.js";

type Decoded = { readonly flow: Flow; readonly class: InstructionClass } | { readonly why: string };

export function decodeRiscv(halfWordAt: (address: number) => number | undefined, address: number): Instruction | Undecodable {
  const low = halfWordAt(address);
  if (low === undefined) return { address, why: "the address is outside the image" };
  if ((low & 3) !== 3) return finish(address, 2, decodeCompressed(low, address), registersOfHalfWord(low));
  const high = halfWordAt(address + 2);
  if (high === undefined) return { address, why: "the instruction ends outside the image" };
  const word = (low | (high << 16)) >>> 0;
  return finish(address, 4, decodeWord(word, address), registersOfWord(word));
}

function finish(address: number, size: 2 | 4, found: Decoded, registers: RegisterUse): Instruction | Undecodable {
  return "why" in found ? { address, why: found.why } : { address, size, ...found, ...registers };
}

function plain(kind: InstructionClass): Decoded {
  return { flow: falls, class: kind };
}

function to(kind: "jump" | "branch" | "call", target: number): Decoded {
  return { flow: { kind, target: target >>> 0 }, class: "branch" };
}

const returns: Decoded = { flow: { kind: "return", conditional: false }, class: "branch" };

function decodeWord(w: number, address: number): Decoded {
  const rd = (w >>> 7) & 31;
  switch (w & 127) {
    case 0x37: case 0x17: case 0x13: return plain("alu");
    case 0x33: return plain(w >>> 25 === 1 ? (((w >>> 12) & 4) === 0 ? ((w >>> 12) & 7) === 0 ? "mul" : "mul-long" : "div") : "alu");
    case 0x03: return plain("load");
    case 0x23: return plain("store");
    case 0x07: return plain("fp-load");
    case 0x27: return plain("fp-store");
    case 0x43: case 0x47: case 0x4b: case 0x4f: return plain("fp-mac");
    case 0x53: return decodeFloat(w >>> 27);
    case 0x0f: return plain("barrier");
    case 0x2f: return { why: "an atomic instruction" };
    case 0x6f: return jumpAndLink(rd, address + offsetOfJal(w));
    case 0x67: return jumpRegister(rd, (w >>> 15) & 31, w >> 20);
    case 0x63: return to("branch", address + offsetOfBranch(w));
    case 0x73: return decodeSystem(w);
    default: return { why: `an instruction outside RV32IMAFC (0x${w.toString(16)})` };
  }
}

/** Zicsr: fflags, frm and fcsr are 1 to 3; access to other registers may wait for the pipeline to drain. */
function decodeSystem(w: number): Decoded {
  if (((w >>> 12) & 7) === 0) return { why: "a system instruction" };
  const register = w >>> 20;
  return plain(register >= 1 && register <= 3 ? "fp-status" : "barrier");
}

/** By funct5 (chapter 11): fadd, fsub, fmul, fdiv, fsqrt; sign injection, min and max, comparisons; conversions and moves. */
function decodeFloat(funct: number): Decoded {
  if (funct === 2) return plain("fp-mul");
  if (funct === 3) return plain("fp-div");
  if (funct === 11) return plain("fp-sqrt");
  return plain(funct === 28 || funct === 30 || funct === 4 ? "fp-move" : "fp-alu");
}

function jumpAndLink(rd: number, target: number): Decoded {
  if (rd === 0) return to("jump", target);
  return rd === 1 ? to("call", target) : { why: "a call that links another register than ra" };
}

function jumpRegister(rd: number, rs: number, offset: number): Decoded {
  if (rd === 0 && rs === 1 && offset === 0) return returns;
  return { why: rd === 0 ? "a computed jump" : "a call through a register" };
}

function offsetOfJal(w: number): number {
  return signed(((w >>> 31) << 20) | (((w >>> 12) & 255) << 12) | (((w >>> 20) & 1) << 11) | (((w >>> 21) & 1023) << 1), 21);
}

function offsetOfBranch(w: number): number {
  return signed(((w >>> 31) << 12) | (((w >>> 7) & 1) << 11) | (((w >>> 25) & 63) << 5) | (((w >>> 8) & 15) << 1), 13);
}

/** Chapter 16; quadrant and funct3 name the instruction. */
function decodeCompressed(h: number, address: number): Decoded {
  if (h === 0) return { why: "an illegal instruction (all zeros)" };
  const place = ((h & 3) << 3) | (h >>> 13);
  switch (place) {
    case 0: case 8: case 10: case 11: case 12: case 16: return place === 12 ? decodeCompressedAlu(h) : plain("alu");
    case 2: case 18: return plain("load");
    case 3: case 19: return plain("fp-load");
    case 6: case 22: return plain("store");
    case 7: case 23: return plain("fp-store");
    case 1: case 17: case 5: case 21: return { why: "a load or store of doubles" };
    case 9: return to("call", address + offsetOfCj(h));
    case 13: return to("jump", address + offsetOfCj(h));
    case 14: case 15: return to("branch", address + offsetOfCb(h));
    case 20: return decodeCompressedMove(h);
    default: return { why: "a reserved compressed instruction" };
  }
}

function decodeCompressedAlu(h: number): Decoded {
  return ((h >>> 10) & 7) === 7 ? { why: "a 64-bit instruction" } : plain("alu");
}

/** c.mv, c.add, c.jr, c.jalr, c.ebreak. */
function decodeCompressedMove(h: number): Decoded {
  const [link, rs1, rs2] = [(h & 0x1000) !== 0, (h >>> 7) & 31, (h >>> 2) & 31];
  if (rs2 !== 0) return plain("alu");
  if (link) return { why: rs1 === 0 ? "a breakpoint" : "a call through a register" };
  return rs1 === 1 ? returns : { why: "a computed jump" };
}

function offsetOfCj(h: number): number {
  const bit = (at: number, place: number): number => ((h >>> at) & 1) << place;
  return signed(bit(12, 11) | bit(11, 4) | (((h >>> 9) & 3) << 8) | bit(8, 10) | bit(7, 6) | bit(6, 7) | (((h >>> 3) & 7) << 1) | bit(2, 5), 12);
}

function offsetOfCb(h: number): number {
  return signed((((h >>> 12) & 1) << 8) | (((h >>> 10) & 3) << 3) | (((h >>> 5) & 3) << 6) | (((h >>> 3) & 3) << 1) | (((h >>> 2) & 1) << 5), 9);
}
