/** Sampling between elements: GridSample with one name for each mode, AffineGrid as the product of its base grid and theta, RoiAlign with its grid stated. */
import { invalid } from "../../../ir/prelude.js";
import { elementCount, tensorOf } from "../../../ir/tensor/tensor.js";
import { composed } from "./compose.js";
import { type Normaliser, allowOnly, constantInput, flagOf, floatOf, inputName, inputType, integersOf, intOf, normalNode, refuseValue, stringOf } from "./node.js";

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

/** Until opset 15 coordinates were those of output_half_pixel. A sampling_ratio of 0 asks for a number of samples that depends on the regions. */
export const roiAlign: Normaliser = (node) => {
  allowOnly(node, "mode", "output_height", "output_width", "sampling_ratio", "spatial_scale", ...(node.opset >= 16 ? ["coordinate_transformation_mode"] : []));
  const transform = stringOf(node, "coordinate_transformation_mode") ?? (node.opset >= 16 ? "half_pixel" : "output_half_pixel");
  if (!["half_pixel", "output_half_pixel"].includes(transform)) refuseValue(node, "coordinate_transformation_mode", transform, "use half_pixel or output_half_pixel");
  const mode = stringOf(node, "mode") ?? "avg";
  if (mode !== "avg" && mode !== "max") refuseValue(node, "mode", mode, "use avg or max");
  const sampling_ratio = intOf(node, "sampling_ratio") ?? 0;
  if (sampling_ratio < 1) refuseValue(node, "sampling_ratio", sampling_ratio, "state the number of samples: with 0 it depends on the regions");
  const [output_height, output_width] = [intOf(node, "output_height") ?? 1, intOf(node, "output_width") ?? 1];
  if (output_height < 1 || output_width < 1) refuseValue(node, "output_height or output_width", Math.min(output_height, output_width), "give at least one bin");
  const spatial_scale = floatOf(node, "spatial_scale") ?? 1;
  return [normalNode(node, { attributes: { coordinate_transformation_mode: transform, mode, output_height, output_width, sampling_ratio, spatial_scale } })];
};
