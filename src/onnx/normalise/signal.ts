/**
 * The window functions, by the formulas of their definition in ONNX: sums of cosines of
 * 2π·k/N for k = 0 … size − 1, N being the size, or size − 1 where the window is symmetric.
 * The size is a constant; everything then is, and import computes it with the project's cos.
 */
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { supportedElementType } from "../element-types.js";
import { composed } from "./compose.js";
import { type Normaliser, allowOnly, constantInput, flagOf, integersOf, intOf, refuseValue } from "./node.js";

/** Coefficients of 1, cos(2πk/N) and cos(4πk/N). */
function cosineWindow(coefficients: readonly number[]): Normaliser {
  return (node) => composed(node, (made) => {
    allowOnly(node, "output_datatype", "periodic");
    const given = constantInput(node, 0);
    const size = given === undefined ? 0 : integersOf(node, given, "size")[0] ?? 0;
    if (size < 1) refuseValue(node, "size", size, "give a size of at least 1");
    const count = flagOf(node, "periodic", 1) === 1 ? size : size - 1;
    const value = (x: number): string => made.constant(tensorOf("f32", [], [Math.fround(x)]));
    const positions = made.constant(tensorOf("f32", [size], Array.from({ length: size }, (_, k) => k)));
    const angle = made.node("Div", [made.node("Mul", [positions, value(2 * Math.PI)]), value(Math.max(1, count))]);
    const terms = coefficients.slice(1).map((factor, k) => {
      const multiple = k === 0 ? angle : made.node("Mul", [angle, value(k + 1)]);
      return made.node("Mul", [made.node("Cos", [multiple]), value(factor)]);
    });
    const sum = terms.reduce((total, term) => made.node("Add", [total, term]), value(coefficients[0] ?? 0));
    made.output(0, "Cast", [sum], { to: supportedElementType(intOf(node, "output_datatype") ?? 1, `${size}`, node.name) });
  });
}

export const blackmanWindow = cosineWindow([0.42, -0.5, 0.08]);
/** 25/46, which ONNX asks for. */
export const hammingWindow = cosineWindow([25 / 46, -21 / 46]);
export const hannWindow = cosineWindow([0.5, -0.5]);
