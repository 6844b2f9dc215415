/** A network of f16 or bf16 through every pass: proved, run as C with the interpreter's bits, as exact as the type. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import { numberOf } from "../../ir/scalar/half.js";
import { importModel } from "../../src/onnx/import.js";
import { vectorFor } from "../../src/run/vectors.js";
import { runTest } from "../../src/testing/run-test.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { asHalf } from "../support/half-model.js";
import { hasTools } from "../support/tools.js";

const source = "examples/flight-mlp/flight-mlp.onnx";
const request = {
  jobs: 2, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: true,
} as const;
const silent = { stage: () => undefined, settled: () => undefined };

for (const [type, unit] of [["f16", 2 ** -10], ["bf16", 2 ** -7]] as const) {
  test(`flight-mlp in ${type}: proved, one result in C and interpreted, near that in f32`, async (t) => {
    if (!hasTools(t, "gcc", "nm")) return;
    const folder = await mkdtemp(join(tmpdir(), "obligato-half-"));
    try {
      const model = join(folder, "model.onnx");
      await writeFile(model, asHalf(await readFile(source), type));
      const [compiler] = await findCompilers();
      const row = await runTest({ name: type, model, sets: [] }, { request, compiler, tolerance: { relative: 0, absolute: 0 } }, silent);
      t.deepEqual([row.status, row.build], ["pass", "proved"], row.reason);

      const options = { fixDims: request.fixDims, contract: request.contract };
      const [half, single] = [importModel(model, options).graph, importModel(source, options).graph];
      const inputs = vectorFor(half.inputs, 1);
      const numbers = inputs.map(({ shape, data }) => ({ type: "f32" as const, shape, data: Float32Array.from(data, (x: number | bigint) => numberOf(type, x)) }));
      const [y] = evalGraph(half, new Map(half.inputs.map(({ name }, k) => [name, present(inputs[k], name)])), "separate").values();
      const [exact] = evalGraph(single, new Map(single.inputs.map(({ name }, k) => [name, present(numbers[k], name)])), "separate").values();
      t.is(y?.type, type);
      const due = [...present(exact, "output").data].map(Number);
      const largest = Math.max(...due.map(Math.abs));
      due.forEach((x, k) => t.true(Math.abs(numberOf(type, y?.data[k] ?? 0) - x) <= 16 * unit * largest, `element ${k}`));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
