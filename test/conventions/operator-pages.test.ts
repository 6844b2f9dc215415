/** docs/operators.md and docs/operators.json are what `npm run operators` writes, and say what the sources say. */
import test from "ava";
import { operatorsMarkdown } from "../../bench/operators/markdown.js";
import { operatorPages, pagesJson } from "../../bench/operators/pages.js";
import { operators } from "../../ir/ops/index.js";
import { normalisedOperators } from "../../src/onnx/normalise/index.js";
import { sonnxOperators } from "../../src/onnx/sonnx.js";
import type { OperatorPage } from "../../src/operators/page.js";
import { root, textOf } from "./checkout.js";

const pages = operatorPages(root);

function page(op: string): OperatorPage | undefined {
  return pages.find((one) => one.op === op);
}

test("operator pages: the files are current (npm run operators)", (t) => {
  t.true(textOf("docs/operators.json") === pagesJson(pages));
  t.true(textOf("docs/operators.md") === operatorsMarkdown(pages));
});

test("operator pages: every operator of ai.onnx that is read has one, every definition a formula", (t) => {
  const read = normalisedOperators.filter((op) => !/^(com\.microsoft|ai\.onnx\.ml)\./.test(op));
  t.deepEqual([...new Set([...read, ...operators.map(({ op }) => op)])].filter((op) => page(op) === undefined), []);
  t.deepEqual(pages.filter(({ op, definition }) => definition !== undefined && !definition.meaning.includes(op)).map(({ op }) => op), []);
});

test("operator pages: what stands in the sources is found", (t) => {
  const softmax = page("Softmax");
  t.true(softmax?.definition?.functions.includes("exp"));
  t.true(softmax?.forms.some((form) => form.includes("Since opset 13")));
  t.deepEqual(page("Split")?.attributes.map(({ name, since, until }) => [name, since, until]), [["axis", undefined, undefined], ["num_outputs", 18, undefined], ["split", undefined, 13]]);
  t.deepEqual(page("Conv")?.definition?.attributes, ["dilations", "group", "kernel_shape", "pads", "strides"]);
  t.true(page("Conv")?.refusals.some(({ code, message }) => code === "attribute-value" && message.includes("groups")));
  t.is(page("Conv")?.definition?.tier, "T0 T2");
  t.is(page("ArgMax")?.definition?.tier, "T0");
  t.deepEqual(page("Add")?.sonnx?.requirements, ["E_ADD_FLOAT_FUNC_0010", "E_ADD_INT_FUNC_0010"]);
  t.true((page("Gemm")?.tests.length ?? 0) >= 3);
});

test("operator pages: requirement tags belong to operators that SONNX specifies", (t) => {
  t.deepEqual(operators.filter(({ op, requirements }) => requirements.length > 0 && !sonnxOperators.has(op)).map(({ op }) => op), []);
});
