/**
 * QLinearConv: a Conv of quantised tensors with a quantised result.
 *
 *     S[n, m, o…] = B[m] + Σ_{c, k…} (X[…] − zx) · (W[m, c, k…] − zw[m])      in 32-bit integers
 *     Y[n, m, o…] = saturate(rint(f32(S) · ((sx·sw[m]) / sy)) + zy)
 *
 * The elements of X and W that meet are those of Conv; taps in the padding are skipped,
 * so padding is the zero point. Rounding: see shared/integer-products.
 */
import { invalid } from "../prelude.js";
import { zero } from "../loop/index-expr.js";
import { type Meaning, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import type { Slots } from "./shared/convolution.js";
import { type OperatorRecord, defineOperator, inputOf, optionalInput } from "./shared/define.js";
import { type Padding, integerConvolution, integerGeometry } from "./shared/integer-convolution.js";
import { type Scales, bytes, factorStage, requantised, validateBytes, validateOperand } from "./shared/integer-products.js";

const slots: Slots = { x: 0, w: 3, bias: 8 };
const scales: Scales = { a: 1, b: 4, y: 6, zeroPoint: 7 };

function validate(node: OperatorNode): void {
  const channels = inputOf(node, slots.w).shape[0] ?? 1;
  validateOperand(node, { tensor: slots.x, scale: scales.a, zeroPoint: 2 });
  validateOperand(node, { tensor: slots.w, scale: scales.b, zeroPoint: 5 }, channels);
  validateBytes(node, inputOf(node, scales.zeroPoint).type);
  if ((optionalInput(node, slots.bias)?.type ?? "i32") !== "i32") invalid("type-mismatch", "QLinearConv adds a B that is not i32", node.name, "give B as int32");
}

function outputType(node: OperatorNode, padding: Padding): TensorType {
  return { type: inputOf(node, scales.zeroPoint).type, shape: integerGeometry(node, slots, padding).shape };
}

function meaningOf(node: OperatorNode, padding: Padding): Meaning {
  const y = stage("y", outputType(node, padding), (point) => requantised(node, scales, stageAt("sum", ...point), point[1] ?? zero));
  return { stages: [factorStage(node, scales), ...integerConvolution(node, { slots, zeroPoints: [2, 5], name: "sum", padding }), y], outputs: ["y"] };
}

/** With its padding skipped, or stored (padded.ts). */
const partsWith = (padding: Padding): Omit<OperatorRecord, "op"> => ({
  types: bytes,
  inputs: [8, 9],
  omitted: [2, 5],
  mixed: true,
  shape: (node) => {
    validate(node);
    return [outputType(node, padding)];
  },
  meaning: (node) => meaningOf(node, padding),
});

export const qLinearConv = defineOperator({ op: "QLinearConv", ...partsWith("skipped") });

/** The same with its padding stored; its weights may have more channels. */
export const storedQLinearConv = defineOperator({ op: "QLinearConv", ...partsWith("stored") });
