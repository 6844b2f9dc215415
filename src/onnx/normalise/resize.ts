/**
 * Resize and Upsample: one Interpolate per axis whose extent changes, in ascending order,
 * with the indices and weights of every output position (resize-taps.ts). What lies outside
 * of the region of tf_crop_and_resize is replaced at the end.
 *
 * Upsample, and Resize of opset 10, take the position o/scale and round down.
 */
import { invalid } from "../../../ir/prelude.js";
import { elementCount, tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, composed } from "./compose.js";
import { type Normaliser, allowOnly, axisOf, constantInput, flagOf, floatOf, floatsOf, inputName, inputType, integersOf, intsOf, refuseValue, stringOf } from "./node.js";
import type { RawNode } from "./raw-node.js";
import { type AxisTaps, type Interpolation, coordinateModes, interpolationModes, nearestModes, tapsOf } from "./resize-taps.js";

/** What becomes of one axis. */
interface ResizedAxis {
  readonly axis: number;
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  /** The extent times the scale, a float32 as in ONNX, where there is one; the output's extent otherwise. */
  readonly length: number;
  /** Start and end of the region, as parts of the extent. */
  readonly region: readonly [start: number, end: number];
}

function choiceOf(node: RawNode, name: string, choices: readonly string[], fallback: string): string {
  const value = stringOf(node, name) ?? fallback;
  return choices.includes(value) ? value : refuseValue(node, name, value, `use one of ${choices.join(", ")}`);
}

export const resize: Normaliser = (node) => {
  if (node.opset < 11) return upsample(node);
  if (node.opset < 13) inputName(node, 1); // the region may be empty, but not left out, before opset 13
  allowOnly(node, "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside", "extrapolation_value", "mode", "nearest_mode",
    ...(node.opset >= 18 ? ["antialias", "axes", "keep_aspect_ratio_policy"] : []));
  const interpolation: Interpolation = {
    mode: choiceOf(node, "mode", interpolationModes, "nearest"),
    coordinates: choiceOf(node, "coordinate_transformation_mode", coordinateModes, "half_pixel"),
    nearest: choiceOf(node, "nearest_mode", nearestModes, "round_prefer_floor"),
    cubic: floatOf(node, "cubic_coeff_a") ?? -0.75,
    excludeOutside: flagOf(node, "exclude_outside", 0) === 1,
    antialias: flagOf(node, "antialias", 0) === 1,
  };
  return interpolated(node, interpolation, resizedAxes(node, interpolation.coordinates));
};

/** The scales were an attribute in opset 7. */
export const upsample: Normaliser = (node) => {
  allowOnly(node, "mode", ...(node.opset < 9 ? ["scales"] : []));
  const mode = choiceOf(node, "mode", ["nearest", "linear", "bilinear"], "nearest");
  const { shape } = inputType(node, 0);
  const scales = node.opset < 9 ? floatsOf(node, "scales") : numbersOf(node, 1);
  if (scales?.length !== shape.length) return invalid("attribute-value", `${node.op} needs ${shape.length} scales`, node.name, "give one scale per axis");
  const axes = shape.map((input, axis): ResizedAxis => {
    const scale = scales[axis] ?? 1;
    const length = Math.fround(input * scale);
    return { axis, input, output: Math.floor(length), scale, length, region: [0, 1] };
  });
  const interpolation = { mode: mode === "nearest" ? mode : "linear", coordinates: "asymmetric", nearest: "floor", cubic: 0, excludeOutside: false, antialias: false };
  return interpolated(node, interpolation, axes);
};

/** The numbers of a constant input; an input without elements counts as omitted. */
function numbersOf(node: RawNode, slot: number): readonly number[] | undefined {
  const tensor = constantInput(node, slot);
  return tensor === undefined || tensor.data.length === 0 ? undefined : [...tensor.data].map(Number);
}

