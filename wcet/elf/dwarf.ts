/** Versions of the debugging data of an ELF (DWARF 5, sections 7.4, 7.5.1 and 6.2.4): each unit begins with its length and version. */
import { type Elf, sectionNamed } from "./elf.js";

/** The highest version of each section that has units; `unreadable` where a length leads out of the section. */
export function dwarfVersions(elf: Elf): ReadonlyMap<string, number | "unreadable"> {
  const found = [".debug_info", ".debug_line"].flatMap((name) => {
    const bytes = sectionNamed(elf, name)?.bytes;
    return bytes === undefined || bytes.length === 0 ? [] : [[name, highestVersion(bytes)] as const];
  });
  return new Map(found);
}

function highestVersion(bytes: Uint8Array): number | "unreadable" {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let highest = 0;
  for (let at = 0; at < bytes.length; ) {
    if (at + 6 > bytes.length) return "unreadable";
    const length = view.getUint32(at, true);
    if (length < 2 || at + 4 + length > bytes.length) return "unreadable"; // the 64-bit form too
    highest = Math.max(highest, view.getUint16(at + 4, true));
    at += 4 + length;
  }
  return highest;
}
