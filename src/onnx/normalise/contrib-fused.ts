/**
 * Operators of com.microsoft that are one of ai.onnx and an activation after it, and those that
 * are one of ai.onnx under another name or with its channels last.
 */
import { onChannelsLast } from "./channels-last.js";
import { type Attributes, asNode, composed, section } from "./compose.js";
import { type Normaliser, allowOnly, axisOf, constantInput, floatOf, floatsOf, inputName, inputType, integersOf, refuseValue, stringOf } from "./node.js";
import { gatherND } from "./indexing.js";
import { gemm } from "./linear.js";
import { number } from "./quantised-steps.js";
import type { RawNode } from "./raw-node.js";
import { gridSample } from "./sampling.js";
import { range, trilu } from "./selection.js";
import { conv, maxPool } from "./window.js";

/** The attributes of an activation, in the order of activation_params, with the defaults of its operator. */
const activations: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  Elu: { alpha: 1 }, HardSigmoid: { alpha: 0.2, beta: 0.5 }, LeakyRelu: { alpha: 0.01 }, Relu: {}, Selu: { alpha: 1.67326319217681884765625, gamma: 1.05070102214813232421875 },
  Sigmoid: {}, Softplus: {}, Softsign: {}, Tanh: {}, ThresholdedRelu: { alpha: 1 },
};

function activationOf(node: RawNode, given: (name: string, k: number) => number | undefined): { readonly op: string; readonly attributes: Attributes } {
  const op = stringOf(node, "activation") ?? "";
  const defaults = activations[op] ?? refuseValue(node, "activation", op, `use one of ${Object.keys(activations).join(", ")}`);
  return { op, attributes: Object.fromEntries(Object.entries(defaults).map(([name, fallback], k) => [name, given(name, k) ?? Math.fround(fallback)])) };
}

function without(node: RawNode, names: readonly string[]): RawNode["attributes"] {
  return new Map([...node.attributes].filter(([name]) => !names.includes(name)));
}

/** activation(Conv(X, W, B) + Z); Clip takes its bounds from activation_params. */
const fusedConv: Normaliser = (node) => composed(node, (made) => {
  const sum = node.fresh(`${node.name}_sum`);
  const own = ["activation", "activation_params"];
  made.include(conv(asNode(node, { name: node.fresh(`${node.name}_Conv`), op: "Conv", attributes: without(node, own), inputs: node.inputs.slice(0, 3), outputs: [sum] })));
  const skip = node.inputs[3] ?? null;
  const total = skip === null ? sum : made.node("Add", [sum, skip]);
  const parameters = floatsOf(node, "activation_params") ?? [];
  if (!node.attributes.has("activation")) made.output(0, "Identity", [total]);
  else if (stringOf(node, "activation") === "Clip") made.output(0, "Clip", [total, ...parameters.slice(0, 2).map((bound) => number(made, bound))]);
  else {
    const { op, attributes } = activationOf(node, (_, k) => parameters[k]);
    made.output(0, op, [total], attributes);
  }
});

/** activation(Gemm), with activation_alpha, activation_beta and activation_gamma. */
const fusedGemm: Normaliser = (node) => composed(node, (made) => {
  const product = node.fresh(`${node.name}_product`);
  const own = ["activation", "activation_alpha", "activation_beta", "activation_gamma"];
  made.include(gemm(asNode(node, { name: node.fresh(`${node.name}_Gemm`), op: "Gemm", attributes: without(node, own), outputs: [product] })));
  if (!node.attributes.has("activation")) {
    made.output(0, "Identity", [product]);
    return;
  }
  const { op, attributes } = activationOf(node, (name) => floatOf(node, `activation_${name}`));
  made.output(0, op, [product], attributes);
});

/** (X + bias) + skip. */
const biasAdd: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  made.output(0, "Add", [made.node("Add", [inputName(node, 0), inputName(node, 1)]), inputName(node, 2)]);
});

/** Of X + bias, the first half of the columns times Gelu of the second. */
const biasSplitGelu: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  const { shape } = inputType(node, 0);
  const half = (shape.at(-1) ?? 0) / 2;
  if (!Number.isInteger(half)) refuseValue(node, "columns", shape.at(-1), "give an even number of columns");
  const sum = made.node("Add", [inputName(node, 0), inputName(node, 1)]);
  const [left, right] = [0, half].map((first) => section(made, [sum, shape], shape.length - 1, [first, half]));
  made.output(0, "Mul", [left ?? "", made.node("Gelu", [right ?? ""], { approximate: "none" })]);
});

/** A new axis of extent 1 at `axis`, a constant. */
const expandDims: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  const { shape } = inputType(node, 0);
  const value = constantInput(node, 1);
  const [axis = 0] = value === undefined ? [] : integersOf(node, value, "axis");
  const place = axisOf(node, axis, shape.length + 1);
  made.output(0, "Reshape", [inputName(node, 0)], { shape: shape.toSpliced(place, 0, 1) });
});

/** The operator of ai.onnx of the same name and attributes. */
function renamed(normaliser: Normaliser): Normaliser {
  return (node) => normaliser(asNode(node, {}));
}

/** By operator type. */
export const fusedContribNormalisers: ReadonlyMap<string, Normaliser> = new Map([
  ["BiasAdd", biasAdd],
  ["BiasSplitGelu", biasSplitGelu],
  ["ExpandDims", expandDims],
  ["FusedConv", fusedConv],
  ["FusedGemm", fusedGemm],
  ["GatherND", renamed(gatherND)],
  ["GridSample", renamed(gridSample)],
  ["NhwcConv", onChannelsLast("Conv", conv)],
  ["NhwcMaxPool", onChannelsLast("MaxPool", maxPool)],
  ["Range", renamed(range)],
  ["Trilu", renamed(trilu)],
]);