function resizedAxes(node: RawNode, coordinates: string): readonly ResizedAxis[] {
  const { shape } = inputType(node, 0);
  const axes = (intsOf(node, "axes") ?? shape.map((_, axis) => axis)).map((axis) => axisOf(node, axis, shape.length));
  const region = coordinates === "tf_crop_and_resize" ? numbersOf(node, 1) ?? [] : [];
  const given = constantInput(node, 3);
  const sizes = given === undefined || given.data.length === 0 ? undefined : integersOf(node, given, "sizes");
  const scales = sizes === undefined ? numbersOf(node, 2) : undefined;
  if ((sizes ?? scales)?.length !== axes.length) return invalid("attribute-value", `Resize needs ${axes.length} scales or sizes`, node.name, "give one per axis");
  const inputs = axes.map((axis) => shape[axis] ?? 1);
  const extents = sizes === undefined ? undefined : keptRatio(node, inputs, sizes);
  return axes.map((axis, k): ResizedAxis => {
    const input = inputs[k] ?? 1;
    const scale = scales?.[k] ?? (extents?.ratio ?? (sizes?.[k] ?? input) / input);
    const length = scales === undefined ? extents?.ratio === undefined ? sizes?.[k] ?? input : input * extents.ratio : Math.fround(input * scale);
    const output = extents?.sizes[k] ?? Math.floor(length);
    return { axis, input, output, scale, length, region: [region[k] ?? 0, region[axes.length + k] ?? 1] };
  });
}

/** keep_aspect_ratio_policy: one scale for all axes, the least or greatest that the sizes ask for; sizes round half up. */
function keptRatio(node: RawNode, inputs: readonly number[], sizes: readonly number[]): { readonly ratio: number | undefined; readonly sizes: readonly number[] } {
  const policy = choiceOf(node, "keep_aspect_ratio_policy", ["stretch", "not_larger", "not_smaller"], "stretch");
  if (policy === "stretch") return { ratio: undefined, sizes };
  const ratios = sizes.map((size, k) => size / (inputs[k] ?? 1));
  const ratio = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return { ratio, sizes: inputs.map((input) => Math.floor(ratio * input + 0.5)) };
}

function interpolated(node: RawNode, interpolation: Interpolation, axes: readonly ResizedAxis[]): ReturnType<Normaliser> {
  const { type } = inputType(node, 0);
  if (axes.some(({ output }) => output < 1)) invalid("attribute-value", `${node.op} to no elements`, node.name, "correct scales or sizes");
  return composed(node, (made) => {
    const taps = axes.map((axis) => ({ ...axis, taps: tapsOf(axis, interpolation) })).filter((own) => !isIdentity(own.taps, own.input));
    const resized = taps.reduce((x, { axis, taps: own }) => interpolateNode(made, x, axis, own, type), inputName(node, 0));
    const value = tensorOf(type, [], [type === "i64" || type === "u64" ? 0n : floatOf(node, "extrapolation_value") ?? 0]);
    const rank = inputType(node, 0).shape.length;
    const cropped = taps.reduce((x, { axis, taps: { outside } }) => {
      if (!outside.includes(true)) return x;
      const mask = tensorOf("bool", Array.from({ length: rank }, (_, d) => (d === axis ? outside.length : 1)), outside.map(Number));
      return made.node("Where", [made.constant(mask), made.constant(value), x]);
    }, resized);
    made.output(0, "Identity", [cropped]);
  });
}

function isIdentity({ indices, weights, outside }: AxisTaps, input: number): boolean {
  return weights === undefined && !outside.includes(true) && indices.length === input && indices.every(([index], o) => index === o);
}

function interpolateNode(made: Composition, x: string, axis: number, { indices, weights }: AxisTaps, type: string): string {
  const taps = indices[0]?.length ?? 1;
  const shape = [indices.length, taps];
  const table = made.constant(tensorOf("i64", shape, indices.flat().map(BigInt)));
  const factors = weights === undefined ? null : made.constant(tensorOf(type === "f64" ? "f64" : "f32", shape, weights.flat().map(Math.fround)));
  return elementCount(shape) === 0 ? x : made.node("Interpolate", [x, factors, table], { axis, taps, indices: indices.flat() });
}
