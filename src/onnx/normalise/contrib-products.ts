/**
 * Products of com.microsoft whose operands are quantised: the sum of products is that of
 * MatMulInteger, exact in 32-bit integers, times one product of scales, as ONNX Runtime
 * computes them. QLinearConv there may have its channels last.
 */
import { type Composition, asNode, composed } from "./compose.js";
import { onChannelsLast } from "./channels-last.js";
import { type Normaliser, allowOnly, flagOf, floatOf, inputName, intOf, normalNode, refuseValue } from "./node.js";
import { dequantizeLinear, quantizeLinear } from "./quantised.js";
import { number, rounded, scalarInput, toFloat } from "./quantised-steps.js";
import type { RawNode } from "./raw-node.js";
import { qLinearConv } from "./window.js";

const optional = (node: RawNode, slot: number): string | null => node.inputs[slot] ?? null;

/** The transpose of input `slot`, a matrix, where `flag` is set. */
function transposedWhere(node: RawNode, made: Composition, slot: number, flag: string): string {
  return flagOf(node, flag, 0) === 1 ? made.node("Transpose", [inputName(node, slot)], { perm: [1, 0] }) : inputName(node, slot);
}

/** f32(Σ (a − za)·(b − zb))·(sa·sb), and the bias added to that. */
export function scaledProduct(made: Composition, operands: readonly (string | null)[], scales: readonly [string, string], bias: string | null): string {
  const product = made.node("Mul", [toFloat(made, made.node("MatMulInteger", operands)), made.node("Mul", scales)]);
  return bias === null ? product : made.node("Add", [product, bias]);
}

/** rint(f32(Σ (a − za)·(b − zb) + C)·(((α·sa)·sb) / sy)) + zy, or, without sy, the product as a float. */
const qGemm: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "alpha", "transA", "transB");
  const operands = [transposedWhere(node, made, 0, "transA"), transposedWhere(node, made, 3, "transB"), inputName(node, 2), inputName(node, 5)];
  const product = made.node("MatMulInteger", operands);
  const bias = optional(node, 6);
  const sum = bias === null ? product : made.node("Add", [product, bias]);
  const alpha = floatOf(node, "alpha") ?? 1;
  const sa = alpha === 1 ? scalarInput(node, made, 1) : made.node("Mul", [number(made, alpha), scalarInput(node, made, 1)]);
  const scales = made.node("Mul", [sa, inputName(node, 4)]);
  if (optional(node, 7) === null) {
    made.output(0, "Mul", [toFloat(made, sum), scales]);
    return;
  }
  const ratio = made.node("Div", [scales, scalarInput(node, made, 7)]);
  rounded(node, made, made.node("Mul", [toFloat(made, sum), ratio]), [8, 0]);
});

const matMulIntegerToFloat: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  const operands = [inputName(node, 0), inputName(node, 1), optional(node, 4), optional(node, 5)];
  made.output(0, "Identity", [scaledProduct(made, operands, [scalarInput(node, made, 2), inputName(node, 3)], optional(node, 6))]);
});

/** A becomes u8 as DynamicQuantizeLinear does it. */
const dynamicQuantizeMatMul: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  const { a, scale, zeroPoint } = dynamicallyQuantised(node, made, inputName(node, 0));
  const operands = [a, inputName(node, 1), zeroPoint, optional(node, 3)];
  made.output(0, "Identity", [scaledProduct(made, operands, [scale, inputName(node, 2)], optional(node, 4))]);
});

interface DynamicallyQuantised {
  readonly a: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

function dynamicallyQuantised(node: RawNode, made: Composition, x: string): DynamicallyQuantised {
  const [a, scale, zeroPoint] = ["quantised", "scale", "zero_point"].map((name) => node.fresh(`${node.name}_${name}`));
  const outputs = [a ?? "", scale ?? "", zeroPoint ?? ""];
  const name = node.fresh(`${node.name}_DynamicQuantizeLinear`);
  made.include([{ name, op: "DynamicQuantizeLinear", domain: "", opset: node.opset, attributes: {}, inputs: [x], outputs }]);
  return { a: outputs[0] ?? "", scale: outputs[1] ?? "", zeroPoint: outputs[2] ?? "" };
}

const linearConv: Normaliser = (node) => {
  const last = flagOf(node, "channels_last", 0) === 1;
  const plain = asNode(node, { attributes: new Map([...node.attributes].filter(([name]) => name !== "channels_last")) });
  return last ? onChannelsLast("QLinearConv", qLinearConv)(plain) : qLinearConv(plain);
};

/** The operator of ai.onnx with the one attribute that both have. */
function likeOnnx(normaliser: Normaliser): Normaliser {
  return (node) => {
    allowOnly(node, "axis");
    return normaliser(asNode(node, {}));
  };
}

/**
 * Numbers and inputs of the normal form. accuracy_level lets a kernel compute with less
 * precision and is passed over; weights in another order, and blocks chosen by an index of
 * each row, are refused.
 */
const matMulNBits: Normaliser = (node) => {
  allowOnly(node, "K", "N", "bits", "block_size", "accuracy_level", "weight_prepacked");
  const [K, N, bits, block_size] = [intOf(node, "K") ?? 0, intOf(node, "N") ?? 0, intOf(node, "bits") ?? 4, intOf(node, "block_size") ?? 0];
  if (![2, 4, 8].includes(bits)) refuseValue(node, "bits", bits, "pack weights of 2, 4 or 8 bits");
  if (block_size < 16 || !Number.isInteger(Math.log2(block_size))) refuseValue(node, "block_size", block_size, "use a power of two of at least 16");
  if (K < 1 || N < 1) refuseValue(node, "K or N", Math.min(K, N), "give the sizes of B");
  if ((intOf(node, "weight_prepacked") ?? 0) !== 0) refuseValue(node, "weight_prepacked", 1, "give the weights as the operator defines them");
  if (optional(node, 4) !== null) refuseValue(node, "g_idx", "an input", "reorder the rows so that blocks are consecutive");
  return [normalNode(asNode(node, {}), { attributes: { K, N, bits, block_size }, inputs: [inputName(node, 0), inputName(node, 1), inputName(node, 2), optional(node, 3), optional(node, 5)] })];
};

/** By operator type. */
export const productContribNormalisers: ReadonlyMap<string, Normaliser> = new Map([
  ["DequantizeLinear", likeOnnx(dequantizeLinear)],
  ["DynamicQuantizeMatMul", dynamicQuantizeMatMul],
  ["MatMulIntegerToFloat", matMulIntegerToFloat],
  ["MatMulNBits", matMulNBits],
  ["QGemm", qGemm],
  ["QLinearConv", linearConv],
  ["QuantizeLinear", likeOnnx(quantizeLinear)],
]);
