/** ReduceMean: Y[o] = (+0 + Σ_r X[o, r]) / count, a fold from +0 in lexicographic order; sums and quotient round. */
import { op } from "../tensor/meaning.js";
import { elementOf, floats } from "./shared/element-types.js";
import { reduction } from "./shared/reduce.js";

export const reduceMean = reduction({
  op: "ReduceMean",
  types: floats,
  start: (type) => elementOf(type, 0),
  step: (sum, x, type) => op(`add.${type}`, sum, x),
  finish: (sum, type, count) => op(`div.${type}`, sum, elementOf(type, count)),
});
