/** Runs a compiled model on concrete inputs and gives its outputs, bit for bit. */
import { createHash } from "node:crypto";
import { Refusal } from "../../ir/prelude.js";
import { numberOf } from "../../ir/scalar/half.js";
import { bytesOf, canonicalNaN, isFloat, isHalf } from "../../ir/scalar/types.js";
import { type Tensor, type TensorType, bytesOfElements, elementCount, elementsFromBytes } from "../../ir/tensor/tensor.js";
import { type ProcessOptions, runProcess } from "./process.js";

export type Limits = Pick<ProcessOptions, "timeLimit" | "signal">;

/** The outputs for one vector of inputs; `outputs` are their types, in the order of the model. */
export async function runCompiled(binary: string, inputs: readonly Tensor[], outputs: readonly TensorType[], limits: Limits = {}): Promise<readonly Tensor[]> {
  const [result = []] = await runVectors(binary, [inputs], outputs, limits);
  return result;
}

/** As runCompiled for several vectors in one process; a binary for another system is given as the command that runs it. */
export async function runVectors(
  command: string | readonly [string, ...string[]],
  vectors: readonly (readonly Tensor[])[],
  outputs: readonly TensorType[],
  limits: Limits = {},
): Promise<readonly (readonly Tensor[])[]> {
  const [binary, ...words]: readonly [string, ...string[]] = typeof command === "string" ? [command] : command;
  const { status, output, errors } = await runProcess(binary, words, { ...limits, input: bytesOfVectors(vectors) });
  if (status !== 0) throw runFailure(binary, status, errors);
  return vectorsOfBytes(output, vectors.length, outputs);
}

/** The status the self test of the binary returns: 0 is sound. */
export async function runSelftest(binary: string, limits: Limits = {}): Promise<number> {
  const { status, output, errors } = await runProcess(binary, ["selftest"], limits);
  if (status !== 0) throw runFailure(binary, status, errors);
  return Number(output.toString("utf8"));
}

export function runFailure(binary: string, status: number, errors: string): Refusal {
  return new Refusal("invalid", "run-failed", `${binary} ended with status ${status}${errors === "" ? "" : `: ${errors.trim()}`}`, undefined, "check that the inputs have the types of the model");
}

/** Inputs as the harness reads them; a network without inputs takes one byte per run. */
export function bytesOfVectors(vectors: readonly (readonly Tensor[])[]): Uint8Array {
  const parts = vectors.flatMap((inputs) => (inputs.length === 0 ? [new Uint8Array(1)] : inputs.map(({ data }) => bytesOfElements(data))));
  return Buffer.concat(parts);
}

/** Outputs as the harness writes them. */
export function vectorsOfBytes(bytes: Uint8Array, count: number, outputs: readonly TensorType[]): readonly (readonly Tensor[])[] {
  const sizes = outputs.map(({ type, shape }) => bytesOf[type] * elementCount(shape));
  const total = sizes.reduce((sum, size) => sum + size, 0) * count;
  if (bytes.length !== total) throw runFailure("the binary", 0, `${bytes.length} bytes of output where ${total} are due`);
  let at = 0;
  return Array.from({ length: count }, () =>
    outputs.map(({ type, shape }, k) => {
      const start = at;
      at += sizes[k] ?? 0;
      return { type, shape, data: elementsFromBytes(type, bytes.subarray(start, at)) };
    }),
  );
}

/** SHA-256 over the little-endian bytes, every NaN the canonical one: equal digests are equal outputs. */
export function outputDigest(tensors: readonly Tensor[]): string {
  const hash = createHash("sha256");
  for (const { type, data } of tensors) {
    const bytes = new Uint8Array(bytesOfElements(data));
    if (isFloat(type) || isHalf(type)) {
      const view = new DataView(bytes.buffer);
      data.forEach((x: number | bigint, k: number) => {
        if (!Number.isNaN(numberOf(type, x))) return;
        if (isHalf(type)) view.setUint16(2 * k, Number(canonicalNaN[type]), true);
        else if (type === "f32") view.setUint32(4 * k, Number(canonicalNaN.f32), true);
        else view.setBigUint64(8 * k, canonicalNaN.f64, true);
      });
    }
    hash.update(bytes);
  }
  return hash.digest("hex");
}
