/** The record of all networks: complete, of these very files, nothing failed without a reason; and the rule by which a network is judged. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { hasIntegerOutputs, judged, rowsOf } from "../../bench/model-row.js";
import { digestOf } from "../../bench/model-run.js";
import { decodeModel } from "../../src/onnx/decode.js";
import { testdata } from "../support/testdata.js";

const folder = testdata("models");

test("models: every network of the test data has a row, of this very file, and a result", (t) => {
  if (folder === undefined) {
    t.log("skipped: test data");
    t.pass();
    return;
  }
  const rows = rowsOf(readFileSync("bench/models.json", "utf8"));
  const page = readFileSync("docs/models.md", "utf8");
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  t.true(names.length > 0);
  for (const name of names) {
    const row = rows.get(name);
    t.is(row?.model, digestOf(join(folder, name)), `${name}: the row is of another model`);
    t.true(row?.result === "agrees" ? row.build === "proved" && row.sets > 0 && row.rule !== "" : (row?.reason ?? "") !== "", `${name}: neither proved and compared nor a reason`);
    t.true(page.includes(`\n| ${name} | ${row?.result ?? "?"} |`), `${name}: the page says something else`);
  }
});

const integers = { spread: 0, integers: true };
const said = { name: "n", status: "pass", build: "proved", sets: 3, maxAbsDiff: 0, rule: "rtol 0.0001, atol 0.00001", reason: "" };
const outside = { ...said, status: "fail", reason: "a stored output is outside the tolerance" };

test("models: a network of integers that passes within the fixed tolerance fails above its spread", (t) => {
  t.is(judged(said, integers).result, "agrees");
  t.is(judged({ ...said, maxAbsDiff: 1e-6 }, integers).result, "fails");
  t.like(judged({ ...outside, maxAbsDiff: 1 }, { ...integers, spread: 1 }), { result: "agrees", rule: "integers: within the spread", reason: "" });
  t.regex(judged({ ...outside, maxAbsDiff: 2 }, { ...integers, spread: 1 }).reason, /2 away, the spread is 1/);
});

test("models: floats are as `obligato test` judged them, engines that differ are no matter of tolerance", (t) => {
  t.is(judged({ ...said, maxAbsDiff: 1e-6 }, { spread: 0, integers: false }).result, "agrees");
  t.is(judged({ ...outside, maxAbsDiff: 1e-9 }, { spread: 1, integers: false }).result, "fails");
  t.is(judged({ ...outside, reason: "C differs from the interpreter", maxAbsDiff: 0 }, integers).result, "fails");
  t.is(judged({ ...said, maxAbsDiff: null, sets: 0 }, integers).result, "fails", "nothing was compared");
  t.is(judged({ ...said, status: "fail", build: "refused", maxAbsDiff: null, reason: "operator: …" }, integers).result, "refused");
  t.is(judged({ ...said, status: "fail", build: "refuted", maxAbsDiff: null, reason: "stage tile-loops is refuted" }, integers).result, "fails");
});

test("models: a quantised network that ends in Softmax of floats has floats for outputs", (t) => {
  const outputs = ["ptq_mnist_8_uint8", "tfl_hello_world_int8_qop", "mlonmcu_micro_kws_m_qop_tvm", "acasxu_1_1"].map((name) => testdata("models", name, "model.onnx"));
  const paths = outputs.filter((path) => path !== undefined);
  if (paths.length < outputs.length) {
    t.log("skipped: test data");
    t.pass();
    return;
  }
  t.deepEqual(paths.map((path) => hasIntegerOutputs(decodeModel(readFileSync(path), path).graph)), [true, true, false, false]);
});
