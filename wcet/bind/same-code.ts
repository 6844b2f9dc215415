/**
 * Whether the code of a network in a linked image is that of given objects: each function
 * that the entry reaches is followed in both, equal bit by bit but for the fields that the
 * object's relocations name; those must lead to the object's own functions and data, whose
 * bytes are compared too. The linker of RISC-V may shorten code; that is said apart.
 */
import { type Elf, halfWordAt } from "../elf/elf.js";
import type { Definition, ObjectFile, ObjectSection, Relocation } from "../elf/object-file.js";
import { type Field, type LinkedPlace, fieldOf } from "./relocated-fields.js";

export interface CodeComparison {
  readonly functions: readonly string[];
  readonly constants: readonly string[];
  /** The linker shortened addresses and calls. */
  readonly relaxed: boolean;
  /** What is not the same, by function and offset in the object; empty if nothing. */
  readonly differences: readonly string[];
}

interface Home {
  readonly object: ObjectFile;
  readonly definition: Definition;
}

interface Task extends Home {
  /** In the image. */
  readonly address: number;
}

class Comparison {
  readonly elf: Elf;
  readonly homes: readonly Home[];
  readonly seen = new Map<string, number>();
  readonly queue: Task[] = [];
  readonly halves = new Map<string, { low?: number; high?: number }>();
  readonly differences: string[] = [];
  relaxed = false;

  constructor(elf: Elf, objects: readonly ObjectFile[]) {
    this.elf = elf;
    this.homes = objects.flatMap((object) => object.definitions.map((definition) => ({ object, definition })));
  }

  /** A definition must have one address in the image. */
  meet(home: Home, address: number): void {
    const { name } = home.definition;
    const known = this.seen.get(name);
    if (known === undefined) {
      this.seen.set(name, address);
      this.queue.push({ ...home, address });
    } else if (known !== address) this.differences.push(`${name} is in two places, 0x${known.toString(16)} and 0x${address.toString(16)}`);
  }

  /** The definition that a relocation of `object` leads to, and how far into it. */
  homeOf(object: ObjectFile, { symbol, addend }: Relocation, more: number): { readonly home: Home; readonly into: number } | undefined {
    const offset = symbol.value + addend + more;
    if (symbol.section === undefined || symbol.name !== "") {
      const home = this.homes.find((it) => it.definition.name === symbol.name && (symbol.section === undefined || it.object === object));
      return home === undefined ? undefined : { home, into: addend + more };
    }
    const home = this.homes.find(({ object: of, definition: d }) => of === object && d.section === symbol.section && offset >= d.offset && offset < d.offset + d.size);
    return home === undefined ? undefined : { home, into: offset - home.definition.offset };
  }
}

export function compareCode(elf: Elf, objects: readonly ObjectFile[], entry: string): CodeComparison {
  const comparison = new Comparison(elf, objects);
  const home = comparison.homes.find(({ definition: { name, kind } }) => kind === "function" && name === entry);
  const start = elf.functions.find(({ name }) => name === entry);
  if (home === undefined || start === undefined) return { functions: [], constants: [], relaxed: false, differences: [`there is no function ${entry} in ${home === undefined ? "the objects" : "the image"}`] };
  comparison.meet(home, start.address);
  const [functions, constants]: [string[], string[]] = [[], []];
  for (const task of comparison.queue) {
    meetNeighbours(comparison, task);
    const before = comparison.differences.length;
    compareDefinition(comparison, task);
    if (comparison.differences.length === before) (task.definition.kind === "function" ? functions : constants).push(task.definition.name);
  }
  return { functions, constants, relaxed: comparison.relaxed, differences: comparison.differences };
}

/** Calls within a section of Arm code have no relocations: its functions stay where they are to each other. */
function meetNeighbours(comparison: Comparison, { object, definition: { kind, section, offset }, address }: Task): void {
  if (object.machine !== "arm" || kind !== "function") return;
  for (const home of comparison.homes) {
    const { definition } = home;
    if (home.object === object && definition.section === section && definition.kind === "function") comparison.meet(home, address + definition.offset - offset);
  }
}

