/** The node tests of ONNX, the operator tests of other projects and the outputs of ONNX Runtime notice at least one wrong meaning of every operator that they are about. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { operators } from "../../ir/ops/index.js";
import { type NodeTest, scoreByOperator } from "../../src/mutate/node-tests.js";
import { debianTestdata, testdata } from "../support/testdata.js";
import { nodeTestsIn, tolerance } from "./onnx-cases.js";
import { nodeTestOf, runtimeCases } from "./onnxruntime-cases.js";

/** Operators that no node test here runs, each with the reason. */
const untested: Readonly<Record<string, string>> = {
  Pack: "the vectors of DequantizeLinear have it",
  Unpack: "the vectors of DequantizeLinear have it",
};

test("node tests: of every operator at least one wrong meaning is noticed", (t) => {
  const debian = debianTestdata("node");
  const [ops, ...suites] = [testdata("ops"), testdata("onnx-node", "v1.22.0"), testdata("onnx-node", "v1.7.0"), testdata("onnx-node-baked")];
  if (ops === undefined || debian === undefined || suites.includes(undefined)) {
    t.log(debian === undefined ? "skipped: libonnx-testdata" : "skipped: test data");
    t.pass();
    return;
  }
  const folders = [...suites, debian, ...readdirSync(ops).toSorted().map((project) => join(ops, project))].map(String);
  const tests = folders.flatMap((folder): readonly NodeTest[] =>
    readdirSync(folder).filter((name) => existsSync(join(folder, name, "model.onnx"))).toSorted().flatMap((name) => nodeTestsIn(join(folder, name))));
  const all = [...tests, ...runtimeCases().map(nodeTestOf)];
  const scores = scoreByOperator(all, tolerance);
  for (const [op, { made, noticed }] of [...scores].toSorted()) t.log(`${op}: ${noticed} of ${made} noticed`);
  const without = operators.map(({ op }) => op).filter((op) => (scores.get(op)?.noticed ?? 0) === 0);
  t.deepEqual(without, Object.keys(untested));
});
