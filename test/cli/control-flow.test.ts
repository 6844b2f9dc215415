/** Control flow through the whole product: proved C, interpreter and outputs worked out by hand agree; what is not static exits 4. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { encode, type Fields, floats, graph, model, node, value } from "../support/onnx-model.js";
import { folderFor, modelIn, obligato } from "./support.js";

function held(name: string, g: Fields): Fields {
  return { name, type: 5, g: { name, ...g } };
}

/** v doubled at most 5 times, until its sum is greater than 3; then negated if x > y in sum, else added to y. */
function searching(tripInput: string): Uint8Array {
  const sum = (name: string, of: string): Fields => node("ReduceSum", [of], [name], { attribute: [{ name: "keepdims", type: 2, i: 0 }] });
  const body = held("body", {
    node: [node("Add", ["v", "v"], ["v2"]), sum("s", "v2"), node("LessOrEqual", ["s", "three"], ["more"])],
    input: [value("i", [], 7), value("c", [], 9), value("v", [2])], output: [value("more", [], 9), value("v2", [2])],
  });
  const branches = [
    held("then_branch", { node: [node("Neg", ["u"], ["t"])], output: [value("t", [2])] }),
    held("else_branch", { node: [node("Add", ["u", "b"], ["e"])], initializer: [floats("b", [2], [100, 200])], output: [value("e", [2])] }),
  ];
  const nodes = [
    node("Loop", [tripInput, "yes", "x"], ["u"], { attribute: [body] }), sum("sx", "x"), node("Greater", ["sx", "three"], ["p"]),
    node("If", ["p"], ["y"], { attribute: branches }),
  ];
  const initializer = [floats("three", [], [3]), { name: "M", dims: [], data_type: 7, int64_data: [5] }, { name: "yes", dims: [], data_type: 9, int32_data: [1] }];
  return model(graph(nodes, { input: [value("x", [2]), value("n", [], 7)], output: [value("y", [2])], initializer }));
}

function folderWith(t: ExecutionContext, outputs: readonly (readonly number[])[]): string {
  const folder = folderFor(t);
  modelIn(folder, searching("M"));
  const inputs = [[0.5, 0.5], [3, 1], [0, 0]];
  outputs.forEach((expected, k) => {
    const set = join(folder, `test_data_set_${k}`);
    mkdirSync(set);
    writeFileSync(join(set, "input_0.pb"), encode("TensorProto", floats("x", [2], inputs[k] ?? [])));
    writeFileSync(join(set, "input_1.pb"), encode("TensorProto", { name: "n", dims: [], data_type: 7, int64_data: [1] }));
    writeFileSync(join(set, "output_0.pb"), encode("TensorProto", floats("y", [2], expected)));
  });
  return folder;
}

// From [0.5, 0.5] two runs, over [1, 1] to [2, 2] of sum 4. From [3, 1] one, from [0, 0] all.
const right = [[102, 202], [-6, -2], [100, 200]];

test.serial("control flow: a computed loop and branch are proved, and give what is worked out by hand", (t) => {
  const ran = obligato(["test", folderWith(t, right)]);
  t.is(ran.status, 0, ran.output + ran.errors);
  t.regex(ran.output, /proved/);
});

test.serial("control flow: the outputs of a loop that ran once more are noticed", (t) => {
  const ran = obligato(["test", folderWith(t, right.with(0, [104, 204])), "--no-prove"]);
  t.is(ran.status, 1, ran.output + ran.errors);
});

test.serial("control flow: a computed trip count exits 4, with a remedy", (t) => {
  const ran = obligato(["check", modelIn(folderFor(t), searching("n"))]);
  t.is(ran.status, 4, ran.output + ran.errors);
  t.regex(ran.output + ran.errors, /dynamic-shape.*--fix-input n=VALUE/s);
});
