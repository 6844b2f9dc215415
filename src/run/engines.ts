/** The two engines that compute a network's outputs: compiled C and the interpreter. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmittedFile, ReadBack } from "../../backends/backend.js";
import type { Optimisation } from "../../backends/c/flags.js";
import { harnessFile } from "../../backends/c/harness.js";
import { layoutOfPacked } from "../../backends/c/layout.js";
import { evalProgram } from "../../ir/loop/eval.js";
import { variable } from "../../ir/loop/index-expr.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { Refusal, present } from "../../ir/prelude.js";
import { type ElementType, isHalf } from "../../ir/scalar/types.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Tensor, type TensorType, printTensorType, sameType } from "../../ir/tensor/tensor.js";
import { compileModel, writeEmission } from "../toolchain/compile.js";
import { runVectors } from "../toolchain/run.js";
import { type Compiler, findCompilers } from "../toolchain/tools.js";

export type Engine = "c" | "interpreter";

/** Code to run: the files and what was read from them. */
export interface Runnable {
  readonly files: readonly EmittedFile[];
  readonly read: ReadBack;
  readonly contract: MulAddContract;
}

export function interfaceBuffers(program: Program, kind: "input" | "output"): readonly Buffer[] {
  return program.buffers.filter((buffer) => buffer.kind === kind);
}

/** The first compiler installed, or a Refusal of class `tool-missing`. */
export async function requireCompiler(): Promise<Compiler> {
  const [compiler] = await findCompilers();
  if (compiler !== undefined) return compiler;
  throw new Refusal("tool-missing", "tool-missing", "no C compiler is on PATH", undefined, "install gcc or clang, or use --engine interpreter");
}

/** Compiles in a temporary folder, runs every vector in one process, removes the folder. */
export async function runInC(
  { files, read, contract }: Runnable,
  vectors: readonly (readonly Tensor[])[],
  compiler: Compiler,
  optimisation: Optimisation = "O2",
): Promise<readonly (readonly Tensor[])[]> {
  const folder = await mkdtemp(join(tmpdir(), "obligato-run-"));
  try {
    const harness = [harnessFile(layoutOfPacked(read.program, read))];
    await writeEmission(folder, { files, harness });
    const { binary } = await compileModel({ folder, model: read.model, compiler, optimisation, fused: contract === "fused" });
    return await runVectors(binary, vectors, interfaceBuffers(read.program, "output").map(({ type, shape }) => ({ type, shape })));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs what was read from the C in the interpreter, its weights being those in the text. */
export function runInterpreted({ program, weights }: ReadBack, inputs: readonly Tensor[]): readonly Tensor[] {
  const own = { ...program, buffers: program.buffers.map(ownWeight) };
  const byName = new Map(interfaceBuffers(program, "input").map(({ name }, k) => [name, present(inputs[k], name)]));
  return [...evalProgram(own, { inputs: byName, weights }).values()];
}

/** A weight buffer seen as a tensor of its own: element d of itself. */
function ownWeight(buffer: Buffer): Buffer {
  if (buffer.kind !== "weight") return buffer;
  return { ...buffer, map: { tensor: buffer.name, index: buffer.shape.map((_extent, axis) => variable(`d${axis}`)) } };
}

/** A tensor of u16 where the model has f16 or bf16 is taken as its bits: NumPy, and what stores tensors with it, has no bfloat16. */
export function asBits(given: Tensor, type: ElementType | undefined): Tensor {
  return type !== undefined && isHalf(type) && given.type === "u16" ? { ...given, type } : given;
}

/** Throws a Refusal where the given tensors are not the model's inputs, in order. */
export function validateInputs(types: readonly (TensorType & { readonly name: string })[], inputs: readonly Tensor[]): void {
  if (inputs.length !== types.length) {
    const wanted = types.map(({ name, ...type }) => `${name} ${printTensorType(type)}`).join(", ");
    throw new Refusal("usage", "input-count", `${inputs.length} inputs are given, the model has ${types.length}`, undefined, `give --input once per input: ${wanted}`);
  }
  types.forEach(({ name, ...type }, k) => {
    const given = inputs[k];
    if (given === undefined || sameType(given, type)) return;
    throw new Refusal("usage", "input-type", `input ${name} is ${printTensorType(given)}, the model takes ${printTensorType(type)}`, name, "give a tensor of that type and shape");
  });
}
