/** Normalisation layers and Dropout: where they differ between training and inference, only inference is kept. */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { tensorOf, elementCount } from "../../../ir/tensor/tensor.js";
import { type Normaliser, allowOnly, axisOf, constantInput, constantNode, flagOf, floatOf, inputName, inputType, intOf, normalNode, refuseValue } from "./node.js";
import type { RawNode } from "./raw-node.js";

const exportForInference = "export the model for inference";

/** Dropout is Identity; its mask, where asked for, is all true. */
export const dropout: Normaliser = (node) => {
  allowOnly(node, "ratio", "seed");
  const training = constantInput(node, 2);
  if (training !== undefined && Number(training.data[0]) !== 0) refuseValue(node, "training_mode", 1, exportForInference);
  const [y = "", mask = ""] = node.outputs;
  const copy = normalNode({ ...node, outputs: [y] }, { op: "Identity", inputs: [inputName(node, 0)] });
  return mask === "" ? [copy] : [copy, maskOf(node, mask)];
};

function maskOf(node: RawNode, name: string): GraphNode {
  const { shape } = inputType(node, 0);
  return constantNode(node, name, tensorOf("bool", shape, new Array<number>(elementCount(shape)).fill(1)));
}

/** momentum only matters in training; spatial = 0 (opset 7 and 8) has statistics per element and is refused. */
export const batchNormalization: Normaliser = (node) => {
  allowOnly(node, "epsilon", "momentum", ...(node.opset >= 14 ? ["training_mode"] : []), ...(node.opset < 9 ? ["spatial"] : []));
  if ((intOf(node, "spatial") ?? 1) !== 1) refuseValue(node, "spatial", 0, "use statistics per channel");
  if (flagOf(node, "training_mode", 0) === 1) refuseValue(node, "training_mode", 1, exportForInference);
  return [normalNode(node, { attributes: { epsilon: floatOf(node, "epsilon") ?? Math.fround(1e-5) } })];
};

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
