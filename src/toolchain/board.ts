/**
 * A model on an emulated board: the same product files, cross-compiled with loop marks,
 * and a bare-metal harness that reads vectors and writes outputs and counts through
 * semihosting files.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Optimisation, compileFlags } from "../../backends/c/flags.js";
import { interfaceOf } from "../../backends/c/parameters.js";
import type { Program } from "../../ir/loop/program.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { type Build, type Compiled, compileProduct, compilerRun, requireSelfContained } from "./compile.js";
import { boardHarness, countsFile, inputFile, outputFile } from "./board-harness.js";
import type { Board } from "./boards.js";
import { crossGcc } from "./hosted.js";
import { runProcess } from "./process.js";
import { type Limits, bytesOfVectors, runFailure, vectorsOfBytes } from "./run.js";
import { type Compiler, requireTool } from "./tools.js";

export interface BoardBuild {
  readonly board: Board;
  /** Folder of the emitted files. */
  readonly folder: string;
  readonly model: string;
  readonly program: Program;
  readonly optimisation: Optimisation;
  /** Flags after the pinned ones. */
  readonly extra?: readonly string[];
  readonly output?: string;
  readonly limits?: Limits;
  /** For the product files; default: the cross compiler of the board, which compiles the rest and links. */
  readonly compiler?: Compiler;
}

/** Compiles and links for the board; throws a Refusal where a tool is missing or the model does not fit. */
export async function compileForBoard({ board, program, ...rest }: BoardBuild): Promise<Compiled> {
  const { target, prefix, linkerScript } = board;
  const gcc = await crossGcc(prefix, target);
  const build: Build = { ...rest, compiler: gcc };
  const output = rest.output ?? join(rest.folder, `build-${target}-${rest.optimisation}`);
  await mkdir(output, { recursive: true });
  const objects = await compileProduct({ ...build, compiler: rest.compiler ?? gcc }, target, output);
  await requireSelfContained(`${prefix}nm`, objects, target);
  const main = join(output, "main.c");
  const script = join(output, "board.ld");
  await Promise.all([writeFile(main, boardHarness(board, rest.model, program)), writeFile(script, linkerScript)]);
  const machine = compileFlags({ compiler: "gcc", target, optimisation: "O1" }).filter((flag) => flag.startsWith("-m"));
  const binary = join(output, `${rest.model}.elf`);
  await compilerRun(build, [...machine, "-std=gnu99", "-O1", "-ffreestanding", "-nostdlib", "-fno-pie", "-static", `-I${rest.folder}`, "-T", script, main, ...objects, "-lgcc", "-o", binary]);
  return { binary, objects };
}

/**
 * How many instructions each run of the vectors took, from the call to its return: under
 * `-icount` the emulator's clock advances by a fixed time per instruction.
 */
export async function countOnBoard(run: BoardRun, binary: string, vectors: readonly (readonly Tensor[])[]): Promise<readonly number[]> {
  const { countShift, countsPerInstruction } = run.board;
  await runOnBoard(run, binary, vectors, ["-icount", `shift=${countShift},align=off,sleep=off`]);
  const bytes = await readFile(join(run.output, countsFile));
  const counts = Array.from({ length: bytes.length / 4 }, (_, k) => bytes.readUInt32LE(4 * k));
  const [nothing = 0, ...runs] = counts.map((n) => Math.round(n / countsPerInstruction));
  return runs.map((n) => n - nothing + 1); // the empty call is one instruction
}

export interface BoardRun {
  readonly board: Board;
  /** Folder the emulator runs in. */
  readonly output: string;
  readonly program: Program;
  readonly limits?: Limits;
}

/** Runs vectors on the emulated board. */
export async function runOnBoard(
  { board, output, program, limits }: BoardRun,
  binary: string,
  vectors: readonly (readonly Tensor[])[],
  options: readonly string[] = [],
): Promise<readonly (readonly Tensor[])[]> {
  const qemu = requireTool(board.qemu, `to run code for ${board.target}`);
  await writeFile(join(output, inputFile), bytesOfVectors(vectors));
  const { status, errors } = await runProcess(qemu, [...board.machine, ...options, "-kernel", binary], { ...limits, folder: output });
  if (status !== 0) throw runFailure(binary, status, errors);
  const outputs = interfaceOf(program).filter(({ kind }) => kind === "output");
  return vectorsOfBytes(await readFile(join(output, outputFile)), vectors.length, outputs);
}