function compareDefinition(comparison: Comparison, { object, definition: { name, section, offset, size }, address }: Task): void {
  const home = object.sections[section];
  if (home === undefined) return;
  const fields = new Map(fieldsIn(home, offset, size).map((relocation) => [relocation.offset, relocation]));
  let [from, to] = [offset, address];
  const end = offset + size;
  const placed = new Map<number, number>();
  const jumps: Jump[] = [];
  while (from < end) {
    placed.set(from, to);
    const field = fields.get(from);
    const compared = field === undefined ? plainField(home, from) : fieldOf(object.machine, field, home.bytes, from);
    const place = compared.read((ahead) => halfWordAt(comparison.elf, to + ahead), to);
    if (place === undefined) {
      comparison.differences.push(`${name}+0x${(from - offset).toString(16)}: ${compared.what}`);
      return;
    }
    if (place.size !== compared.size) comparison.relaxed = true;
    if (field !== undefined) {
      const target = field.symbol.section === section ? field.symbol.value + field.addend : undefined;
      if (target !== undefined && target >= offset && target < end && place.address !== undefined) jumps.push({ from, target, address: place.address });
      else follow(comparison, object, field, place, { name, from: from - offset });
    }
    from += compared.size;
    to += place.size;
  }
  for (const jump of jumps) if (placed.get(jump.target) !== jump.address) comparison.differences.push(`${name}+0x${(jump.from - offset).toString(16)}: a jump to another place`);
}

/** Within the function: its target in the object and in the image. */
interface Jump {
  readonly from: number;
  readonly target: number;
  readonly address: number;
}

/** Relocations with a field; those that only allow the linker something have none. */
function fieldsIn({ relocations }: ObjectSection, offset: number, size: number): readonly Relocation[] {
  const marker = new Set([0, 51, 52]); // NONE of both machines; RISC-V's RELAX and its like
  return relocations.filter((it) => it.offset >= offset && it.offset < offset + size && !marker.has(it.type));
}

/** One half word, or the last byte of an array. */
function plainField({ bytes }: ObjectSection, from: number): Field {
  const [low, high] = [bytes[from] ?? 0, bytes[from + 1]];
  return {
    size: high === undefined ? 1 : 2, what: "other bytes",
    read: (halfWord) => {
      const found = halfWord(0);
      const same = found !== undefined && (high === undefined ? (found & 255) === low : found === (low | (high << 8)));
      return same ? { size: high === undefined ? 1 : 2 } : undefined;
    },
  };
}

/** Where a field leads in the image must be what it leads to in the objects. */
function follow(comparison: Comparison, object: ObjectFile, relocation: Relocation, { address, low, high, more = 0 }: LinkedPlace, { name, from }: { readonly name: string; readonly from: number }): void {
  const { symbol, addend } = relocation;
  const into = addend + more;
  const whole = address ?? joined(comparison, `${name} ${symbol.name} ${symbol.section ?? ""} ${symbol.value} ${into}`, { low, high });
  if (whole === undefined) return;
  const found = comparison.homeOf(object, relocation, more);
  if (found !== undefined) comparison.meet(found.home, (whole - found.into) >>> 0);
  else if (symbol.section !== undefined && !sameLiteral(comparison, object.sections[symbol.section], symbol.value + into, whole)) comparison.differences.push(`${name}+0x${from.toString(16)}: another constant`);
} // what no object defines is the compiler's runtime: whoever links it, brings it

/** An unnamed constant of the compiler, of the size of its section's entries. */
function sameLiteral({ elf }: Comparison, section: ObjectSection | undefined, offset: number, address: number): boolean {
  if (section === undefined) return false;
  const size = Math.min(section.entrySize === 0 ? 4 : section.entrySize, section.bytes.length - offset);
  const pairs = Array.from({ length: size / 2 }, (_, k) => [halfWordAt(elf, address + 2 * k), (section.bytes[offset + 2 * k] ?? 0) | ((section.bytes[offset + 2 * k + 1] ?? 0) << 8)] as const);
  return pairs.every(([found, due]) => found === due);
}

/** An address in two halves is known when both are. */
function joined({ halves }: Comparison, key: string, { low, high }: { readonly low?: number | undefined; readonly high?: number | undefined }): number | undefined {
  const known = halves.get(key) ?? {};
  const both = { ...known, ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
  halves.set(key, both);
  return both.low === undefined || both.high === undefined ? undefined : (both.high + both.low) >>> 0;
}
