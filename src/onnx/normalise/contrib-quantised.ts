/**
 * The QLinear… operators of com.microsoft: the operands dequantised, the operator of
 * ai.onnx on floats, the result quantised. ONNX Runtime computes some of them with
 * tables or in integers, which can differ by one step of the result.
 */
import type { Attribute, GraphNode } from "../../../ir/graph/graph.js";
import { type Normaliser, allowOnly, axisOf, flagOf, floatOf, inputName, inputType, intOf, refuseValue } from "./node.js";
import type { RawNode } from "./raw-node.js";
import { averagePool } from "./window.js";

/** Slots of a quantised tensor, its scale and its zero point. */
type Triple = readonly [tensor: number, scale: number, zeroPoint: number];

interface Form {
  readonly op: string;
  readonly operands: readonly Triple[];
  /** Slots of the scale and the zero point of the result. */
  readonly result: readonly [scale: number, zeroPoint: number];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** The nodes that `form` stands for. */
function throughFloats(node: RawNode, { op, operands, result, attributes }: Form): GraphNode[] {
  const made = (name: string, of: Omit<GraphNode, "name" | "domain" | "opset">): GraphNode => ({ name, domain: "", opset: node.opset, ...of });
  const floats = operands.map(([tensor]) => node.fresh(`${inputName(node, tensor)}_float`));
  const y = node.fresh(`${node.name}_float`);
  return [
    ...operands.map((triple, k) => made(node.fresh(`${node.name}_DequantizeLinear`), {
      op: "DequantizeLinear", attributes: { axis: 0, block_size: 0 }, inputs: presentInputs(node, triple), outputs: [floats[k] ?? ""],
    })),
    made(node.fresh(`${node.name}_${op}`), { op, attributes, inputs: floats, outputs: [y] }),
    made(node.name, { op: "QuantizeLinear", attributes: { axis: 0, block_size: 0, to: "u8", precision: "f32" }, inputs: [y, ...presentInputs(node, result)], outputs: node.outputs }),
  ];
}

function presentInputs(node: RawNode, slots: readonly number[]): readonly string[] {
  return slots.flatMap((slot) => node.inputs[slot] ?? []);
}

const one: readonly Triple[] = [[0, 1, 2]];
const two: readonly Triple[] = [[0, 1, 2], [3, 4, 5]];

function binary(op: string): Normaliser {
  return (node) => {
    allowOnly(node);
    return throughFloats(node, { op, operands: two, result: [6, 7], attributes: {} });
  };
}

const sigmoid: Normaliser = (node) => {
  allowOnly(node);
  return throughFloats(node, { op: "Sigmoid", operands: one, result: [3, 4], attributes: {} });
};

const leakyRelu: Normaliser = (node) => {
  allowOnly(node, "alpha");
  return throughFloats(node, { op: "LeakyRelu", operands: one, result: [3, 4], attributes: { alpha: floatOf(node, "alpha") ?? Math.fround(0.01) } });
};

/** `opset` says which Softmax of ai.onnx is meant: before 13 all axes from `axis` on. */
const softmax: Normaliser = (node) => {
  allowOnly(node, "axis", "opset");
  const { shape: { length: rank } } = inputType(node, 0);
  const first = axisOf(node, intOf(node, "axis") ?? -1, rank);
  const axes = (intOf(node, "opset") ?? 13) >= 13 ? [first] : Array.from({ length: rank - first }, (_, k) => first + k);
  return throughFloats(node, { op: "Softmax", operands: one, result: [3, 4], attributes: { axes } });
};

function refuseChannelsLast(node: RawNode): void {
  if (flagOf(node, "channels_last", 0) === 1) refuseValue(node, "channels_last", 1, "put the channels second");
}

const pool: Normaliser = (node) => {
  refuseChannelsLast(node);
  const attributes = new Map([...node.attributes].filter(([name]) => name !== "channels_last"));
  const [window] = averagePool({ ...node, attributes });
  return throughFloats(node, { op: "AveragePool", operands: one, result: [3, 4], attributes: window?.attributes ?? {} });
};

const globalPool: Normaliser = (node) => {
  allowOnly(node, "channels_last");
  refuseChannelsLast(node);
  return throughFloats(node, { op: "GlobalAveragePool", operands: one, result: [3, 4], attributes: {} });
};

/** Scale and zero point of the result come first. */
const concat: Normaliser = (node) => {
  allowOnly(node, "axis");
  const count = Math.floor((node.inputs.length - 2) / 3);
  const operands = Array.from({ length: count }, (_, k): Triple => [3 * k + 2, 3 * k + 3, 3 * k + 4]);
  const axis = axisOf(node, intOf(node, "axis") ?? 0, inputType(node, 2).shape.length);
  return throughFloats(node, { op: "Concat", operands, result: [0, 1], attributes: { axis } });
};

/** By operator type. */
export const quantisedContribNormalisers: ReadonlyMap<string, Normaliser> = new Map([
  ["QLinearAdd", binary("Add")],
  ["QLinearAveragePool", pool],
  ["QLinearConcat", concat],
  ["QLinearGlobalAveragePool", globalPool],
  ["QLinearLeakyRelu", leakyRelu],
  ["QLinearMul", binary("Mul")],
  ["QLinearSigmoid", sigmoid],
  ["QLinearSoftmax", softmax],
]);
