/** What a linked network takes besides time: its stack at the deepest, and its places in memory. */
import { codeGraph } from "./cfg/graph.js";
import { readElf } from "./elf/elf.js";
import { type MemoryMap, memoryMapOf } from "./elf/memory-map.js";
import { type StackBound, stackBound } from "./stack/depth.js";

export interface FootprintRequest {
  readonly elf: Uint8Array;
  /** Names the file in findings. */
  readonly where: string;
  /** Name of the function that is called. */
  readonly entry: string;
  /** Symbols of the network's constant arrays. */
  readonly constants: ReadonlySet<string>;
}

export interface Footprint {
  readonly stack: StackBound;
  readonly map: MemoryMap;
}

/** Throws a Refusal for a file that is no ELF. Code that cannot be followed has no bound of the stack. */
export function footprintOf({ elf: bytes, where, entry, constants }: FootprintRequest): Footprint {
  const elf = readElf(bytes, where);
  const start = elf.functions.find(({ name }) => name === entry);
  const code = start === undefined ? { functions: [], problems: [`there is no function ${entry}`] } : codeGraph(elf, start);
  const stack: StackBound = code.problems.length > 0 ? { kind: "none", reasons: code.problems } : stackBound(elf, code);
  return { stack, map: memoryMapOf(elf, code, constants) };
}
