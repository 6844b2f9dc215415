/** The smallest ELF file that a linker would make of code, marks, lines and function symbols: 32-bit, little-endian, Arm. */

export const headerSize = 52;
const [sectionSize, functionType] = [40, 2];

export interface Parts {
  /** Address of the code. */
  readonly base: number;
  readonly code: readonly number[];
  readonly marks: readonly number[];
  readonly lines: readonly number[];
  readonly functions: readonly (readonly [name: string, address: number, size: number])[];
}

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly bytes: readonly number[];
  readonly link: number;
}

/** The code follows the header of the file. */
export function link({ base, code, marks, lines, functions }: Parts): Uint8Array {
  const names = new Strings();
  const symbols = [...new Array<number>(16).fill(0), ...functions.flatMap(([name, address, size]) => [...words(names.add(name), address + 1, size), 0x10 | functionType, 0, 1, 0])];
  const plain = { flags: 0, address: 0, link: 0 };
  const sections: readonly Section[] = [
    { ...plain, name: "", type: 0, bytes: [] },
    { name: ".text", type: 1, flags: 6, address: base, bytes: code, link: 0 },
    { ...plain, name: ".obligato.loops", type: 1, bytes: marks },
    { ...plain, name: ".debug_line", type: 1, bytes: lines },
    { ...plain, name: ".symtab", type: 2, bytes: symbols, link: 5 },
    { ...plain, name: ".strtab", type: 3, bytes: names.bytes },
  ];
  return laidOut([...sections, { ...plain, name: ".shstrtab", type: 3, bytes: [] }]);
}

class Strings {
  readonly bytes: number[] = [0];

  /** Where the name begins. */
  add(name: string): number {
    const at = this.bytes.length;
    this.bytes.push(...new TextEncoder().encode(name), 0);
    return at;
  }
}

function words(...values: readonly number[]): readonly number[] {
  return values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255));
}

/** Contents one after the other, then the section headers; the last section is that of the names. */
function laidOut(sections: readonly Section[]): Uint8Array {
  const names = new Strings();
  const nameAt = sections.map(({ name }) => (name === "" ? 0 : names.add(name)));
  const contents: number[] = [];
  const headers = sections.flatMap(({ type, flags, address, bytes, link: to }, k) => {
    const content = k === sections.length - 1 ? names.bytes : bytes;
    const at = headerSize + contents.length;
    contents.push(...content, ...new Array<number>((4 - (content.length % 4)) % 4).fill(0));
    return words(nameAt[k] ?? 0, type, flags, address, at, content.length, to, 0, 4, type === 2 ? 16 : 0);
  });
  const half = (value: number): readonly number[] => [value & 255, value >>> 8];
  const head = [
    0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, ...new Array<number>(9).fill(0), ...half(2), ...half(40),
    ...words(1, 0x8001, 0, headerSize + contents.length, 0x5000000), ...half(headerSize), ...half(32), ...half(0), ...half(sectionSize), ...half(sections.length), ...half(sections.length - 1),
  ];
  return Uint8Array.from([...head, ...contents, ...headers]);
}
