/** ReduceSumSquare: Y[o] = +0 + Σ_r X[o, r]², a fold from +0 in lexicographic order; square and sum round one after the other. */
import { op } from "../tensor/meaning.js";
import { elementOf, floats } from "./shared/element-types.js";
import { reduction } from "./shared/reduce.js";

export const reduceSumSquare = reduction({
  op: "ReduceSumSquare",
  types: floats,
  start: (type) => elementOf(type, 0),
  step: (sum, x, type) => op(`add.${type}`, sum, op(`mul.${type}`, x, x)),
});
