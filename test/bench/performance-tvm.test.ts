/** TVM as a peer: found by a variable or named as absent, and its outputs where there is one. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { type ExecutionContext } from "ava";
import { machineHeader, sessionHeader } from "../../bench/performance/adapter.js";
import { digestOf, timeVariants } from "../../bench/performance/measure.js";
import type { Network } from "../../bench/performance/network.js";
import { notMeasured } from "../../bench/performance/row.js";
import { type Tvm, tvmIn, tvmVariant } from "../../bench/performance/tvm.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { blockOf, buildRounds, place } from "../../src/toolchain/rounds.js";
import { outputDigest } from "../../src/toolchain/run.js";
import { floats, graph, model, node, value } from "../support/onnx-model.js";

const sources = resolve("bench/performance");
const installed: Tvm = { python: "python", version: "1.2", llvm: "22", headers: [], libraries: [] };

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "obligato-tvm-"));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a peer that is not installed is named", (t) => {
  const absent = notMeasured({ runtimes: [], tvm: undefined });
  t.true(absent.includes("TVM") && absent.includes("ONNX Runtime"));
  const present = notMeasured({ runtimes: [{ name: "ONNX Runtime", library: "it.so", narrow: false }], tvm: installed });
  t.false(present.includes("TVM") || present.includes("ONNX Runtime"));
});

/** A program that prints `text` and ends with `status`. */
function pretender(folder: string, text: string, status: number): string {
  const file = join(folder, "python");
  writeFileSync(file, `#!/bin/sh\ncat <<'END'\n${text}\nEND\nexit ${status}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("TVM is what its Python says, and a Python without it is refused", async (t) => {
  await inFolder(async (folder) => {
    t.is(await tvmIn(sources, ""), undefined);
    const python = pretender(folder, "version 1.2\nllvm 22\nheaders /a b\nlibrary /c/libffi.so\nlibrary /d/libruntime.so", 0);
    t.deepEqual(await tvmIn(sources, python), { python, version: "1.2", llvm: "22", headers: ["/a b"], libraries: ["/c/libffi.so", "/d/libruntime.so"] });
    await t.throwsAsync(tvmIn(sources, pretender(folder, "", 1)), { name: "Refusal", message: /ends with 1/ });
    await t.throwsAsync(tvmIn(sources, pretender(folder, "version 1.2", 0)), { message: /llvm/ });
  });
});

const network: Network = {
  name: "two", model: "two.onnx", vector: "inputs.bin", steps: 0,
  inputs: place([{ name: "x", type: "f32", shape: [2, 3] }, { name: "n", type: "i32", shape: [4] }]),
  outputs: place([{ name: "y", type: "f32", shape: [2, 3] }, { name: "m", type: "i32", shape: [4] }]),
};

test("tensors are described as each interface has them", (t) => {
  t.regex(sessionHeader(network, "it.so"), /\{0, 24, case_input_shape0, 2, 1\},\n {4}\{64, 16, case_input_shape1, 1, 6\},/);
  t.regex(machineHeader(network, "it.so"), /\{0, 24, case_input_shape0, 2, \{kDLFloat, 32, 1\}\},\n {4}\{64, 16, case_input_shape1, 1, \{kDLInt, 32, 1\}\},/);
});

/** y = Relu(x + w), m = n n. */
function twoOutputs(): Uint8Array {
  const nodes = [node("Add", ["x", "w"], ["s"]), node("Relu", ["s"], ["y"]), node("Mul", ["n", "n"], ["m"])];
  return model(graph(nodes, {
    input: [value("x", [2, 3]), value("n", [4], 6)], output: [value("y", [2, 3]), value("m", [4], 6)],
    initializer: [floats("w", [2, 3], [1, -2, 3, -4, 5, -6])],
  }));
}

async function outputsOfTvm(t: ExecutionContext, tvm: Tvm): Promise<void> {
  await inFolder(async (folder) => {
    const site = { network: { ...network, model: join(folder, network.model), vector: join(folder, network.vector) }, folder, sources };
    writeFileSync(site.network.model, twoOutputs());
    writeFileSync(site.network.vector, blockOf(network.inputs, [tensorOf("f32", [2, 3], [1, 2, 3, 4, 5, 6.5]), tensorOf("i32", [4], [0, -3, 70000, 9])]));
    const variant = await tvmVariant(site, tvm, "x86-64-v3");
    const times = await timeVariants(await buildRounds(folder), site.network, [variant], { rounds: 3, slice: 50 });
    t.is(times.get(variant.name)?.rounds.length, 3);
    t.is(digestOf(site.network, variant), outputDigest([tensorOf("f32", [2, 3], [2, 0, 6, 0, 10, 0.5]), tensorOf("i32", [4], [0, 9, 605032704, 81])]).slice(0, 8));
    t.true(readFileSync(`${variant.object}.out`).length === 128);
  });
}

test("TVM runs in turns and its outputs are where they belong", async (t) => {
  const tvm = await tvmIn(sources);
  if (tvm === undefined) return t.pass("TVM is optional, as every peer is");
  await outputsOfTvm(t, tvm);
});
