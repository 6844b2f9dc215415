/**
 * Cortex-M4F under QEMU's mps2-an386: the same product files, cross-compiled, with a
 * bare-metal harness that reads vectors and writes outputs through semihosting files.
 * QEMU answers for the bits, not for the time.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Optimisation, compileFlags } from "../../backends/c/flags.js";
import { interfaceOf } from "../../backends/c/parameters.js";
import type { Program } from "../../ir/loop/program.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { type Build, type Compiled, compileProduct, compilerRun, requireSelfContained } from "./compile.js";
import { boardHarness, inputFile, linkerScript, outputFile, ticksFile } from "./cortex-m4-harness.js";
import { runProcess } from "./process.js";
import { type Limits, bytesOfVectors, runFailure, vectorsOfBytes } from "./run.js";
import { requireTool, versionOf } from "./tools.js";

export interface CortexBuild {
  /** Folder of the emitted files. */
  readonly folder: string;
  readonly model: string;
  readonly program: Program;
  readonly optimisation: Optimisation;
  readonly output?: string;
  readonly limits?: Limits;
}

/** Compiles and links for the board; throws a Refusal where a tool is missing or the model does not fit. */
export async function compileForCortexM4({ program, ...rest }: CortexBuild): Promise<Compiled> {
  const path = requireTool("arm-none-eabi-gcc", "to build for Cortex-M4");
  const build: Build = { ...rest, compiler: { kind: "gcc", path, version: await versionOf(path) } };
  const output = rest.output ?? join(rest.folder, `build-cortex-m4-${rest.optimisation}`);
  await mkdir(output, { recursive: true });
  const objects = await compileProduct(build, "cortex-m4", output);
  await requireSelfContained("arm-none-eabi-nm", objects, "cortex-m4");
  const main = join(output, "main.c");
  const script = join(output, "board.ld");
  await Promise.all([writeFile(main, boardHarness(rest.model, program)), writeFile(script, linkerScript)]);
  const target = compileFlags({ compiler: "gcc", target: "cortex-m4", optimisation: "O1" }).filter((flag) => flag.startsWith("-m"));
  const binary = join(output, `${rest.model}.elf`);
  await compilerRun(build, [...target, "-std=gnu99", "-O1", "-ffreestanding", "-nostdlib", `-I${rest.folder}`, "-T", script, main, ...objects, "-lgcc", "-o", binary]);
  return { binary, objects };
}

/** Nanoseconds of the emulator's time per instruction: 2 to this power. The timer ticks at 25 MHz. */
const instructionShift = 6;
const ticksPerInstruction = 2 ** instructionShift * 0.025;

/**
 * How many instructions each run of the vectors took, from the call to its return. The
 * emulator's clock advances by a fixed time per instruction; the board's timer reads it.
 */
export async function countOnCortexM4(board: BoardRun, binary: string, vectors: readonly (readonly Tensor[])[]): Promise<readonly number[]> {
  await runOnCortexM4(board, binary, vectors, ["-icount", `shift=${instructionShift},align=off,sleep=off`]);
  const bytes = await readFile(join(board.output, ticksFile));
  const ticks = Array.from({ length: bytes.length / 4 }, (_, k) => bytes.readUInt32LE(4 * k));
  const [nothing = 0, ...runs] = ticks.map((n) => Math.round(n / ticksPerInstruction));
  return runs.map((n) => n - nothing + 1); // the empty call is one instruction
}

interface BoardRun {
  /** Folder the emulator runs in. */
  readonly output: string;
  readonly program: Program;
  readonly limits?: Limits;
}

/** Runs vectors on the emulated board. */
export async function runOnCortexM4(
  { output, program, limits }: BoardRun,
  binary: string,
  vectors: readonly (readonly Tensor[])[],
  options: readonly string[] = [],
): Promise<readonly (readonly Tensor[])[]> {
  const qemu = requireTool("qemu-system-arm", "to run code for Cortex-M4");
  await writeFile(join(output, inputFile), bytesOfVectors(vectors));
  const board = ["-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none", "-semihosting-config", "enable=on,target=native"];
  const { status, errors } = await runProcess(qemu, [...board, ...options, "-kernel", binary], { ...limits, folder: output });
  if (status !== 0) throw runFailure(binary, status, errors);
  const outputs = interfaceOf(program).filter(({ kind }) => kind === "output");
  return vectorsOfBytes(await readFile(join(output, outputFile)), vectors.length, outputs);
}
