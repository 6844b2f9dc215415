/**
 * Integer convolutions whose padding is stored: PaddedQLinearConv and PaddedConvInteger of the
 * domain `obligato`. No model has them; the lemma store-padding puts them in place of QLinearConv
 * and ConvInteger. Their attributes and inputs are those of the operator, but that W may have more channels
 * than X where there is one group, and
 *
 *     A[n, c, p…] = X[n, c, i…] − zx where i = p − begin lies in X on every axis, and so does c; 0 elsewhere
 *     S[n, m, o…] = B[m] + Σ_{c, k…} A[n, c, o·s + k·d…] · (W[m, c, k…] − zw[m])      modulo 2³²
 *
 * so that a tap in the padding, or of a channel that only W has, is a step as any other and no test is left in the sum.
 */
import { storedConvInteger } from "./conv-integer.js";
import type { OperatorDefinition } from "./operator.js";
import { storedQLinearConv } from "./q-linear-conv.js";

/** The same operator by another name. */
function padded(whole: OperatorDefinition): OperatorDefinition {
  return {
    ...whole, op: `Padded${whole.op}`, domain: "obligato", opsets: [1, 1], requirements: [],
    shape: (node) => whole.shape({ ...node, op: whole.op }),
    meaning: (node) => whole.meaning({ ...node, op: whole.op }),
  };
}

export const paddedOperators: readonly OperatorDefinition[] = [
  padded(storedQLinearConv),
  padded(storedConvInteger),
];
