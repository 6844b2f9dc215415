/** TVM as a peer: found by a variable or named as absent; and what every peer is asked for, its outputs. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test from "ava";
import { machineHeader, sessionHeader } from "../../bench/performance/adapter.js";
import { checkOutputs } from "../../bench/performance/measure.js";
import type { Network } from "../../bench/performance/network.js";
import { notMeasured } from "../../bench/performance/row.js";
import { type Tvm, tvmIn } from "../../bench/performance/tvm.js";
import type { Variant } from "../../bench/performance/variants.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { blockOf, place } from "../../src/toolchain/rounds.js";

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

test("a peer whose outputs are not those of the network is not measured: elsewhere, another number, or none", async (t) => {
  await inFolder((folder) => {
    const variant = (name: string, y: readonly number[], m: readonly number[]): Variant => {
      const object = join(folder, name);
      writeFileSync(`${object}.out`, blockOf(network.outputs, [tensorOf("f32", [2, 3], y), tensorOf("i32", [4], m)]));
      return { name, object, parts: [] };
    };
    const [y, m] = [[2, 0, 6, 0, 10, NaN], [0, 9, 70000, 81]];
    const ours = variant("ours", y, m);
    t.notThrows(() => { checkOutputs(network, ours, variant("rounded", [2.001, 0.001, 6, 0, 9.995, NaN], m)); });
    const refused = (name: string, values: readonly number[], others: readonly number[], message: RegExp): void => {
      t.throws(() => { checkOutputs(network, ours, variant(name, values, others)); }, { name: "Refusal", message });
    };
    refused("moved", [0, 2, 6, 0, 10, NaN], m, /output 0 of moved has 0 at 0, that of ours 2/);
    refused("other", y, [0, 9, 70000, 8100], /output 1 of other has 8100 at 3/);
    refused("unwritten", [0, 0, 0, 0, 0, 0], [0, 0, 0, 0], /output 0/);
    refused("finite", [2, 0, 6, 0, 10, 0], m, /has 0 at 5/);
    return Promise.resolve();
  });
});
