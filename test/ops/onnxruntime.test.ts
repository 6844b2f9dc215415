/** Operators of com.microsoft, ai.onnx.ml and ai.onnx against outputs of ONNX Runtime and of the reference implementation of ONNX, and wrong definitions of them against the same. */
import test from "ava";
import type { GraphNode } from "../../ir/graph/graph.js";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import { tensorOf } from "../../ir/tensor/tensor.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import { differing } from "../lower/support.js";
import { type NodeTest, scoreByOperator } from "../../src/mutate/node-tests.js";
import { largestShare, tolerance } from "./onnx-cases.js";
import { nodeTestOf, runtimeCases } from "./onnxruntime-cases.js";

const cases = runtimeCases();

function worstShare({ graph, inputs, expected }: NodeTest): number {
  const outputs = evalGraph(graph, inputs, "separate");
  return Math.max(...graph.outputs.map(({ name }, k) => largestShare(present(outputs.get(name), name), present(expected[k], name))));
}

test("every case is what ONNX Runtime or the reference implementation of ONNX gave: integers exactly, floats within the tolerance of the node tests", (t) => {
  const wrong = cases.map((it) => [it.name, worstShare(nodeTestOf(it))] as const).filter(([, share]) => !(share <= 1));
  t.deepEqual(wrong, []);
  const operators = new Set(cases.map(({ node }) => `${node.domain ?? ""}.${node.op}`));
  t.log(`${cases.length} cases of ${operators.size} operators`);
  t.true(operators.size >= 50);
});

test("the nodes of every case have the reference program that gives their values, bit for bit", (t) => {
  const sizes = cases.map(nodeTestOf).filter(({ graph }) => graph.nodes.length > 0).map(({ name, graph, inputs }) => {
    const program = referenceProgram(graph, "separate");
    t.deepEqual(differing(program, graph, inputs, "separate"), [], name);
    return program.body.length;
  });
  t.true(Math.min(...sizes) > 0);
});

/** Operators that a wrong definition could use in the place of each other. */
const others: Readonly<Record<string, string>> = {
  Add: "Sub", Sub: "Add", Mul: "Add", Div: "Mul", Round: "Floor", Greater: "GreaterOrEqual", Less: "LessOrEqual", GreaterOrEqual: "Greater", Equal: "LessOrEqual", ReduceMax: "ReduceMin",
  ReduceMean: "ReduceSum", ReduceSum: "ReduceMax", ReduceL1: "ReduceL2", ReduceL2: "ReduceL1", Sigmoid: "Tanh", Tanh: "Sigmoid", Relu: "Abs", Exp: "Abs", Gelu: "Relu", Swish: "Relu",
  LeakyRelu: "Relu", Softplus: "Softsign", Softsign: "Softplus", ArgMax: "ArgMin", Or: "And", And: "Or", Elu: "Relu", Selu: "Relu",
};

/** The node with another operator, with its first operands exchanged, with another number in an attribute. */
function changedNodes(node: GraphNode): readonly GraphNode[] {
  const [a, b, ...rest] = node.inputs;
  const other = others[node.op];
  const changed = Object.entries(node.attributes).map(([name, value]): GraphNode | undefined => {
    if (typeof value === "number") return { ...node, attributes: { ...node.attributes, [name]: value === 0 ? 1 : 0 } };
    if (Array.isArray(value) && value.length > 1) return { ...node, attributes: { ...node.attributes, [name]: value.toReversed() as never } };
    return undefined;
  });
  return [
    ...(other === undefined ? [] : [{ ...node, op: other, attributes: other === "Relu" || other === "Softsign" ? {} : node.attributes }]),
    ...(b === undefined ? [] : [{ ...node, inputs: [b, a ?? null, ...rest] }]),
    ...changed.filter((own) => own !== undefined),
  ];
}

function withNode(it: NodeTest, at: number, node: GraphNode): NodeTest {
  return { ...it, graph: { ...it.graph, nodes: it.graph.nodes.with(at, node) } };
}

/** The case with the elements of one constant that import made in the opposite order. */
function withReversedConstants(it: NodeTest): readonly NodeTest[] {
  return [...it.graph.constants].filter(([, { data }]) => data.length > 1).map(([name, { type, shape, data }]) => {
    const constants = new Map([...it.graph.constants, [name, tensorOf(type, shape, [...data].reverse())]]);
    return { ...it, graph: { ...it.graph, constants } };
  });
}

/** Whether the stored outputs notice that the case was changed. */
function notices(it: NodeTest): boolean {
  try {
    return !(worstShare(it) <= 1);
  } catch {
    return true; // what is no operator any more, or reads outside of a tensor
  }
}

test("of every operator at least one wrong definition is noticed", (t) => {
  const scores = new Map<string, { made: number; noticed: number }>();
  for (const own of cases) {
    const it = nodeTestOf(own);
    const key = `${own.node.domain ?? ""}.${own.node.op}`;
    const score = scores.get(key) ?? { made: 0, noticed: 0 };
    scores.set(key, score);
    const wrong = [...it.graph.nodes.flatMap((node, at) => changedNodes(node).map((changed) => withNode(it, at, changed))), ...withReversedConstants(it)];
    score.made += wrong.length;
    score.noticed += wrong.filter(notices).length;
  }
  const meanings = scoreByOperator(cases.map(nodeTestOf), tolerance);
  const unnoticed = [...scores].filter(([key, { noticed }]) => noticed === 0 && (meanings.get(key.slice(key.lastIndexOf(".") + 1))?.noticed ?? 0) === 0);
  for (const [key, { made, noticed }] of scores) t.log(`${key}: ${noticed} of ${made} noticed`);
  t.deepEqual(unnoticed, []);
  for (const op of ["RoiAlign", "MatMulNBits", "MaxRoiPool", "LinearAttention", "DynamicQuantizeLSTM"]) {
    const score = meanings.get(op);
    t.log(`meanings of ${op}: ${score?.noticed} of ${score?.made} noticed`);
    t.true((score?.noticed ?? 0) > 0);
  }
});

/** Where a zero point is added and the sum rounded, the same with the value rounded first. */
function roundedFirst(it: NodeTest): NodeTest | undefined {
  const round = it.graph.nodes.findIndex(({ op }) => op === "Round");
  const sum = it.graph.nodes.findIndex(({ op, outputs }) => op === "Add" && outputs[0] === it.graph.nodes[round]?.inputs[0]);
  const [own, whole] = [it.graph.nodes[sum], it.graph.nodes[round]];
  if (own === undefined || whole === undefined) return undefined;
  return withNode(withNode(it, sum, { ...own, op: "Round", inputs: own.inputs.slice(0, 1) }), round, { ...whole, op: "Add", inputs: [own.outputs[0] ?? "", own.inputs[1] ?? ""] });
}

test("at ties it shows whether the zero point is added before rounding", (t) => {
  for (const op of ["QLinearAdd", "QLinearMul", "QLinearAveragePool"]) {
    const changed = cases.filter(({ node }) => node.op === op).flatMap((it) => roundedFirst(nodeTestOf(it)) ?? []);
    t.true(changed.length > 0 && changed.some(notices), op);
  }
});
