/** ReduceL2: Y[o] = √(+0 + Σ_r X[o, r]²), a fold from +0 in lexicographic order; square, sum and root round one after the other. */
import { op } from "../tensor/meaning.js";
import { elementOf, floats } from "./shared/element-types.js";
import { reduction } from "./shared/reduce.js";

export const reduceL2 = reduction({
  op: "ReduceL2",
  types: floats,
  start: (type) => elementOf(type, 0),
  step: (sum, x, type) => op(`add.${type}`, sum, op(`mul.${type}`, x, x)),
  finish: (sum, type) => op(`sqrt.${type}`, sum),
});
