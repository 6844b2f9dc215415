/**
 * The ONNX node tests against the operators' meanings, in both contracts of the
 * arithmetic. Every test of an operator that is here passes, or is out of scope for a
 * reason that is listed.
 */
import { relative } from "node:path";
import test, { type ExecutionContext } from "ava";
import { normalisedOperators } from "../../src/onnx/normalise/index.js";
import { findTests, folderOf } from "../../src/testing/data-sets.js";
import { debianTestdata, testdata } from "../support/testdata.js";
import { type Outcome, largestShare, operatorOf, runCase } from "./onnx-cases.js";
import { f32, tensor } from "./support.js";

interface Case {
  readonly name: string;
  readonly operator: string;
  readonly outcome: Outcome;
}

/** Why a test of an operator that is here may be out of scope. */
const reasons: Readonly<Record<string, string>> = {
  "empty-tensor": "a result has no element",
  "element-type": "the element type is not supported",
  "attribute-value": "the attribute asks for training, or for what is not supported",
  "output-count": "an output that is not supported",
  "opset": "a form of the first opsets",
  "operator": "the model has other operators",
  "dynamic-shape": "a shape depends on what is computed",
  "control-flow": "what a subgraph does depends on values",
  "not-a-tensor": "sequences and optional values",
  "dynamic-dim": "an extent is not known",
  "shape-mismatch": "the model declares another shape than ONNX's rules give",
  "stored-output": "the stored output is wrong",
  "input-type": "a stored input is not of the declared type",
};

function casesOf(folder: string): readonly Case[] {
  return findTests(folder).map(folderOf).map((path) => {
    const [separate, fused] = [runCase(path, "separate"), runCase(path, "fused")];
    return { name: relative(folder, path), operator: operatorOf(path), outcome: separate.kind === "passed" ? fused : separate };
  });
}

function printTable(t: ExecutionContext, cases: readonly Case[]): void {
  for (const operator of [...new Set(cases.map((c) => c.operator))].toSorted()) {
    const own = cases.filter((c) => c.operator === operator);
    const passed = own.filter(({ outcome }) => outcome.kind === "passed").length;
    const codes = own.flatMap(({ outcome }) => (outcome.kind === "out-of-scope" ? [reasons[outcome.code] ?? outcome.code] : []));
    const counted = [...new Set(codes)].map((code) => `${codes.filter((other) => other === code).length} ${code}`);
    t.log(`${operator}: ${passed}/${own.length}${counted.length > 0 ? `; ${counted.join("; ")}` : ""}`);
  }
}

/** Folders of the suite, and how many of their tests at least are in scope: fewer would mean something stopped being tested. */
const shared = [["onnx-node/v1.22.0", 595], ["onnx-node/v1.7.0", 277], ["onnx-node-baked", 186], ["onnx-pytorch", 56], ["ops", 255]] as const;
const debian = [["node", 861], ["pytorch-converted", 82], ["pytorch-operator", 35], ["simple", 14]] as const;
const suites = [
  ...shared.map(([suite, least]) => ({ suite, least, folder: testdata(...suite.split("/")), missing: "test data" })),
  ...debian.map(([suite, least]) => ({ suite: `Debian's ${suite}`, least, folder: debianTestdata(suite), missing: "libonnx-testdata" })),
];

for (const { suite, least, folder, missing } of suites) {
  test(`node tests: ${suite}`, (t) => {
    if (folder === undefined) {
      t.log(`skipped: ${missing}`);
      t.pass();
      return;
    }
    const cases = casesOf(folder);
    const known = cases.filter(({ operator }) => normalisedOperators.includes(operator) || operator === "(several nodes)");
    printTable(t, known);
    t.log(`${cases.length - known.length} tests of operators that are not here`);
    t.deepEqual(cases.filter(({ outcome }) => outcome.kind === "failed"), []);
    const unexplained = known.filter(({ outcome }) => outcome.kind === "out-of-scope" && reasons[outcome.code] === undefined);
    t.deepEqual(unexplained, []);
    const passed = cases.filter(({ outcome }) => outcome.kind === "passed").length;
    t.true(passed >= least, `${passed} passed, expected at least ${least}`);
  });
}

test("node tests: the comparison can fail", (t) => {
  const x = f32([2], [1, 1000]);
  t.is(largestShare(x, x), 0);
  t.true(largestShare(f32([2], [1, 1000.2]), x) > 1);
  t.true(largestShare(f32([2], [1, 1000.05]), x) < 1);
  t.is(largestShare(f32([2], [1, NaN]), x), Infinity);
  t.is(largestShare(f32([2, 1], [1, 1000]), x), Infinity);
  t.is(largestShare(tensor("i32", [1], [1]), tensor("i32", [1], [2])), Infinity);
  t.is(largestShare(tensor("i64", [1], [2n ** 60n]), tensor("i64", [1], [2n ** 60n + 1n])), Infinity);
  t.is(largestShare(f32([1], [NaN]), f32([1], [NaN])), 0);
});
