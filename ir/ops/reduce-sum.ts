/** ReduceSum: Y[o] = +0 + Σ_r X[o, r], a fold from +0 in lexicographic order; each sum rounds (integers: modulo 2ⁿ). */
import { op } from "../tensor/meaning.js";
import { arithmetic, elementOf, numbers } from "./shared/element-types.js";
import { reduction } from "./shared/reduce.js";

export const reduceSum = reduction({
  op: "ReduceSum",
  types: numbers,
  start: (type) => elementOf(type, 0),
  step: (sum, x, type) => op(arithmetic("add", type), sum, x),
});
