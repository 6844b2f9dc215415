/** The check that a form rests on: forms that are wrong in one place are refused, each by the line that differs. */
import test from "ava";
import { buildGraph } from "../../../src/onnx/build-graph.js";
import { encodeModel } from "../../../src/onnx/explicit/encode.js";
import type { ExplicitModel, ExplicitNode } from "../../../src/onnx/explicit/explicit-model.js";
import { explicitModel } from "../../../src/onnx/explicit/form.js";
import { contracts, differenceOf } from "../../../src/onnx/explicit/same-graph.js";
import { graphText } from "../../../src/onnx/graph-text.js";
import { openModel } from "../../../src/onnx/import.js";
import { attributeSchemas, versionInForce } from "../../../src/onnx/operator-schemas.js";
import { floats, graph, model, node, value } from "../../support/onnx-model.js";

const nodes = [
  node("Conv", ["x", "w"], ["c"], { attribute: [{ name: "pads", type: 7, ints: [1, 0, 0, 1] }] }), node("Sub", ["c", "x"], ["d"]),
  node("LeakyRelu", ["d"], ["l"]), node("ReduceMean", ["l"], ["y"]), node("Neg", ["l"], ["z"]),
];
const source = model(graph(nodes, {
  input: [value("x", [1, 1, 2, 2])], output: [value("y", undefined), value("z", undefined)], initializer: [floats("w", [1, 1, 2, 2], [1, -0, 3, 4])],
}));
const { model: decoded } = openModel(source);
const built = contracts.map((contract) => buildGraph(decoded, { fixDims: new Map(), contract, external: () => new Uint8Array() }));
const texts = built.map((own) => graphText(own.graph));

function form(): ExplicitModel {
  const [first] = built;
  if (first === undefined) throw new Error("nothing built");
  return explicitModel(first, { irVersion: 13, opsets: new Map([["", 25]]), unstable: new Set() });
}

function differs(wrong: ExplicitModel): string | undefined {
  return differenceOf({ bytes: encodeModel(wrong, ["test", "1"]), data: undefined }, texts);
}

function withNode(k: number, change: (own: ExplicitNode) => ExplicitNode): ExplicitModel {
  const own = form();
  return { ...own, nodes: own.nodes.map((one, at) => (at === k ? change(one) : one)) };
}

function withWeight(change: (data: Float32Array) => void): ExplicitModel {
  const own = form();
  const data = new Float32Array([1, -0, 3, 4]);
  change(data);
  return { ...own, initializers: new Map([...own.initializers, ["w", { type: "f32", shape: [1, 1, 2, 2], data }]]) };
}

test("the right form is accepted", (t) => {
  t.is(differs(form()), undefined);
});

const wrong: Readonly<Record<string, () => ExplicitModel>> = {
  "operands exchanged": () => withNode(1, (own) => ({ ...own, inputs: own.inputs.toReversed() })),
  "another operator": () => withNode(1, (own) => ({ ...own, op: "Add" })),
  "pads exchanged": () => withNode(0, (own) => ({ ...own, attributes: new Map([...own.attributes, ["pads", { kind: "ints", value: [0n, 1n, 1n, 0n] }]]) })),
  "the least bit of an attribute": () => withNode(2, (own) => ({ ...own, attributes: new Map([...own.attributes, ["alpha", { kind: "float", value: Math.fround(0.01) + 2 ** -30 }]]) })),
  "an attribute left out": () => withNode(0, (own) => ({ ...own, attributes: new Map([...own.attributes].filter(([name]) => name !== "pads")) })),
  "a node skipped": () => withNode(4, (own) => ({ ...own, inputs: ["d"] })),
  "-0 for +0 in a weight": () => withWeight((data) => data.set([0], 1)),
  "the last bit of a weight": () => withWeight((data) => data.set([3 + 2 ** -22], 2)),
  "outputs exchanged": () => ({ ...form(), outputs: form().outputs.toReversed() }),
  "an output dropped": () => ({ ...form(), outputs: form().outputs.slice(0, 1) }),
  "an input of another name": () => ({ ...form(), inputs: form().inputs.map((own) => ({ ...own, name: "q" })) }),
  "a shape that is not inferred": () => ({ ...form(), values: form().values.map((own) => ({ ...own, shape: [9] })) }),
};

for (const [name, make] of Object.entries(wrong)) {
  test(`a wrong form is refused: ${name}`, (t) => {
    t.regex(differs(make()) ?? "accepted", /^it would be (another graph|refused): /);
  });
}

test("operator schemas: versions, defaults and the opsets of attributes", (t) => {
  t.deepEqual([6, 13, 25].map((opset) => versionInForce("Conv", opset)), [1, 11, 22]);
  t.deepEqual(attributeSchemas("TopK", 9).map(({ name, fallback }) => [name, fallback]), [["axis", "-1"], ["k", undefined]]);
  t.deepEqual(attributeSchemas("TopK", 11).map(({ name }) => name), ["axis", "sorted", "largest"]);
  t.deepEqual(attributeSchemas("GridSample", 16).find(({ name }) => name === "mode")?.fallback, "bilinear");
  t.deepEqual(attributeSchemas("LRN", 13).find(({ name }) => name === "alpha")?.fallback, "0.0001");
});
