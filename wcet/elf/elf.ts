/**
 * Reader of 32-bit little-endian ELF files (System V gABI, chapters 4 and 5): sections,
 * function symbols and the bytes at an address. Every offset of the file is checked
 * before it is used.
 */
import { Refusal } from "../../ir/prelude.js";

export type Machine = "arm" | "riscv";

export interface Section {
  readonly name: string;
  readonly type: number;
  /** SHF_ALLOC: part of the image in memory. */
  readonly allocated: boolean;
  /** SHF_WRITE: lies in RAM. */
  readonly writable: boolean;
  readonly address: number;
  /** In memory; `bytes` is empty where the file holds none of them. */
  readonly size: number;
  readonly bytes: Uint8Array;
}

interface SizedSymbol {
  readonly name: string;
  readonly address: number;
  /** In bytes; 0 where the assembler gave none. */
  readonly size: number;
}

/** Without the Thumb bit. */
export type FunctionSymbol = SizedSymbol;

/** Data: constants, variables. */
export type ObjectSymbol = SizedSymbol;

export interface Elf {
  readonly machine: Machine;
  readonly sections: readonly Section[];
  /** By address; of several names of one address the first. */
  readonly functions: readonly FunctionSymbol[];
  readonly objects: readonly ObjectSymbol[];
}

const machines: ReadonlyMap<number, Machine> = new Map([[40, "arm"], [243, "riscv"]]);
const headerSize = 52;
const sectionSize = 40;
const symbolSize = 16;
const [symbolTable, noBits, objectType, functionType] = [2, 8, 1, 2];

/** Throws a Refusal `elf` that says what is wrong. */
export function readElf(bytes: Uint8Array, where: string): Elf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bad = (what: string): never => {
    throw new Refusal("usage", "elf", what, where, "give a linked 32-bit little-endian ELF file for Arm or RISC-V");
  };
  if (bytes.length < headerSize || view.getUint32(0) !== 0x7f454c46) bad("not an ELF file");
  if (bytes[4] !== 1 || bytes[5] !== 1) bad("not a 32-bit little-endian ELF file");
  const machine = machines.get(view.getUint16(18, true)) ?? bad(`machine ${view.getUint16(18, true)}`);
  const raw = sectionHeaders(view, bad);
  const names = raw[view.getUint16(50, true)] ?? bad("no section names");
  const contentOf = ({ offset, size, type }: RawSection): Uint8Array => {
    if (type === noBits) return new Uint8Array(0);
    return offset + size <= bytes.length ? bytes.subarray(offset, offset + size) : bad("a section lies outside the file");
  };
  const text = contentOf(names);
  const sections = raw.map((it) => ({ name: stringAt(text, it.name), type: it.type, allocated: (it.flags & 2) !== 0, writable: (it.flags & 1) !== 0, address: it.address, size: it.size, bytes: contentOf(it) }));
  const symbols = raw.find(({ type }) => type === symbolTable) ?? bad("no symbol table: the file is stripped");
  const strings = raw[symbols.link] ?? bad("no symbol names");
  const named = (type: number): readonly SizedSymbol[] => symbolsIn(contentOf(symbols), contentOf(strings), type);
  const functions = named(functionType).map((it) => (machine === "arm" ? { ...it, address: (it.address & ~1) >>> 0 } : it));
  return { machine, sections, functions: firstAtEach(functions), objects: firstAtEach(named(objectType)) };
}

interface RawSection {
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

function sectionHeaders(view: DataView, bad: (what: string) => never): readonly RawSection[] {
  const [start, each, count] = [view.getUint32(32, true), view.getUint16(46, true), view.getUint16(48, true)];
  if (each !== sectionSize || start + count * sectionSize > view.byteLength) bad("the section headers lie outside the file");
  return Array.from({ length: count }, (_, k) => {
    const field = (at: number): number => view.getUint32(start + k * sectionSize + at, true);
    return { name: field(0), type: field(4), flags: field(8), address: field(12), offset: field(16), size: field(20), link: field(24) };
  });
}

function stringAt(table: Uint8Array, offset: number): string {
  const end = table.indexOf(0, offset);
  return new TextDecoder().decode(table.subarray(offset, end < 0 ? table.length : end));
}

/** Defined symbols of a type, in the order of the table. */
function symbolsIn(symbols: Uint8Array, strings: Uint8Array, type: number): readonly SizedSymbol[] {
  const view = new DataView(symbols.buffer, symbols.byteOffset, symbols.byteLength);
  const found: SizedSymbol[] = [];
  for (let at = 0; at + symbolSize <= symbols.length; at += symbolSize) {
    if (((symbols[at + 12] ?? 0) & 15) !== type || view.getUint16(at + 14, true) === 0) continue;
    found.push({ name: stringAt(strings, view.getUint32(at, true)), address: view.getUint32(at + 4, true), size: view.getUint32(at + 8, true) });
  }
  return found;
}

function firstAtEach(symbols: readonly SizedSymbol[]): readonly SizedSymbol[] {
  return [...new Map(symbols.toReversed().map((it) => [it.address, it])).values()].toSorted((a, b) => a.address - b.address);
}

export function sectionNamed({ sections }: Elf, name: string): Section | undefined {
  return sections.find((section) => section.name === name);
}

/** The half word at an address of the image, or undefined outside of it. */
export function halfWordAt({ sections }: Elf, address: number): number | undefined {
  const home = sections.find((s) => s.allocated && address >= s.address && address + 2 <= s.address + s.bytes.length);
  if (home === undefined) return undefined;
  const at = address - home.address;
  return (home.bytes[at] ?? 0) | ((home.bytes[at + 1] ?? 0) << 8);
}
