/** Findings: each restriction of the profile is found where it is broken, and only there. */
import test from "ava";
import { findingCodes } from "../../src/onnx/findings.js";
import { checkModel, importModel } from "../../src/onnx/import.js";
import { encode, type Fields, floats, graph, model, node, smallModel, value } from "../support/onnx-model.js";

function codesOf(bytes: Uint8Array): readonly string[] {
  return importModel(bytes).findings.map(({ code }) => code).toSorted();
}

function oneNode(of: Fields, input: readonly number[], output: readonly number[], initializer: readonly Fields[] = []): Uint8Array {
  return model(graph([of], { input: [value("x", input)], output: [value("y", output)], initializer }));
}

const convAttributes = [
  { name: "dilations", type: 7, ints: [1, 1] }, { name: "group", type: 2, i: 1 }, { name: "kernel_shape", type: 7, ints: [1, 1] },
  { name: "pads", type: 7, ints: [0, 0, 0, 0] }, { name: "strides", type: 7, ints: [1, 1] },
];
const kernel = floats("w", [1, 1, 1, 1], [2]);

test("an explicit model has no finding", (t) => {
  t.deepEqual(codesOf(smallModel()), []);
});

test("implicit broadcasting", (t) => {
  t.deepEqual(
    codesOf(oneNode(node("Add", ["x", "w"], ["y"]), [2, 3], [2, 3], [floats("w", [3], [1, 2, 3])])),
    ["implicit-broadcast"],
  );
});

test("implicit bias and implicit defaults", (t) => {
  const auto = { name: "auto_pad", type: 3, s: new TextEncoder().encode("NOTSET") };
  t.deepEqual(
    codesOf(oneNode(node("Conv", ["x", "w"], ["y"], { attribute: [auto, ...convAttributes] }), [1, 1, 2, 2], [1, 1, 2, 2], [kernel])),
    ["implicit-bias"],
  );
  const bare = importModel(oneNode(node("Conv", ["x", "w", "b"], ["y"]), [1, 1, 2, 2], [1, 1, 2, 2], [kernel, floats("b", [1], [0])]));
  t.deepEqual(bare.findings.map(({ code }) => code), ["implicit-default"]);
  t.regex(bare.findings[0]?.reason ?? "", /strides = \[1,1\]/);
});

test("auto_pad other than NOTSET", (t) => {
  const same = { name: "auto_pad", type: 3, s: new TextEncoder().encode("SAME_UPPER") };
  const attribute = [same, ...convAttributes.filter(({ name }) => name !== "pads")];
  t.true(codesOf(oneNode(node("Conv", ["x", "w"], ["y"], { attribute }), [1, 1, 2, 2], [1, 1, 2, 2], [kernel])).includes("auto-pad"));
});

test("negative axis", (t) => {
  const softmax = (i: number): Uint8Array => {
    const attribute = [{ name: "axis", type: 2, i }];
    return oneNode(node("Softmax", ["x"], ["y"], { attribute }), [2, 3], [2, 3]);
  };
  t.deepEqual(codesOf(softmax(-1)), ["negative-axis"]);
  t.deepEqual(codesOf(softmax(1)), []);
});

test("LayerNormalization before the opset that introduced it", (t) => {
  const at = (opset: number): readonly string[] => codesOf(model(
    graph([node("LayerNormalization", ["x", "s", "b"], ["y"])], { input: [value("x", [2, 3])], output: [value("y", [2, 3])], initializer: [floats("s", [3], [1, 2, 3]), floats("b", [3], [0, 0, 0])] }),
    { opset_import: [{ domain: "", version: opset }] },
  )).filter((code) => code === "early-operator");
  t.deepEqual([at(12), at(17)], [["early-operator"], []]);
});

test("NaN and infinite weights, with their number", (t) => {
  const { findings } = importModel(oneNode(node("Add", ["x", "w"], ["y"]), [3], [3], [floats("w", [3], [NaN, -Infinity, Infinity])]));
  t.deepEqual(findings.map(({ code, reason }) => [code, reason]), [
    ["not-a-number", "1 of the 3 elements of w are NaN"], ["infinite-value", "2 of the 3 elements of w are infinite"],
  ]);
});

test("training graphs and undeclared output shapes", (t) => {
  t.deepEqual(codesOf(smallModel({ training_info: [{}] })), ["training-graph"]);
  t.deepEqual(
    codesOf(model(graph([node("Relu", ["x"], ["y"])], { input: [value("x", [1])], output: [{ name: "y" }] }))),
    ["untyped-output"],
  );
});

test("every finding has a reason, a fix and a known code", (t) => {
  const parts = { input: [value("x", [1]), value("v", [1])], output: [{ name: "y" }], initializer: [kernel] };
  const bytes = model(graph([node("Relu", ["x"], ["y"], { name: "" })], parts));
  const { findings } = importModel(bytes);
  t.deepEqual(
    findings.map(({ code }) => code).toSorted(),
    ["unnamed-node", "untyped-output", "unused-initializer", "unused-input"],
  );
  for (const { code, reason, fix } of findings) {
    t.true(findingCodes.includes(code), code);
    t.true(reason !== "" && fix !== "", code);
  }
});

test("checkModel reports a refusal as an error and lets our own bugs through", (t) => {
  const { model: imported, findings } = checkModel(encode("ModelProto", { ir_version: 8 }));
  t.is(imported, undefined);
  t.deepEqual(findings.map(({ code, severity }) => [code, severity]), [["not-onnx", "error"]]);
  t.is(checkModel(smallModel()).model?.graph.nodes.length, 2);
});
