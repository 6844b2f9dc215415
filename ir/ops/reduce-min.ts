/** ReduceMin: Y[o] = min over r of X[o, r], a fold from +infinity (the greatest integer). Exact; a NaN gives NaN. On bool it is “and”. */
import { op } from "../tensor/meaning.js";
import { computed, highest } from "./shared/element-types.js";
import { reduction } from "./shared/reduce.js";

export const reduceMin = reduction({
  op: "ReduceMin",
  types: computed,
  start: highest,
  step: (bound, x, type) => op(type === "bool" ? "and.bool" : `min.${type}`, bound, x),
});
