/**
 * ONNX Runtime held to AVX2: a copy of its library in which no code learns that there is AVX-512.
 * Before it uses those registers, code has to ask with xgetbv whether the system saves them (Intel
 * SDM, volume 1, 15.2); MLAS and cpuinfo do. Each xgetbv of the copy is made an undefined
 * instruction, and narrow.h answers for it with the AVX-512 states left out.
 */
import { closeSync, copyFileSync, openSync, readFileSync, writeSync } from "node:fs";
import { Refusal } from "../../ir/prelude.js";
import { runProcess } from "../../src/toolchain/process.js";
import { requireTool } from "../../src/toolchain/tools.js";

/** xgetbv is 0F 01 D0; ud2, which always traps, is 0F 0B, and D0 stays behind it. */
const [xgetbv, ud2] = [Buffer.from([0x0f, 0x01, 0xd0]), Buffer.from([0x0f, 0x0b])] as const;

/** Writes the copy; throws a Refusal where nothing in the library asks. */
export async function writeNarrow(library: string, copy: string): Promise<void> {
  const { address, offset, size } = await textOf(library);
  const bytes = readFileSync(library).subarray(offset, offset + size);
  const places: number[] = [];
  for (let at = bytes.indexOf(xgetbv); at >= 0; at = bytes.indexOf(xgetbv, at + 1)) {
    if (await isInstruction(library, address + at)) places.push(offset + at);
  }
  if (places.length === 0) throw new Refusal("unsupported", "peer", `${library} never asks which registers are saved`, undefined, "leave it out");
  copyFileSync(library, copy);
  const file = openSync(copy, "r+");
  for (const place of places) writeSync(file, ud2, 0, ud2.length, place);
  closeSync(file);
}

async function dump(args: readonly string[]): Promise<string> {
  return (await runProcess(requireTool("objdump", "(binutils) to read a library"), args)).output.toString("utf8");
}

async function textOf(library: string): Promise<{ readonly address: number; readonly offset: number; readonly size: number }> {
  const [, size, address, offset] = /\s\.text\s+(\w+)\s+(\w+)\s+\w+\s+(\w+)/.exec(await dump(["-h", library])) ?? [];
  if (size === undefined || address === undefined || offset === undefined) throw new Refusal("invalid", "peer", `${library} has no .text`, undefined, "name a library of ELF");
  return { address: parseInt(address, 16), offset: parseInt(offset, 16), size: parseInt(size, 16) };
}

/** Bytes: before it so many that the decoder is in step, after it the rest of an instruction that these may be part of. */
const around = { before: 512, after: 32 } as const;

/** Three bytes may also be part of another instruction. */
async function isInstruction(library: string, address: number): Promise<boolean> {
  const text = await dump(["-d", "--no-show-raw-insn", `--start-address=${address - around.before}`, `--stop-address=${address + around.after}`, library]);
  return new RegExp(`^\\s*${address.toString(16)}:\\s+xgetbv`, "m").test(text);
}
