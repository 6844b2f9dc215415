/** Real networks: each that is imported has an explicit form, which is the same graph and its own form. */
import { readdirSync, statSync } from "node:fs";
import test from "ava";
import { importModel } from "../../../src/onnx/import.js";
import { graphDigest } from "../../../src/onnx/graph-text.js";
import { refusalOf } from "../../support/refusals.js";
import { testdata } from "../../support/testdata.js";
import { fixed } from "./support.js";

/** Larger files only take longer: all of them were tried by hand. */
const largest = 60_000;

function modelFiles(): readonly string[] {
  const root = testdata("models");
  const names = root === undefined ? [] : readdirSync(root);
  const files = names.map((name) => testdata("models", name, "model_static.onnx") ?? testdata("models", name, "model.onnx") ?? "");
  return files.filter((file) => file !== "" && statSync(file).size <= largest);
}

const files = modelFiles();

test("networks have an explicit form that is the same graph and its own form", (t) => {
  if (files.length === 0) {
    t.log("skipped: test data");
    t.pass();
    return;
  }
  let forms = 0;
  for (const file of files) {
    if (refusalOf(() => importModel(file)) !== undefined) continue;
    const form = fixed(file);
    t.is(form.graphDigest, graphDigest(importModel(form.bytes).graph), file);
    t.is(Buffer.compare(fixed(form.bytes).bytes, form.bytes), 0, file);
    forms++;
  }
  t.log(`${forms} of ${files.length} networks have a form`);
  t.true(forms > 0);
});
