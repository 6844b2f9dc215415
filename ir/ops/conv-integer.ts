/**
 * ConvInteger: a Conv of quantised tensors with an integer result.
 *
 *     Y[n, m, o…] = 0 + Σ_{c, k…} (X[…] − zx) · (W[m, c, k…] − zw[m])      in 32-bit integers
 *
 * The elements of X and W that meet are those of Conv; taps in the padding are skipped.
 * Sums of more than 2¹⁵ products are modulo 2³².
 */
import type { Meaning } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import type { Slots } from "./shared/convolution.js";
import { type OperatorRecord, defineOperator, inputOf } from "./shared/define.js";
import { type Padding, integerConvolution, integerGeometry } from "./shared/integer-convolution.js";
import { bytes, validateBytes, validateZeroPoint } from "./shared/integer-products.js";

const slots: Slots = { x: 0, w: 1, bias: 4 };

function outputType(node: OperatorNode, padding: Padding): TensorType {
  const [x, w] = [inputOf(node, slots.x), inputOf(node, slots.w)];
  validateBytes(node, w.type);
  validateZeroPoint(node, x.type, 2);
  validateZeroPoint(node, w.type, 3, w.shape[0]);
  return { type: "i32", shape: integerGeometry(node, slots, padding).shape };
}

function meaningOf(node: OperatorNode, padding: Padding): Meaning {
  return { stages: integerConvolution(node, { slots, zeroPoints: [2, 3], name: "y", padding }), outputs: ["y"] };
}

/** With its padding skipped, or stored (padded.ts). */
const partsWith = (padding: Padding): Omit<OperatorRecord, "op"> => ({
  types: bytes,
  inputs: [2, 4],
  mixed: true,
  shape: (node) => [outputType(node, padding)],
  meaning: (node) => meaningOf(node, padding),
});

export const convInteger = defineOperator({ op: "ConvInteger", ...partsWith("skipped") });

/** The same with its padding stored; its weights may have more channels. */
export const storedConvInteger = defineOperator({ op: "ConvInteger", ...partsWith("stored") });
