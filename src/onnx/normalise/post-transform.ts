/** What the operators of ai.onnx.ml do to the scores [N, classes or targets] at the end, and what they have in common. */
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { unsupported } from "../../../ir/prelude.js";
import type { Composition } from "./compose.js";
import { inputName, inputType, refuseValue, stringOf } from "./node.js";
import { number } from "./quantised-steps.js";
import type { RawNode } from "./raw-node.js";

/** The transformed scores as output `k`, of `count` columns; what a transform makes of one column alone is not defined by ONNX. */
export function transformed(node: RawNode, made: Composition, scores: string, [k, count]: readonly [k: number, count: number]): void {
  const transform = stringOf(node, "post_transform") ?? "NONE";
  if (transform !== "NONE" && count === 1) refuseValue(node, "post_transform", `${transform} of one score`, "use NONE and an operator of ai.onnx after it");
  switch (transform) {
    case "NONE": made.output(k, "Identity", [scores]); break;
    case "LOGISTIC": made.output(k, "Sigmoid", [scores]); break;
    case "SOFTMAX": made.output(k, "Softmax", [scores], { axes: [1] }); break;
    case "SOFTMAX_ZERO": softmaxOfNonZero(made, scores, k); break;
    case "PROBIT": probit(made, scores, k); break;
    default: refuseValue(node, "post_transform", transform, "use NONE, LOGISTIC, SOFTMAX, SOFTMAX_ZERO or PROBIT");
  }
}

/** Of scores farther than 1e-7 from 0 the softmax among themselves; the others are v·exp(−max) over the same sum, which is 0 for 0. */
function softmaxOfNonZero(made: Composition, scores: string, k: number): void {
  const over = { axes: [1], keepdims: 1 };
  const greatest = made.node("ReduceMax", [scores], over);
  const counted = made.node("Greater", [made.node("Abs", [scores]), number(made, 1e-7)]);
  const power = made.node("Exp", [made.node("Sub", [scores, greatest])]);
  const sum = made.node("ReduceSum", [made.node("Where", [counted, power, number(made, 0)])], over);
  const rest = made.node("Mul", [scores, made.node("Exp", [made.node("Neg", [greatest])])]);
  made.output(k, "Div", [made.node("Where", [counted, power, rest]), sum]);
}

/** √2·erf⁻¹(2v − 1) by Winitzki's approximation with a = 0.147, which is how ONNX Runtime computes it. */
function probit(made: Composition, scores: string, k: number): void {
  const x = made.node("Sub", [made.node("Mul", [number(made, 2), scores]), number(made, 1)]);
  const one = number(made, 1);
  const log = made.node("Log", [made.node("Mul", [made.node("Sub", [one, x]), made.node("Add", [one, x])])]);
  const a = Math.fround(Math.fround(3.14159) * Math.fround(0.147));
  const v = made.node("Add", [number(made, 2 / a), made.node("Mul", [number(made, 0.5), log])]);
  const scaled = made.node("Mul", [number(made, 1 / Math.fround(0.147)), log]);
  const root = made.node("Sqrt", [made.node("Sub", [made.node("Mul", [v, v]), scaled])]);
  const size = made.node("Sqrt", [made.node("Sub", [root, v])]);
  const signed = made.node("Where", [made.node("Less", [x, number(made, 0)]), made.node("Neg", [size]), size]);
  made.output(k, "Mul", [number(made, 1.41421356), signed]);
}

/** Input 0 as an f32 matrix [samples, features]: a vector is one sample, numbers of other types are converted. */
export function samplesOf(node: RawNode, made: Composition): { readonly x: string; readonly rows: number; readonly features: number } {
  const { type, shape } = inputType(node, 0);
  if (shape.length < 1 || shape.length > 2) unsupported("attribute-value", `${node.op} on ${type}[${shape.join(",")}] is not supported`, node.name, "give a matrix of samples");
  const [rows, features] = shape.length === 1 ? [1, shape[0] ?? 0] : [shape[0] ?? 0, shape[1] ?? 0];
  const float = type === "f32" ? inputName(node, 0) : made.node("Cast", [inputName(node, 0)], { to: "f32" });
  return { x: shape.length === 1 ? made.node("Reshape", [float], { shape: [1, features] }) : float, rows, features };
}

/** The label of the highest of `scores`, the first of equal ones, as output 0. */
export function labelOfHighest(made: Composition, scores: string, labels: readonly number[]): void {
  const best = made.node("ArgMax", [scores], { axis: 1, keepdims: 0, select_last_index: 0 });
  made.output(0, "Gather", [made.constant(tensorOf("i64", [labels.length], labels.map(BigInt))), best], { axis: 0 });
}
