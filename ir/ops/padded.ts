/**
 * Integer convolutions whose padding is stored: PaddedQLinearConv and PaddedConvInteger of the
 * domain `obligato`. No model has them; the lemma store-padding puts them in place of QLinearConv
 * and ConvInteger. Their attributes and inputs are those of the operator, and
 *
 *     A[n, c, p…] = X[n, c, i…] − zx where i = p − begin lies in X on every axis, 0 elsewhere
 *     S[n, m, o…] = B[m] + Σ_{c, k…} A[n, c, o·s + k·d…] · (W[m, c, k…] − zw[m])      modulo 2³²
 *
 * so that a tap in the padding is a step as any other and no test is left in the sum.
 */
import { convInteger, convIntegerMeaning } from "./conv-integer.js";
import type { OperatorDefinition } from "./operator.js";
import { qLinearConv, qLinearConvMeaning } from "./q-linear-conv.js";

/** The same operator with another meaning, of equal bits. */
function padded(whole: OperatorDefinition, meaning: OperatorDefinition["meaning"]): OperatorDefinition {
  return {
    ...whole, op: `Padded${whole.op}`, domain: "obligato", opsets: [1, 1], requirements: [],
    shape: (node) => whole.shape({ ...node, op: whole.op }),
    meaning: (node) => meaning({ ...node, op: whole.op }),
  };
}

export const paddedOperators: readonly OperatorDefinition[] = [
  padded(qLinearConv, (node) => qLinearConvMeaning(node, "stored")),
  padded(convInteger, (node) => convIntegerMeaning(node, "stored")),
];
