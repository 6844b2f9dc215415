/**
 * The QLinear… operators of com.microsoft on elements, windows and axes. Where every platform
 * of ONNX Runtime has one rule in integers or floats, it is that rule: Mul, GlobalAveragePool,
 * AveragePool, Concat, LeakyRelu, Where. Add is the formula of its portable kernel in floats; those
 * of processors multiply by quotients of the scales, or by integers near them. Sigmoid and
 * Softmax are functions where ONNX Runtime has tables. These three can differ by one step of
 * the result, QLinearAdd where the exact sum is within rounding of a tie.
 */
import type { Attribute } from "../../../ir/graph/graph.js";
import { asNode, composed, knowing } from "./compose.js";
import { channelsLast, channelsSecond, nchwShape } from "./channels-last.js";
import { type Normaliser, allowOnly, axesOf, axisOf, flagOf, floatOf, inputName, inputType, intOf, intsOf } from "./node.js";
import { type Triple, centred, dequantised, number, quantised, rounded, roundedWithPoint, scalarInput, toFloat } from "./quantised-steps.js";
import type { RawNode } from "./raw-node.js";
import { averagePool } from "./window.js";

const one: Triple = [0, 1, 2];
const second: Triple = [3, 4, 5];

/** One operator of ai.onnx between dequantising the operands and quantising the result. */
function throughFloats(attributesOf: (node: RawNode) => Readonly<Record<string, Attribute>>, op: string, operands: readonly Triple[], result: readonly [number, number]): Normaliser {
  return (node) => composed(node, (made) => {
    const attributes = attributesOf(node);
    quantised(node, made, made.node(op, operands.map((triple) => dequantised(node, made, triple)), attributes), result);
  });
}

function plainAttributes(node: RawNode): Readonly<Record<string, Attribute>> {
  allowOnly(node);
  return {};
}

const leakyRelu = throughFloats((node) => {
  allowOnly(node, "alpha");
  return { alpha: floatOf(node, "alpha") ?? Math.fround(0.01) };
}, "LeakyRelu", [one], [3, 4]);

/** `opset` says which Softmax of ai.onnx is meant: before 13 all axes from `axis` on, which then is 1 by default. */
const softmax = throughFloats((node) => {
  allowOnly(node, "axis", "opset");
  const { shape: { length: rank } } = inputType(node, 0);
  const present = (intOf(node, "opset") ?? 13) >= 13;
  const first = axisOf(node, intOf(node, "axis") ?? (present ? -1 : 1), rank);
  return { axes: present ? [first] : Array.from({ length: rank - first }, (_, k) => first + k) };
}, "Softmax", [one], [3, 4]);

/** Means as ReduceMean has them; all axes by default. */
const reduceMean = throughFloats((node) => {
  allowOnly(node, "axes", "keepdims");
  const { shape: { length: rank } } = inputType(node, 0);
  return { axes: axesOf(node, intsOf(node, "axes") ?? Array.from({ length: rank }, (_, axis) => axis), rank), keepdims: flagOf(node, "keepdims", 1) };
}, "ReduceMean", [one], [3, 4]);

/** rint((sa·(a − za) + sb·(b − zb)) / sc + zc) in floats. */
const add: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  const sum = made.node("Add", [dequantised(node, made, one), dequantised(node, made, second)]);
  roundedWithPoint(node, made, made.node("Div", [sum, scalarInput(node, made, 6)]), [7, 0]);
});

/** rint(f32((a − za)·(b − zb))·(sa·sb / sc) + zc). */
const mul: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  const product = made.node("Mul", [centred(node, made, one), centred(node, made, second)]);
  const scales = made.node("Mul", [scalarInput(node, made, 1), scalarInput(node, made, 4)]);
  const ratio = made.node("Div", [scales, scalarInput(node, made, 6)]);
  roundedWithPoint(node, made, made.node("Mul", [toFloat(made, product), ratio]), [7, 0]);
});

/** rint(mean / sy + zy), the mean in floats. */
const pool: Normaliser = (node) => composed(node, (made) => {
  const last = flagOf(node, "channels_last", 0) === 1;
  const { shape } = inputType(node, 0);
  const x = channelsSecond(made, dequantised(node, made, one), shape.length, last);
  const attributes = new Map([...node.attributes].filter(([name]) => name !== "channels_last"));
  const [window] = averagePool(asNode(node, { attributes, inputs: [x], typeOf: knowing(node, x, { type: "f32", shape: last ? nchwShape(shape) : shape }) }));
  const mean = made.node("AveragePool", [x], window?.attributes ?? {});
  const quotient = made.node("Div", [channelsLast(made, mean, shape.length, last), scalarInput(node, made, 3)]);
  roundedWithPoint(node, made, quotient, [4, 0]);
});

/** rint(f32(Σ (x − zx))·(sx / (sy·count))) + zy, the sum in 32-bit integers. */
const globalPool: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "channels_last");
  const { shape } = inputType(node, 0);
  const axes = shape.map((_, axis) => axis).slice(...(flagOf(node, "channels_last", 0) === 1 ? [1, -1] : [2]));
  const sum = made.node("ReduceSum", [centred(node, made, one)], { axes, keepdims: 1 });
  const count = axes.reduce((product, axis) => product * (shape[axis] ?? 1), 1);
  const ratio = made.node("Div", [scalarInput(node, made, 1), made.node("Mul", [scalarInput(node, made, 3), number(made, count)])]);
  rounded(node, made, made.node("Mul", [toFloat(made, sum), ratio]), [4, 0]);
});

/** Scale and zero point of the result come first. */
const concat: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "axis");
  const count = Math.floor((node.inputs.length - 2) / 3);
  const operands = Array.from({ length: count }, (_, k) => dequantised(node, made, [3 * k + 2, 3 * k + 3, 3 * k + 4]));
  const axis = axisOf(node, intOf(node, "axis") ?? 0, inputType(node, 2).shape.length);
  quantised(node, made, made.node("Concat", operands, { axis }), [0, 1], 2);
});

const where: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  const chosen = made.node("Where", [inputName(node, 0), dequantised(node, made, [1, 2, 3]), dequantised(node, made, [4, 5, 6])]);
  quantised(node, made, chosen, [7, 8], 1);
});

/** The product of the differences, an i32. */
const mulInteger: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  made.output(0, "Mul", [centred(node, made, [0, 0, 1]), centred(node, made, [2, 2, 3])]);
});

const reduceSumInteger: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "axes", "keepdims");
  const { type, shape: { length: rank } } = inputType(node, 0);
  const axes = axesOf(node, intsOf(node, "axes") ?? Array.from({ length: rank }, (_, axis) => axis), rank);
  const wide = made.node("Cast", [inputName(node, 0)], { to: type.startsWith("u") ? "u32" : "i32" });
  made.output(0, "ReduceSum", [wide], { axes, keepdims: flagOf(node, "keepdims", 1) });
});

/** By operator type. */
export const quantisedContribNormalisers: ReadonlyMap<string, Normaliser> = new Map([
  ["MulInteger", mulInteger],
  ["QLinearAdd", add],
  ["QLinearAveragePool", pool],
  ["QLinearConcat", concat],
  ["QLinearGlobalAveragePool", globalPool],
  ["QLinearLeakyRelu", leakyRelu],
  ["QLinearMul", mul],
  ["QLinearReduceMean", reduceMean],
  ["QLinearSigmoid", throughFloats(plainAttributes, "Sigmoid", [one], [3, 4])],
  ["QLinearSoftmax", softmax],
  ["QLinearWhere", where],
  ["ReduceSumInteger", reduceSumInteger],
]);
