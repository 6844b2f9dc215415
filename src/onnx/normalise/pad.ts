/** Pad and CenterCropPad: one pair of pads per axis, a stated mode, the value as an input. */
import { type GraphNode } from "../../../ir/graph/graph.js";
import { invalid } from "../../../ir/prelude.js";
import { scalarOf } from "../../../ir/scalar/half.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import {
  type Normaliser, allowOnly, axisOf, constantInput, constantNode, floatOf, inputName, inputType, integersOf, intsOf, listOrInput,
  normalNode, refuseValue, stringOf,
} from "./node.js";
import type { RawNode } from "./raw-node.js";

const modes = ["constant", "edge", "reflect", "wrap"];

/** Until opset 10 pads and value were attributes; since opset 18 the axes may be listed. */
export const pad: Normaliser = (node) => {
  allowOnly(node, "mode", ...(node.opset < 11 ? ["pads", "value"] : []));
  const mode = stringOf(node, "mode") ?? "constant";
  if (!modes.includes(mode)) refuseValue(node, "mode", mode, `use one of ${modes.join(", ")}`);
  const pads = padsOf(node, inputType(node, 0).shape.length);
  const made: GraphNode[] = [];
  const value = mode === "constant" ? valueOf(node, made) : null;
  return [...made, normalNode(node, { attributes: { mode, pads }, inputs: [inputName(node, 0), value] })];
};

/** The pads of every axis: all before, then all after. */
function padsOf(node: RawNode, rank: number): readonly number[] {
  const pads = node.opset < 11 ? intsOf(node, "pads") ?? [] : listOrInput(node, "pads", 1) ?? [];
  const tensor = node.opset < 11 ? undefined : constantInput(node, 1);
  if (tensor !== undefined && tensor.type !== "i64") invalid("type-mismatch", `Pad takes pads as i64, not ${tensor.type}`, node.name, "give the pads as an int64 tensor");
  const given = node.opset < 18 ? undefined : constantInput(node, 3);
  const axes = given === undefined ? Array.from({ length: rank }, (_, axis) => axis) : integersOf(node, given, "axes").map((axis) => axisOf(node, axis, rank));
  if (pads.length !== 2 * axes.length) invalid("attribute-value", `Pad pads [${pads.join(", ")}] do not fit ${axes.length} axes`, node.name, "give two pads per axis");
  const full = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, k) => {
    full[axis] = pads[k] ?? 0;
    full[rank + axis] = pads[axes.length + k] ?? 0;
  });
  return full;
}

/** The name of the padding value, null for 0. */
function valueOf(node: RawNode, made: GraphNode[]): string | null {
  if (node.opset >= 11) return node.inputs[2] ?? null;
  const value = floatOf(node, "value");
  if (value === undefined) return null;
  const name = node.fresh(`${node.name}_value`);
  const { type } = inputType(node, 0);
  made.push(constantNode(node, name, tensorOf(type, [], [scalarOf(type, value)])));
  return name;
}

/** An axis is cropped (with negative pads) or padded with 0, the odd element of the difference at its end. */
export const centerCropPad: Normaliser = (node) => {
  allowOnly(node, "axes");
  const { shape } = inputType(node, 0);
  const wanted = constantInput(node, 1);
  const extents = wanted === undefined ? [] : integersOf(node, wanted, "shape");
  const axes = (intsOf(node, "axes") ?? shape.map((_, axis) => axis)).map((axis) => axisOf(node, axis, shape.length));
  if (extents.length !== axes.length) invalid("attribute-value", `CenterCropPad has ${extents.length} extents for ${axes.length} axes`, node.name, "give one per axis");
  const differences = shape.map((extent, axis) => (axes.includes(axis) ? (extents[axes.indexOf(axis)] ?? extent) - extent : 0));
  const before = differences.map((difference) => Math.sign(difference) * Math.floor(Math.abs(difference) / 2));
  const pads = [...before, ...differences.map((difference, axis) => difference - (before[axis] ?? 0))];
  return [normalNode(node, { op: "Pad", attributes: { mode: "constant", pads }, inputs: [inputName(node, 0), null] })];
};
