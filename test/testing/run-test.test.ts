/** A test folder through the whole chain: a C compiler that makes another program is noticed, bit for bit. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { present } from "../../ir/prelude.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { printTensorPb } from "../../src/onnx/tensor-files.js";
import { findTests } from "../../src/testing/data-sets.js";
import { runTest } from "../../src/testing/run-test.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { graph, model, node, value } from "../support/onnx-model.js";
import { hasTools } from "../support/tools.js";

const request = { jobs: 1, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: true } as const;
const [tolerance, silent] = [{ relative: 1e-4, absolute: 1e-5 }, { stage: () => undefined, settled: () => undefined }];

/** Adds `by` to every element of the output, and compiles that. */
function wrapper(by: string): string {
  return `#!/bin/sh
for file in "$@"; do
  case "$file" in */model.c) sed -i 's/^\\( *y0\\[.*\\] = \\)\\(.*\\);$/\\1(\\2) + ${by};/' "$file" ;; esac
done
exec gcc "$@"
`;
}

test("run test: C that differs from the interpreter fails, within the tolerance as well", async (t) => {
  if (!hasTools(t, "gcc", "nm", "sed")) return;
  const folder = mkdtempSync(join(tmpdir(), "obligato-run-test-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const set = join(folder, "one", "test_data_set_0");
  mkdirSync(set, { recursive: true });
  writeFileSync(join(folder, "one", "model.onnx"), model(graph([node("Abs", ["x"], ["y"])], { input: [value("x", [3])], output: [value("y", [3])] })));
  writeFileSync(join(set, "input_0.pb"), printTensorPb(tensorOf("f32", [3], [-1, 2, -3])));
  writeFileSync(join(set, "output_0.pb"), printTensorPb(tensorOf("f32", [3], [1, 2, 3])));
  const [gcc] = await findCompilers();
  const resultBy = async (by: string): Promise<readonly unknown[]> => {
    const path = join(folder, "cc");
    writeFileSync(path, wrapper(by));
    chmodSync(path, 0o755);
    const { status, build, bits, reason } = await runTest(present(findTests(folder)[0], "test"), { request, compiler: { ...present(gcc, "gcc"), path }, tolerance }, silent);
    return [status, build, bits, reason];
  };
  t.deepEqual(await resultBy("0.0f"), ["pass", "proved", "equal", ""]);
  const [status, build, bits, reason] = await resultBy("0x1p-22f");
  t.deepEqual([status, build, bits], ["fail", "proved", "different"]);
  t.regex(String(reason), /^C differs from the interpreter in output 0 of vector 0, element 0/);
});
