/**
 * Reader of relocatable objects (System V gABI, chapter 4; 32-bit, little-endian): what a
 * linker may still change in a function is exactly what its relocations name.
 */
import { Refusal } from "../../ir/prelude.js";
import type { Machine } from "./elf.js";

export interface ObjectFile {
  readonly machine: Machine;
  readonly sections: readonly ObjectSection[];
  /** Functions and data that the file defines. */
  readonly definitions: readonly Definition[];
}

export interface ObjectSection {
  readonly name: string;
  readonly size: number;
  readonly allocated: boolean;
  readonly writable: boolean;
  /** In bytes; 0 where the section is no table. */
  readonly entrySize: number;
  readonly bytes: Uint8Array;
  /** In the order of their places. */
  readonly relocations: readonly Relocation[];
}

export interface Relocation {
  /** In the section. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: SymbolPlace;
  /** 0 where the addend is in the place itself (type SHT_REL). */
  readonly addend: number;
}

/** By name where another file may define it, else by section. */
export interface SymbolPlace {
  readonly name: string;
  /** Undefined for a symbol of another file. */
  readonly section: number | undefined;
  readonly value: number;
}

export interface Definition {
  readonly kind: "function" | "data";
  readonly name: string;
  readonly section: number;
  /** Offset in the section, without the Thumb bit. */
  readonly offset: number;
  readonly size: number;
}

const machines: ReadonlyMap<number, Machine> = new Map([[40, "arm"], [243, "riscv"]]);
const [symbolTable, withAddends, noBits, withoutAddends] = [2, 4, 8, 9];

interface Header {
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}

/** Throws a Refusal `elf` for what is no relocatable object. */
export function readObject(bytes: Uint8Array, where: string): ObjectFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bad = (what: string): never => {
    throw new Refusal("usage", "elf", what, where, "give an object that the build line makes");
  };
  if (bytes.length < 52 || view.getUint32(0) !== 0x7f454c46 || bytes[4] !== 1 || bytes[5] !== 1 || view.getUint16(16, true) !== 1) bad("not a relocatable 32-bit little-endian ELF file");
  const machine = machines.get(view.getUint16(18, true)) ?? bad("code of another machine");
  const headers = headersOf(view, bad);
  const content = ({ type, offset, size }: Header): Uint8Array => (type === noBits ? new Uint8Array() : offset + size <= bytes.length ? bytes.subarray(offset, offset + size) : bad("a section lies outside the file"));
  const at = (k: number): Header => headers[k] ?? bad("a section that is not there");
  const names = content(at(view.getUint16(50, true)));
  const table = headers.find(({ type }) => type === symbolTable) ?? bad("no symbol table");
  const symbols = symbolsOf(content(table), content(at(table.link)), bad);
  const relocations = new Map<number, readonly Relocation[]>();
  for (const header of headers) if (header.type === withAddends || header.type === withoutAddends) relocations.set(header.info, relocationsOf(content(header), header.type === withAddends, symbols, bad));
  const sections = headers.map((header, k) => ({
    name: text(names, header.name), size: header.size, allocated: (header.flags & 2) !== 0, writable: (header.flags & 1) !== 0, entrySize: header.entrySize, bytes: content(header), relocations: relocations.get(k) ?? [],
  }));
  return { machine, sections, definitions: definitionsOf(symbols, machine) };
}

function headersOf(view: DataView, bad: (what: string) => never): readonly Header[] {
  const [start, count] = [view.getUint32(32, true), view.getUint16(48, true)];
  if (start + 40 * count > view.byteLength) bad("the section headers lie outside the file");
  return Array.from({ length: count }, (_, k) => {
    const field = (offset: number): number => view.getUint32(start + 40 * k + offset, true);
    return { name: field(0), type: field(4), flags: field(8), offset: field(16), size: field(20), link: field(24), info: field(28), entrySize: field(36) };
  });
}

function text(table: Uint8Array, offset: number): string {
  const end = table.indexOf(0, offset);
  return new TextDecoder().decode(table.subarray(offset, end < 0 ? table.length : end));
}

interface RawSymbol extends SymbolPlace {
  readonly type: number;
  readonly size: number;
}

function symbolsOf(table: Uint8Array, strings: Uint8Array, bad: (what: string) => never): readonly RawSymbol[] {
  if (table.length % 16 !== 0) bad("the symbol table is damaged");
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: table.length / 16 }, (_, k) => {
    const section = view.getUint16(16 * k + 14, true);
    return { name: text(strings, view.getUint32(16 * k, true)), value: view.getUint32(16 * k + 4, true), size: view.getUint32(16 * k + 8, true), type: view.getUint8(16 * k + 12) & 15, section: section === 0 ? undefined : section };
  });
}

function relocationsOf(table: Uint8Array, addends: boolean, symbols: readonly RawSymbol[], bad: (what: string) => never): readonly Relocation[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const each = addends ? 12 : 8;
  const found = Array.from({ length: Math.floor(table.length / each) }, (_, k) => {
    const info = view.getUint32(each * k + 4, true);
    const symbol = symbols[info >>> 8] ?? bad("a relocation names no symbol");
    return { offset: view.getUint32(each * k, true), type: info & 255, symbol, addend: addends ? view.getInt32(each * k + 8, true) : 0 };
  });
  return found.toSorted((a, b) => a.offset - b.offset);
}

function definitionsOf(symbols: readonly RawSymbol[], machine: Machine): readonly Definition[] {
  return symbols.flatMap(({ name, type, section, value, size }) => {
    if (section === undefined || section >= 0xff00 || size === 0 || (type !== 1 && type !== 2)) return [];
    const offset = type === 2 && machine === "arm" ? (value & ~1) >>> 0 : value;
    return [{ kind: type === 2 ? "function" as const : "data" as const, name, section, offset, size }];
  });
}
