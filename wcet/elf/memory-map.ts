/**
 * Where an image lies: its sections in flash and RAM, and how much of each belongs to the
 * code that an entry reaches and to data of given names. An initialised writable section
 * counts twice: its contents are kept in flash and copied at start-up.
 */
import type { CodeGraph } from "../cfg/graph.js";
import type { Elf, ObjectSymbol } from "./elf.js";

export interface MappedSection {
  readonly name: string;
  readonly address: number;
  /** In bytes. */
  readonly size: number;
  readonly memory: "flash" | "ram" | "flash and ram";
}

export interface MemoryMap {
  /** By address. */
  readonly sections: readonly MappedSection[];
  /** In bytes, of the whole image. */
  readonly flash: number;
  readonly ram: number;
  /** What of it the network takes. */
  readonly network: {
    /** Functions that the entry reaches, their literal pools included. */
    readonly code: number;
    readonly constants: number;
    /** Constants that the linker script put into RAM. */
    readonly constantsInRam: number;
  };
}

const noBits = 8;

/** `constants`: symbols of the network's constant arrays. */
export function memoryMapOf(elf: Elf, { functions }: CodeGraph, constants: ReadonlySet<string>): MemoryMap {
  const allocated = elf.sections.filter(({ allocated: loaded, size }) => loaded && size > 0);
  const sections = allocated.map(({ name, address, size, writable, type }): MappedSection =>
    ({ name, address, size, memory: !writable ? "flash" : type === noBits ? "ram" : "flash and ram" })).toSorted((a, b) => a.address - b.address);
  const sizeIn = (where: RegExp): number => sections.filter(({ memory }) => where.test(memory)).reduce((sum, { size }) => sum + size, 0);
  const reached = new Set(functions.map(({ address }) => address));
  const found = elf.objects.filter(({ name }) => constants.has(name));
  const inRam = ({ address }: ObjectSymbol): boolean => sections.some((s) => s.memory !== "flash" && address >= s.address && address < s.address + s.size);
  return {
    sections, flash: sizeIn(/flash/), ram: sizeIn(/ram/),
    network: {
      code: sizeOf(elf.functions.filter(({ address }) => reached.has(address))),
      constants: sizeOf(found),
      constantsInRam: sizeOf(found.filter(inRam)),
    },
  };
}

function sizeOf(symbols: readonly ObjectSymbol[]): number {
  return symbols.reduce((sum, { size }) => sum + size, 0);
}
