/**
 * What an ELF must not hold if OTAWA is to read it as it is. Where its decoder does not
 * know an instruction it goes on silently at the next half word, which may be taken for
 * a branch, so facts about such code would bound another program.
 *
 * The instructions that it reads are those of its Thumb description (fp_thumb in
 * nmp/fp.nmp of statinf-otawa/armv7t c2818e5); everything else of the floating-point
 * extension is refused. The other conditions were found by running it: DWARF 5 is never
 * finished, a tail call is taken as part of the caller, and addresses outside the banks
 * of the board are an error or cost the worst case.
 */
import { type Block, type CodeGraph, type FunctionGraph, codeGraph } from "../cfg/graph.js";
import type { Instruction } from "../cfg/instruction.js";
import { vfpMnemonic } from "../cfg/thumb-vfp.js";
import { dwarfVersions } from "../elf/dwarf.js";
import { type Elf, halfWordAt, readElf } from "../elf/elf.js";

/** Memory of a board: addresses from `start` up to, not including, `end`. */
export interface Bank {
  readonly start: number;
  readonly end: number;
}

const readByOtawa = new Set(["vadd", "vsub", "vmul", "vdiv", "vmla", "vmls", "vmov", "vcvt", "vcvtr", "vldr", "vstr", "vpush", "vpop", "vmrs"]);

/** Loads and stores of floats that move their pointer. */
const moving: readonly string[] = ["vldmia", "vstmia", "vldmdb", "vstmdb"];

/** What to change in the build, by mnemonic. */
const remedies: ReadonlyMap<string, string> = new Map([
  ...moving.map((name) => [name, "compile with -fno-auto-inc-dec"] as const),
  ...["vfma", "vfms", "vfnma", "vfnms"].map((name) => [name, "compile with -ffp-contract=off and the contract `separate`"] as const),
  ...["vcmp", "vcmpe", "vneg", "vabs", "vnmul", "vnmla", "vnmls"].map((name) => [name, "build with --float-compare integer, or for the A32 instruction set (-marm)"] as const),
]);

/** Each problem with its place and its remedy; empty if OTAWA reads the code as it is. */
export function otawaProblems(elf: Elf, code: CodeGraph, banks: readonly Bank[]): readonly string[] {
  const unread = code.functions.flatMap((graph) => instructionsOf(graph).flatMap((it) => unreadable(elf, graph, it)));
  const tailCalls = code.functions.flatMap((graph) => graph.blocks.filter(isTailCall).map((block) => `${placeOf(graph, block.instructions.at(-1))}: a tail call: compile with -fno-optimize-sibling-calls`));
  return [...unread, ...tailCalls, ...debugProblems(elf), ...originProblems(elf), ...bankProblems(elf, banks)];
}

/** Whether code below `entry` has a load or store that a compiler writes only where pointers may move with it. */
export function movesPointers(bytes: Uint8Array, where: string, entry: string): boolean {
  const elf = readElf(bytes, where);
  const start = elf.functions.find(({ name }) => name === entry);
  const functions = start === undefined || elf.machine === "riscv" ? [] : codeGraph(elf, start).functions;
  return functions.some((graph) => instructionsOf(graph).some((it) => moving.includes(mnemonicOf(elf, it) ?? "")));
}

function mnemonicOf(elf: Elf, { address, size }: Instruction): string | undefined {
  return size === 4 ? vfpMnemonic(halfWordAt(elf, address) ?? 0, halfWordAt(elf, address + 2) ?? 0) : undefined;
}

function instructionsOf({ blocks }: FunctionGraph): readonly Instruction[] {
  return blocks.flatMap(({ instructions }) => instructions);
}

function placeOf({ name, address }: FunctionGraph, it: Instruction | undefined): string {
  const at = it?.address ?? address;
  return `${name}+0x${(at - address).toString(16)} (0x${at.toString(16)})`;
}

function unreadable(elf: Elf, graph: FunctionGraph, it: Instruction): readonly string[] {
  if (elf.machine === "riscv") return it.class.startsWith("fp-") ? [`${placeOf(graph, it)}: a floating-point instruction of RISC-V, of which only RV32IM was tried`] : [];
  const name = mnemonicOf(elf, it);
  if (name === undefined || readByOtawa.has(name)) return [];
  return [`${placeOf(graph, it)}: OTAWA does not read ${name} in Thumb: ${remedies.get(name) ?? "build for the A32 instruction set (-marm)"}`];
}

function isTailCall({ calls, exits }: Block): boolean {
  return calls !== undefined && exits;
}

function debugProblems(elf: Elf): readonly string[] {
  return [...dwarfVersions(elf)].flatMap(([section, version]) => {
    if (version !== "unreadable" && version <= 4) return [];
    return [`${section}: ${version === "unreadable" ? "units that cannot be followed" : `DWARF ${version}`}, which OTAWA never finishes reading: compile with -gdwarf-4, libraries included, or strip it (objcopy --strip-debug)`];
  });
}

/** Its loader takes address 0 for that of a section which is not loaded. */
function originProblems({ sections, functions }: Elf): readonly string[] {
  const first = sections.filter(({ allocated, address, size }) => allocated && address === 0 && functions.some((it) => it.address < size));
  return first.map(({ name }) => `${name}: code of a section at address 0 is left out by OTAWA: link the section elsewhere, only vectors at 0`);
}

function bankProblems({ sections }: Elf, banks: readonly Bank[]): readonly string[] {
  if (banks.length === 0) return [];
  const inMemory = sections.filter(({ allocated, size }) => allocated && size > 0);
  return inMemory.filter(({ address, size }) => !banks.some(({ start, end }) => start <= address && address + size <= end))
    .map(({ name, address }) => `${name} at 0x${address.toString(16)} lies in no bank that was stated: link it there`);
}
