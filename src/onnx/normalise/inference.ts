/** Normalisation layers and Dropout: a Dropout that drops is refused. */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { tensorOf, elementCount } from "../../../ir/tensor/tensor.js";
import { DynamicShape } from "../dynamic-shape.js";
import { composed } from "./compose.js";
import { type Normaliser, allowOnly, axisOf, constantInput, constantNode, flagOf, floatOf, inputName, inputType, intOf, normalNode, refuseValue } from "./node.js";
import type { RawNode } from "./raw-node.js";

const exportForInference = "export the model for inference";

/** Dropout is Identity; its mask, where asked for, is all true. */
export const dropout: Normaliser = (node) => {
  allowOnly(node, "ratio", "seed");
  const training = constantInput(node, 2);
  if (training !== undefined && Number(training.data[0]) !== 0 && !dropsNothing(node)) refuseValue(node, "training_mode", 1, exportForInference);
  const [y = "", mask = ""] = node.outputs;
  const copy = normalNode({ ...node, outputs: [y] }, { op: "Identity", inputs: [inputName(node, 0)] });
  return mask === "" ? [copy] : [copy, maskOf(node, mask)];
};

/** With a ratio of 0 training drops nothing, and multiplies by 1. Without a ratio it is one half. */
function dropsNothing(node: RawNode): boolean {
  const name = node.inputs[1] ?? null;
  if (name === null) return false;
  const ratio = node.constantOf(name);
  if (ratio === undefined) throw new DynamicShape(`Dropout with training_mode = 1 takes its ratio ${name} from the computation, and has a meaning for 0 alone`, node.name, name);
  return Number(ratio.data[0]) === 0;
}

function maskOf(node: RawNode, name: string): GraphNode {
  const { shape } = inputType(node, 0);
  return constantNode(node, name, tensorOf("bool", shape, new Array<number>(elementCount(shape)).fill(1)));
}

/** momentum only matters with training_mode; spatial = 0 (opset 7 and 8) has statistics per element and is refused. */
export const batchNormalization: Normaliser = (node) => {
  allowOnly(node, "epsilon", "momentum", ...(node.opset >= 14 ? ["training_mode"] : []), ...(node.opset < 9 ? ["spatial"] : []));
  if ((intOf(node, "spatial") ?? 1) !== 1) refuseValue(node, "spatial", 0, "use statistics per channel");
  const epsilon = floatOf(node, "epsilon") ?? Math.fround(1e-5);
  return flagOf(node, "training_mode", 0) === 1 ? trained(node, epsilon) : [normalNode(node, { attributes: { epsilon } })];
};

/**
 * With training_mode mean and variance are those of X, over all axes but the channels; outputs 1
 * and 2 are the running ones: running·momentum + current·(1 − momentum).
 */
function trained(node: RawNode, epsilon: number): GraphNode[] {
  return composed(node, (made) => {
    const { type, shape } = inputType(node, 0);
    const momentum = floatOf(node, "momentum") ?? Math.fround(0.9);
    const axes = shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const mean = made.node("ReduceMean", [inputName(node, 0)], { axes, keepdims: 1 });
    const deviation = made.node("Sub", [inputName(node, 0), mean]);
    const variance = made.node("ReduceMean", [made.node("Mul", [deviation, deviation])], { axes, keepdims: 0 });
    const current = [made.node("Reshape", [mean], { shape: [shape[1] ?? 1] }), variance];
    made.output(0, "BatchNormalization", [inputName(node, 0), inputName(node, 1), inputName(node, 2), ...current], { epsilon });
    const [kept, taken] = [momentum, Math.fround(1 - momentum)].map((factor) => made.constant(tensorOf(type, [], [factor])));
    current.forEach((value, k) => {
      if ((node.outputs[k + 1] ?? "") === "") return;
      made.output(k + 1, "Add", [made.node("Mul", [inputName(node, k + 3), kept ?? ""]), made.node("Mul", [value, taken ?? ""])]);
    });
  });
}

/** stash_type 1 computes in f32, which is all there is here. */
export const layerNormalization: Normaliser = (node) => {
  allowOnly(node, "axis", "epsilon", "stash_type");
  const stash = intOf(node, "stash_type") ?? 1;
  if (stash !== 1) refuseValue(node, "stash_type", stash, "use stash_type 1");
  const axis = axisOf(node, intOf(node, "axis") ?? -1, inputType(node, 0).shape.length);
  return [normalNode(node, { attributes: { axis, epsilon: floatOf(node, "epsilon") ?? Math.fround(1e-5) } })];
};

/** As LayerNormalization, without the mean. */
export const rmsNormalization: Normaliser = (node) => layerNormalization(node);

/** Groups of channels. stash_type 1 computes in f32, which is all there is here. */
export const groupNormalization: Normaliser = (node) => {
  allowOnly(node, "epsilon", "num_groups", ...(node.opset >= 21 ? ["stash_type"] : []));
  const [stash, groups] = [intOf(node, "stash_type") ?? 1, intOf(node, "num_groups") ?? 0];
  if (stash !== 1) refuseValue(node, "stash_type", stash, "use stash_type 1");
  return [normalNode(node, { attributes: { num_groups: groups, epsilon: floatOf(node, "epsilon") ?? Math.fround(1e-5) } })];
};

/** Groups of one channel. */
export const instanceNormalization: Normaliser = (node) => {
  allowOnly(node, "epsilon");
  const groups = inputType(node, 0).shape[1] ?? 0;
  return [normalNode(node, { op: "GroupNormalization", attributes: { num_groups: groups, epsilon: floatOf(node, "epsilon") ?? Math.fround(1e-5) } })];
};

export const lrn: Normaliser = (node) => {
  allowOnly(node, "alpha", "beta", "bias", "size");
  const size = intOf(node, "size") ?? 0;
  if (size < 1) refuseValue(node, "size", size, "give a size of at least 1");
  const [alpha, beta, bias] = [floatOf(node, "alpha") ?? Math.fround(1e-4), floatOf(node, "beta") ?? 0.75, floatOf(node, "bias") ?? 1];
  return [normalNode(node, { attributes: { alpha, beta, bias, size } })];
};

export const lpNormalization: Normaliser = (node) => {
  allowOnly(node, "axis", "p");
  const p = intOf(node, "p") ?? 2;
  if (p !== 1 && p !== 2) refuseValue(node, "p", p, "use 1 or 2");
  return [normalNode(node, { attributes: { axis: axisOf(node, intOf(node, "axis") ?? -1, inputType(node, 0).shape.length), p } })];
};
