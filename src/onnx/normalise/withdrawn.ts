/**
 * Operators that ONNX had on trial and withdrew with version 1.5, which converters of Core ML
 * models wrote and ONNX Runtime still reads: each is a few operators of ai.onnx. Their formulas
 * are those of the operator documentation of ONNX 1.4.
 */
import { invalid } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, asNode, composed } from "./compose.js";
import { type Normaliser, allowOnly, floatOf, floatsOf, inputName, inputType, intsOf } from "./node.js";
import type { RawNode } from "./raw-node.js";
import { slice } from "./slicing.js";

const number = (node: RawNode, made: Composition, value: number): string => made.constant(tensorOf(inputType(node, 0).type, [], [value]));

/** alpha·x + beta. */
export const affine: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "alpha", "beta");
  const scaled = made.node("Mul", [number(node, made, floatOf(node, "alpha") ?? 1), inputName(node, 0)]);
  made.output(0, "Add", [scaled, number(node, made, floatOf(node, "beta") ?? 0)]);
});

/** scale·x. */
export const scale: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "scale");
  made.output(0, "Mul", [number(node, made, floatOf(node, "scale") ?? 1), inputName(node, 0)]);
});

/** scale·x + bias[channel]. */
export const imageScaler: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "bias", "scale");
  const [{ type, shape }, bias] = [inputType(node, 0), floatsOf(node, "bias") ?? []];
  if (shape.length !== 4 || bias.length !== shape[1]) invalid("shape-mismatch", `ImageScaler has ${bias.length} biases for [${shape.join(",")}]`, node.name, "give one bias for each channel");
  const scaled = made.node("Mul", [number(node, made, floatOf(node, "scale") ?? 1), inputName(node, 0)]);
  made.output(0, "Add", [scaled, made.constant(tensorOf(type, [1, bias.length, 1, 1], bias))]);
});

/** alpha·f(beta·x). */
function scaled(op: "Softplus" | "Tanh"): Normaliser {
  return (node) => composed(node, (made) => {
    allowOnly(node, "alpha", "beta");
    const [alpha, beta] = ["alpha", "beta"].map((name) => floatOf(node, name) ?? invalid("attribute", `${node.op} has no ${name}`, node.name, `give ${name}`));
    const inner = made.node(op, [made.node("Mul", [number(node, made, beta ?? 1), inputName(node, 0)])]);
    made.output(0, "Mul", [number(node, made, alpha ?? 1), inner]);
  });
}

/** The image without `border` (left, top, right, bottom), or of the height and width `scale` from its corner on. */
export const crop: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "border", "scale");
  const { shape } = inputType(node, 0);
  const [, , height = 0, width = 0] = shape;
  const [left = 0, top = 0, right = 0, bottom = 0, ...others] = intsOf(node, "border") ?? [];
  const [high, wide] = intsOf(node, "scale") ?? [height - top - bottom, width - left - right];
  const extents = [shape[0] ?? 1, shape[1] ?? 1, high ?? 0, wide ?? 0];
  const fits = [left, top, right, bottom].every((border) => border >= 0) && extents.every((extent) => extent > 0) && top + (high ?? 0) <= height && left + (wide ?? 0) <= width;
  if (shape.length !== 4 || others.length > 0 || !fits) invalid("shape-mismatch", `Crop of [${shape.join(",")}] does not fit its border or scale`, node.name, "correct border or scale");
  made.output(0, "Slice", [inputName(node, 0)], { starts: [0, 0, top, left], steps: [1, 1, 1, 1], extents });
});

/** Slice as opset 10 has it. */
export const dynamicSlice: Normaliser = (node) => {
  allowOnly(node);
  return slice(asNode(node, { op: "Slice" }));
};

export const parametricSoftplus = scaled("Softplus");
export const scaledTanh = scaled("Tanh");

/** Their names. */
export const withdrawnOperators: ReadonlySet<string> = new Set(["Affine", "Crop", "DynamicSlice", "ImageScaler", "ParametricSoftplus", "Scale", "ScaledTanh"]);
