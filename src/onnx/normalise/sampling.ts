/** Sampling between elements: GridSample with one name for each mode, AffineGrid as the product of its base grid and theta, RoiAlign with its grid stated, MaxRoiPool. */
import { invalid } from "../../../ir/prelude.js";
import { elementCount, tensorOf } from "../../../ir/tensor/tensor.js";
import { DynamicShape } from "../dynamic-shape.js";
import { composed } from "./compose.js";
import { type Normaliser, allowOnly, constantInput, constantNode, flagOf, floatOf, inputName, inputType, integersOf, intOf, intsOf, normalNode, refuseValue, stringOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** Names until opset 19, and the present ones. */
const modes: Readonly<Record<string, string>> = { bilinear: "linear", bicubic: "cubic", linear: "linear", cubic: "cubic", nearest: "nearest" };

export const gridSample: Normaliser = (node) => {
  allowOnly(node, "align_corners", "mode", "padding_mode");
  const [wanted, padding_mode] = [stringOf(node, "mode") ?? "linear", stringOf(node, "padding_mode") ?? "zeros"];
  const mode = modes[wanted] ?? refuseValue(node, "mode", wanted, "use linear, cubic or nearest");
  if (!["zeros", "border", "reflection"].includes(padding_mode)) refuseValue(node, "padding_mode", padding_mode, "use zeros, border or reflection");
  return [normalNode(node, { attributes: { mode, padding_mode, align_corners: flagOf(node, "align_corners", 0) } })];
};

/** Grid[n, o…, d] = Σ_e theta[n, d, e]·base[o…, e], base being the coordinates of o…, the last axis first, and 1. */
export const affineGrid: Normaliser = (node) => {
  allowOnly(node, "align_corners");
  const size = constantInput(node, 1);
  const [batch = 1, , ...spatial] = size === undefined ? [] : integersOf(node, size, "size");
  if (spatial.length < 2 || inputType(node, 0).shape.join() !== [batch, spatial.length, spatial.length + 1].join()) {
    return invalid("shape-mismatch", "AffineGrid has a theta that does not fit its size", node.name, "correct theta or size");
  }
  const aligned = flagOf(node, "align_corners", 0) === 1;
  return composed(node, (made) => {
    const points = elementCount(spatial);
    const base = made.constant(tensorOf("f32", [points, spatial.length + 1], baseGrid(spatial, aligned)));
    const columns = made.node("Transpose", [inputName(node, 0)], { perm: [0, 2, 1] });
    made.output(0, "Reshape", [made.node("MatMul", [base, columns])], { shape: [batch, ...spatial, spatial.length] });
  });
};

function baseGrid(spatial: readonly number[], aligned: boolean): readonly number[] {
  const coordinate = (o: number, extent: number): number => (aligned ? (extent === 1 ? -1 : (2 * o) / (extent - 1) - 1) : (2 * o + 1) / extent - 1);
  return Array.from({ length: elementCount(spatial) }, (_, at) => {
    let rest = at;
    const row = spatial.toReversed().map((extent) => {
      const o = rest % extent;
      rest = Math.floor(rest / extent);
      return Math.fround(coordinate(o, extent));
    });
    return [...row, 1];
  }).flat();
}

/** Until opset 15 coordinates were those of output_half_pixel. A sampling_ratio of 0 asks for as many samples as a region has elements to a bin, rounded up: those are counted where the regions are constants. */
export const roiAlign: Normaliser = (node) => {
  allowOnly(node, "mode", "output_height", "output_width", "sampling_ratio", "spatial_scale", ...(node.opset >= 16 ? ["coordinate_transformation_mode"] : []));
  const transform = stringOf(node, "coordinate_transformation_mode") ?? (node.opset >= 16 ? "half_pixel" : "output_half_pixel");
  if (!["half_pixel", "output_half_pixel"].includes(transform)) refuseValue(node, "coordinate_transformation_mode", transform, "use half_pixel or output_half_pixel");
  const mode = stringOf(node, "mode") ?? "avg";
  if (mode !== "avg" && mode !== "max") refuseValue(node, "mode", mode, "use avg or max");
  const sampling_ratio = intOf(node, "sampling_ratio") ?? 0;
  if (sampling_ratio < 0) refuseValue(node, "sampling_ratio", sampling_ratio, "give a number of samples, or 0");
  const [output_height, output_width] = [intOf(node, "output_height") ?? 1, intOf(node, "output_width") ?? 1];
  if (output_height < 1 || output_width < 1) refuseValue(node, "output_height or output_width", Math.min(output_height, output_width), "give at least one bin");
  const spatial_scale = floatOf(node, "spatial_scale") ?? 1;
  const attributes = { coordinate_transformation_mode: transform, mode, output_height, output_width, spatial_scale };
  if (node.inputs.length > 3) invalid("input-count", `RoiAlign takes 3 inputs, this node gives ${node.inputs.length}`, node.name, "give X, rois and batch_indices");
  if (sampling_ratio > 0) return [normalNode(node, { attributes: { ...attributes, sampling_ratio } })];
  const counts = samplesOf(node, attributes);
  const samples = node.fresh(`${node.name}_samples`);
  return [
    constantNode(node, samples, tensorOf("i64", [counts.length / 2, 2], counts.map(BigInt))),
    normalNode(node, { attributes: { ...attributes, sampling_ratio: Math.max(1, ...counts) }, inputs: [inputName(node, 0), inputName(node, 1), inputName(node, 2), samples] }),
  ];
};

interface Bins {
  readonly coordinate_transformation_mode: string;
  readonly output_height: number;
  readonly output_width: number;
  readonly spatial_scale: number;
}

/** By region, ⌈size / bins⌉ along the rows and along the columns, in the arithmetic of the definition. */
function samplesOf(node: RawNode, { coordinate_transformation_mode, output_height, output_width, spatial_scale }: Bins): readonly number[] {
  const name = inputName(node, 1);
  const rois = node.constantOf(name);
  if (rois === undefined) throw new DynamicShape(`RoiAlign with sampling_ratio = 0 takes as many samples as its regions ask for, and these, ${name}, are computed`, node.name, name);
  const round = rois.type === "f32" ? Math.fround : (value: number): number => value;
  const pixel = coordinate_transformation_mode === "half_pixel";
  const scaled = (value: number): number => round(round(value * spatial_scale) - (pixel ? 0.5 : 0));
  const samples = (first: number, last: number, bins: number): number => {
    const size = round(scaled(last) - scaled(first));
    return Math.max(0, Math.ceil(round((pixel ? size : Math.max(size, 1)) / bins)));
  };
  const counts = Array.from({ length: rois.shape[0] ?? 0 }, (_, r) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = Array.from({ length: 4 }, (__, k) => Number(rois.data[4 * r + k]));
    return [samples(y1, y2, output_height), samples(x1, x2, output_width)];
  }).flat();
  if (!counts.every((count) => count <= sampleLimit)) refuseValue(node, "sampling_ratio", 0, `state sampling_ratio: a region asks for more than ${sampleLimit} samples along an axis`);
  return counts;
}

/** Samples of a bin along an axis; more would make the loops of every region as long. */
const sampleLimit = 1024;

/** Old opsets have no other form. */
export const maxRoiPool: Normaliser = (node) => {
  allowOnly(node, "pooled_shape", "spatial_scale");
  const pooled_shape = intsOf(node, "pooled_shape") ?? [];
  if (pooled_shape.length !== 2 || pooled_shape.some((extent) => extent < 1)) refuseValue(node, "pooled_shape", `[${pooled_shape.join(",")}]`, "give the height and the width of the output");
  return [normalNode(node, { attributes: { pooled_shape, spatial_scale: floatOf(node, "spatial_scale") ?? 1 } })];
};
