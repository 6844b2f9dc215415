/** NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss (LogSoftmax over the classes and that), MeanVarianceNormalization. */
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { composed, type Attributes } from "./compose.js";
import { type Normaliser, allowOnly, axesOf, inputName, inputType, intOf, intsOf, normalNode, refuseValue, stringOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** How the losses are joined, and the class that is left out, [] if there is none. */
function lossAttributes(node: RawNode): Attributes {
  allowOnly(node, "ignore_index", "reduction");
  const reduction = stringOf(node, "reduction") ?? "mean";
  if (!["none", "sum", "mean"].includes(reduction)) refuseValue(node, "reduction", reduction, "use none, sum or mean");
  const ignored = intOf(node, "ignore_index");
  return { reduction, ignore_index: ignored === undefined ? [] : [ignored] };
}

export const negativeLogLikelihoodLoss: Normaliser = (node) => [normalNode(node, { attributes: lossAttributes(node) })];

export const softmaxCrossEntropyLoss: Normaliser = (node) => composed(node, (made) => {
  const attributes = lossAttributes(node);
  const logarithms = made.output(1, "LogSoftmax", [inputName(node, 0)], { axes: [1] });
  const inputs = [logarithms, inputName(node, 1), node.inputs[2] ?? null];
  made.output(0, "NegativeLogLikelihoodLoss", inputs[2] === null ? inputs.slice(0, 2) : inputs, attributes);
});

/** (X − E[X]) / (√(E[X²] − E[X]²) + 1e-9), the means over `axes`. */
export const meanVarianceNormalization: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "axes");
  const x = inputName(node, 0);
  const over = { axes: axesOf(node, intsOf(node, "axes") ?? [0, 2, 3], inputType(node, 0).shape.length), keepdims: 1 };
  const mean = made.node("ReduceMean", [x], over);
  const meanOfSquares = made.node("ReduceMean", [made.node("Mul", [x, x])], over);
  const deviation = made.node("Sqrt", [made.node("Sub", [meanOfSquares, made.node("Mul", [mean, mean])])]);
  const epsilon = made.constant(tensorOf(inputType(node, 0).type, [], [Math.fround(1e-9)]));
  made.output(0, "Div", [made.node("Sub", [x, mean]), made.node("Add", [deviation, epsilon])]);
});
