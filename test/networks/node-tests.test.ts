/**
 * The ONNX node tests through the whole chain: built with every obligation proved,
 * compiled, the C equal to the meanings bit for bit, near the stored outputs. Inputs that
 * decide shapes are fixed. `npm run node-tests` does it with the other suites.
 */
import test from "ava";
import { present } from "../../ir/prelude.js";
import { findTests } from "../../src/testing/data-sets.js";
import { type TestRow, runTest } from "../../src/testing/run-test.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { tolerance } from "../../bench/network-row.js";
import { testdata } from "../support/testdata.js";
import { hasTools } from "../support/tools.js";

/** Fewer would mean that something stopped being tested. */
const least = 591;
/** Output stored with four decimals, so half of the last is all that it says; the rest are roundings of f32. */
const rounded = { name: "test_gridsample_bicubic", within: 0.5e-4 + 1e-6 };

test("node tests: those in scope are proved, and their C agrees", async (t) => {
  t.timeout(1_800_000);
  const folder = testdata("onnx-node", "v1.22.0");
  if (folder === undefined) {
    t.log("skipped: test data");
    t.pass();
    return;
  }
  if (!hasTools(t, "gcc", "nm")) return;
  const [compiler] = await findCompilers();
  const request = { jobs: 1, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: true } as const;
  const rows: TestRow[] = [];
  for (const one of findTests(folder)) {
    rows.push(await runTest(one, { request, compiler: present(compiler, "a compiler"), tolerance, fixShapeInputs: true }, { stage: () => undefined, settled: () => undefined }));
  }
  const passed = rows.filter(({ status }) => status === "pass");
  t.log(`${passed.length} pass, ${rows.filter(({ status }) => status === "skip").length} outside what is supported`);
  const failed = rows.filter(({ status }) => status === "fail");
  t.deepEqual(failed.filter(({ name, build, maxAbsDiff }) => !(name.endsWith(rounded.name) && build === "proved" && (maxAbsDiff ?? Infinity) <= rounded.within)), []);
  t.true(passed.length >= least && passed.every(({ build }) => build === "proved"));
});
