/**
 * Sliding windows: kernel_shape, strides, dilations and pads always stated, for every
 * spatial axis; auto_pad becomes pads.
 *
 * SAME_UPPER and SAME_LOWER ask for ⌈H / s⌋ outputs: the padding is
 * max(0, (⌈H / s⌉ − 1)·s + d·(K − 1) + 1 − H), its odd element after or before the input.
 */
import { invalid } from "../../../ir/prelude.js";
import { type Normaliser, allowOnly, constantInput, flagOf, inputName, inputType, integersOf, intOf, intsOf, normalNode, refuseValue, stringOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

interface Window {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

const windowAttributes = ["kernel_shape", "strides", "dilations", "pads", "auto_pad"] as const;

function windowOf(node: RawNode, kernel: readonly number[]): Window {
  const spatial = inputType(node, 0).shape.slice(2);
  const strides = perAxis(node, "strides", spatial.length);
  const dilations = perAxis(node, "dilations", spatial.length);
  if (kernel.length !== spatial.length) {
    invalid("shape-mismatch", `${node.op} has a kernel of rank ${kernel.length} for ${spatial.length} spatial axes`, node.name, "correct kernel_shape");
  }
  return { kernel_shape: kernel, strides, dilations, pads: padsOf(node, spatial, { kernel, strides, dilations }) };
}

function perAxis(node: RawNode, name: string, rank: number): readonly number[] {
  const list = intsOf(node, name) ?? new Array<number>(rank).fill(1);
  if (list.length === rank && list.every((item) => item >= 1)) return list;
  return invalid("attribute-value", `${node.op} ${name} [${list.join(", ")}] does not fit ${rank} spatial axes`, node.name, `give ${rank} positive ${name}`);
}

interface Spacing {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

function padsOf(node: RawNode, spatial: readonly number[], spacing: Spacing): readonly number[] {
  const mode = stringOf(node, "auto_pad") ?? "NOTSET";
  switch (mode) {
    case "NOTSET": return explicitPads(node, spatial.length);
    case "VALID": return new Array<number>(2 * spatial.length).fill(0);
    case "SAME_UPPER":
    case "SAME_LOWER": return samePads(mode, spatial, spacing);
    default: return refuseValue(node, "auto_pad", mode, "use NOTSET, VALID, SAME_UPPER or SAME_LOWER");
  }
}

function explicitPads(node: RawNode, rank: number): readonly number[] {
  const pads = intsOf(node, "pads") ?? new Array<number>(2 * rank).fill(0);
  if (pads.length === 2 * rank && pads.every((pad) => pad >= 0)) return pads;
  return invalid("attribute-value", `${node.op} pads [${pads.join(", ")}] do not fit ${rank} spatial axes`, node.name, `give ${2 * rank} pads of at least 0`);
}

function samePads(mode: "SAME_UPPER" | "SAME_LOWER", spatial: readonly number[], { kernel, strides, dilations }: Spacing): readonly number[] {
  const totals = spatial.map((extent, axis) => {
    const stride = strides[axis] ?? 1;
    const reach = (dilations[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1;
    return Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent);
  });
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total) => Math.ceil(total / 2));
  return mode === "SAME_UPPER" ? [...smaller, ...larger] : [...larger, ...smaller];
}

/** Convolutions whose input `weights` are the weights. */
function convolution(weights: number): Normaliser {
  return (node) => {
    allowOnly(node, ...windowAttributes, "group");
    const kernel = intsOf(node, "kernel_shape") ?? inputType(node, weights).shape.slice(2);
    const group = intOf(node, "group") ?? 1;
    if (group < 1) invalid("attribute-value", `${node.op} has ${group} groups`, node.name, "set group to at least 1");
    return [normalNode(node, { attributes: { ...windowOf(node, kernel), group } })];
  };
}

export const conv = convolution(1);

/** As Conv, with groups of channels that share offsets. */
export const deformConv: Normaliser = (node) => {
  const offset_group = intOf(node, "offset_group") ?? 1;
  if (offset_group < 1) invalid("attribute-value", `DeformConv has ${offset_group} offset groups`, node.name, "set offset_group to at least 1");
  const attributes = new Map([...node.attributes].filter(([name]) => name !== "offset_group"));
  return conv({ ...node, attributes }).map((made) => ({ ...made, attributes: { ...made.attributes, offset_group } }));
};
export const qLinearConv = convolution(3);

/**
 * pads and output_padding stated. Where output_shape, or SAME padding with an output of
 * H·s, says how large the output is, what s·(H − 1) + d·(K − 1) + 1 + output_padding has
 * too much is padding, its larger half after the input for SAME_UPPER and before it
 * otherwise; what it lacks is output_padding.
 */
export const convTranspose: Normaliser = (node) => {
  allowOnly(node, ...windowAttributes, "group", "output_padding", "output_shape");
  const spatial = inputType(node, 0).shape.slice(2);
  const kernel = intsOf(node, "kernel_shape") ?? inputType(node, 1).shape.slice(2);
  const [strides, dilations] = [perAxis(node, "strides", spatial.length), perAxis(node, "dilations", spatial.length)];
  const given = intsOf(node, "output_padding") ?? spatial.map(() => 0);
  const attributes = { kernel_shape: kernel, strides, dilations, group: intOf(node, "group") ?? 1 };
  const wanted = wantedOutput(node, spatial, strides);
  if (wanted === undefined) return [normalNode(node, { attributes: { ...attributes, output_padding: given, pads: padsOf(node, spatial, { kernel, strides, dilations }) } })];
  const excess = wanted.map((output, axis) =>
    (strides[axis] ?? 1) * ((spatial[axis] ?? 1) - 1) + (dilations[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1 + (given[axis] ?? 0) - output);
  const totals = excess.map((total) => Math.max(0, total));
  const before = totals.map(stringOf(node, "auto_pad") === "SAME_UPPER" ? (total) => Math.floor(total / 2) : (total) => Math.ceil(total / 2));
  const pads = [...before, ...totals.map((total, axis) => total - (before[axis] ?? 0))];
  const output_padding = given.map((padding, axis) => padding + Math.max(0, -(excess[axis] ?? 0)));
  return [normalNode(node, { attributes: { ...attributes, output_padding, pads } })];
};

/** The spatial extents that the output must have, where the node says so. */
function wantedOutput(node: RawNode, spatial: readonly number[], strides: readonly number[]): readonly number[] | undefined {
  const given = intsOf(node, "output_shape");
  if (given !== undefined) return given.slice(-spatial.length);
  return (stringOf(node, "auto_pad") ?? "").startsWith("SAME") ? spatial.map((extent, axis) => extent * (strides[axis] ?? 1)) : undefined;
}

function kernelOf(node: RawNode): readonly number[] {
  const kernel = intsOf(node, "kernel_shape");
  if (kernel !== undefined && kernel.every((extent) => extent >= 1)) return kernel;
  return invalid("attribute-value", `${node.op} has no valid kernel_shape`, node.name, "give kernel_shape");
}

export const averagePool: Normaliser = (node) => {
  allowOnly(node, ...windowAttributes, "ceil_mode", "count_include_pad");
  const attributes = {
    ...windowOf(node, kernelOf(node)),
    ceil_mode: flagOf(node, "ceil_mode", 0),
    count_include_pad: flagOf(node, "count_include_pad", 0),
  };
  return [normalNode(node, { attributes })];
};

/** storage_order says how the output Indices counts. */
export const maxPool: Normaliser = (node) => {
  allowOnly(node, ...windowAttributes, "ceil_mode", "storage_order");
  const attributes = { ...windowOf(node, kernelOf(node)), ceil_mode: flagOf(node, "ceil_mode", 0), storage_order: flagOf(node, "storage_order", 0) };
  return [normalNode(node, { attributes })];
};

function powerOf(node: RawNode): number {
  const p = intOf(node, "p") ?? 2;
  return p >= 1 ? p : invalid("attribute-value", `${node.op} with p = ${p}`, node.name, "give a p of at least 1");
}

/** dilations and ceil_mode exist since opset 18. */
export const lpPool: Normaliser = (node) => {
  allowOnly(node, "kernel_shape", "strides", "pads", "auto_pad", "p", ...(node.opset >= 18 ? ["dilations", "ceil_mode"] : []));
  return [normalNode(node, { attributes: { ...windowOf(node, kernelOf(node)), ceil_mode: flagOf(node, "ceil_mode", 0), p: powerOf(node) } })];
};

/** A window of the extent of the input. */
export const globalLpPool: Normaliser = (node) => {
  allowOnly(node, "p");
  const spatial = inputType(node, 0).shape.slice(2);
  const ones = spatial.map(() => 1);
  const window = { kernel_shape: spatial, strides: ones, dilations: ones, pads: [...spatial, ...spatial].map(() => 0) };
  return [normalNode(node, { op: "LpPool", attributes: { ...window, ceil_mode: 0, p: powerOf(node) } })];
};

/** output_shape is a constant input, [] where it is omitted. */
export const maxUnpool: Normaliser = (node) => {
  allowOnly(node, "kernel_shape", "strides", "pads");
  const { kernel_shape, strides, pads } = windowOf(node, kernelOf(node));
  const given = constantInput(node, 2);
  const output_shape = given === undefined ? [] : integersOf(node, given, "output_shape");
  return [normalNode(node, { attributes: { kernel_shape, strides, pads, output_shape }, inputs: [inputName(node, 0), inputName(node, 1)] })];
};

/** Shapes of image and block are constant inputs. */
export const col2Im: Normaliser = (node) => {
  allowOnly(node, "dilations", "pads", "strides");
  const [image, block] = [1, 2].map((slot) => constantInput(node, slot)).map((tensor) => (tensor === undefined ? [] : integersOf(node, tensor, "shape")));
  if (image === undefined || block === undefined || image.length < 1 || image.length !== block.length) {
    return invalid("attribute-value", "Col2Im needs image_shape and block_shape of one length", node.name, "give both");
  }
  const [strides, dilations] = [perAxis(node, "strides", image.length), perAxis(node, "dilations", image.length)];
  const attributes = { image_shape: image, block_shape: block, strides, dilations, pads: explicitPads(node, image.length) };
  return [normalNode(node, { attributes, inputs: [inputName(node, 0)] })];
};
