/** A process that runs node tests: a task as a message, its row or score as the answer. */
import { basename } from "node:path";
import { present } from "../../ir/prelude.js";
import { scoreOperator } from "../../src/mutate/node-tests.js";
import { findTests } from "../../src/testing/data-sets.js";
import { type TestRow, runTest } from "../../src/testing/run-test.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { type Outcome, importCase, nodeTestsIn, runCase, tolerance } from "../../test/ops/onnx-cases.js";
import { nodeTestOf, runtimeCases } from "../../test/ops/onnxruntime-cases.js";
import { type CaseRow, type Score, type Task, taskOf } from "./row.js";

const [compiler] = await findCompilers();
const request = { fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", jobs: 1, prove: true } as const;

/** As `obligato test --fix-shape-inputs` runs it. */
async function built(folder: string): Promise<TestRow> {
  const test = present(findTests(folder)[0], `test in ${basename(folder)}`);
  return runTest(test, { request, compiler: present(compiler, "a C compiler"), tolerance, derive: true, fixShapeInputs: true }, { stage: () => undefined, settled: () => undefined });
}

function interpreted(folder: string): Outcome {
  const separate = runCase(folder, "separate");
  return separate.kind === "passed" ? runCase(folder, "fused") : separate;
}

async function caseRow(folder: string): Promise<CaseRow> {
  const interpreter = interpreted(folder);
  const { build, status, bits, reason, maxAbsDiff, fixed } = await built(folder);
  const operators = interpreter.kind === "passed" ? [...new Set(importCase(folder, "separate").nodes.map(({ op }) => op))] : [];
  return { interpreter, build, status, bitEqual: bits === "equal", reason, maxAbsDiff, fixed, operators };
}

/** Besides the tests, single nodes with the outputs of ONNX Runtime. */
function score(operator: string, folders: readonly string[]): Score {
  const tests = [...folders.flatMap(nodeTestsIn), ...runtimeCases().map(nodeTestOf)];
  return scoreOperator(operator, tests, tolerance);
}

async function answer(task: Task): Promise<CaseRow | Score> {
  return task.kind === "case" ? caseRow(task.folder) : score(task.operator, task.folders);
}

process.on("message", (message) => {
  void answer(present(taskOf(message), "a task")).then((result) => process.send?.(result));
});
