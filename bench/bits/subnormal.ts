/** A network whose outputs are subnormal: elementwise products and sums, which no bias covers up. */
import { floats, graph, model, node, value } from "../../test/support/onnx-model.js";

const extent = 61;

/** The bytes of y = x · w + v with x, w, v of the size that makes products and sums subnormal for x near 2^-135. */
export function subnormalNetwork(): Uint8Array {
  const numbers = (scale: number): number[] => Array.from({ length: extent }, (_, k) => scale * (((7 * k) % 11) / 16 - 0.3125));
  const initializer = [floats("w", [extent], numbers(1)), floats("v", [extent], numbers(2 ** -133))];
  return model(graph([node("Mul", ["x", "w"], ["p"]), node("Add", ["p", "v"], ["y"])], { input: [value("x", [extent])], output: [value("y", [extent])], initializer }));
}
