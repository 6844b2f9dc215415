/**
 * How a function of an ELF is called on the simulated core: the image as it was linked, and
 * outside of it a few instructions that switch the floating-point unit on, set arguments and
 * read the cycle counter around the call. The cost of a call that returns at once is taken
 * off, and its return added: what is left runs from the first instruction to the return.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal, present } from "../../ir/prelude.js";
import { runProcess } from "../../src/toolchain/process.js";
import { requireTool } from "../../src/toolchain/tools.js";
import { readElf } from "../../wcet/elf/elf.js";
import { type Waits, simulate } from "./simulator.js";

const prefix = "riscv64-unknown-elf-";
/** In the simulator's read-only memory and in its RAM, behind any image. */
const [startAddress, nothingAddress, targetAddress, bufferBase, stackTop] = [0x1000, 0x2000, 0x3000, 0x84000000, 0x88000000 - 0x1000];
/** A return to an aligned instruction: two cycles. */
const costOfReturn = 2;

export interface Calls {
  readonly elf: string;
  /** Bytes of each argument's array, the same for all runs. */
  readonly sizes: readonly number[];
  readonly waits: Waits;
  /** Cycles after which a run has gone astray. */
  readonly limit: number;
  /** Receives files. */
  readonly folder: string;
}

export interface CallRun {
  readonly entry: string;
  /** Of the arguments, from the first; what is left out stays as the run before left it. */
  readonly contents: readonly Uint8Array[];
  /** Arguments to read after the run. */
  readonly outputs: readonly number[];
}

export interface Simulated {
  readonly cycles: number;
  readonly outputs: readonly Uint8Array[];
}

/** Runs the calls in order on one memory, each from reset. */
export async function simulateCalls({ elf, sizes, waits, limit, folder }: Calls, runs: readonly CallRun[]): Promise<readonly Simulated[]> {
  const image = readElf(readFileSync(elf), elf);
  const targets = new Map(image.functions.map(({ name, address }) => [name, address]));
  const places = sizes.map((_, k) => bufferBase + sizes.slice(0, k).reduce((sum, size) => sum + aligned(size), 0));
  const run = (target: number): readonly string[] => [`write ${targetAddress} ${target}`, `run ${startAddress} ${limit} ${waits.code} ${waits.data}`];
  await assemble(startText(places), join(folder, "start"), startAddress);
  await assemble("ret", join(folder, "nothing"), nothingAddress);
  const sections = image.sections.filter(({ allocated, bytes }) => allocated && bytes.length > 0);
  const commands = [
    ...sections.map(({ address, bytes }, k) => load(address, bytes, `image-${k}.bin`, folder)),
    `load ${startAddress} ${join(folder, "start.bin")}`, `load ${nothingAddress} ${join(folder, "nothing.bin")}`, ...run(nothingAddress),
    ...runs.flatMap(({ entry, contents, outputs }, r) => [
      ...contents.map((bytes, k) => load(present(places[k], "place"), bytes, `input-${r}-${k}.bin`, folder)),
      ...run(present(targets.get(entry), entry)),
      ...outputs.map((k) => `read ${present(places[k], "place")} ${present(sizes[k], "size")} ${outputFile(folder, r, k)}`),
    ]),
  ];
  const [nothing = 0, ...cycles] = await simulate(commands, folder);
  return runs.map(({ outputs }, r) => ({ cycles: present(cycles[r], "run") - nothing + costOfReturn, outputs: outputs.map((k) => readFileSync(outputFile(folder, r, k))) }));
}

function aligned(size: number): number {
  return Math.ceil(size / 64) * 64;
}

function outputFile(folder: string, run: number, argument: number): string {
  return join(folder, `output-${run}-${argument}.bin`);
}

function load(address: number, bytes: Uint8Array, name: string, folder: string): string {
  writeFileSync(join(folder, name), bytes);
  return `load ${address} ${join(folder, name)}`;
}

/** Registers a0 to a7, then the stack (The RISC-V ELF psABI, integer calling convention). */
function startText(places: readonly number[]): string {
  const onStack = places.slice(8).flatMap((place, k) => [`li t0, ${place}`, `sw t0, ${4 * k}(sp)`]);
  return [
    ".option norvc", `li sp, ${stackTop}`,
    "li t0, 0x2000", "csrs mstatus, t0", "csrw mcountinhibit, zero",
    ...onStack, ...places.slice(0, 8).map((place, k) => `li a${k}, ${place}`),
    `li t1, ${targetAddress}`, "lw t1, 0(t1)", "li s2, -4096", ".balign 16",
    "csrr s0, mcycle", "jalr t1", "csrr s1, mcycle", "sub s1, s1, s0", "sw s1, 0(s2)", "1: j 1b",
  ].join("\n");
}

/** Text to a flat binary at an address. */
async function assemble(text: string, path: string, address: number): Promise<void> {
  writeFileSync(`${path}.S`, `.globl start\nstart:\n${text}\n`);
  const machine = ["-march=rv32imafc_zicsr", "-mabi=ilp32f", "-nostdlib", "-static", "-Wl,--no-relax", "-Wl,--build-id=none", "-Wl,-e,start"];
  await must("gcc", [...machine, `-Wl,-Ttext=0x${address.toString(16)}`, `${path}.S`, "-o", `${path}.elf`]);
  await must("objcopy", ["-O", "binary", "-j", ".text", `${path}.elf`, `${path}.bin`]);
}

async function must(tool: string, args: readonly string[]): Promise<void> {
  const { status, errors } = await runProcess(requireTool(`${prefix}${tool}`, "to build for rv32"), args);
  if (status !== 0) throw new Refusal("invalid", "run-failed", errors, undefined, "see what the tool says");
}
