/** ReduceMax: Y[o] = max over r of X[o, r], a fold from −infinity (the least integer). Exact; a NaN gives NaN. On bool it is “or”. */
import { op } from "../tensor/meaning.js";
import { computed, lowest } from "./shared/element-types.js";
import { reduction } from "./shared/reduce.js";

export const reduceMax = reduction({
  op: "ReduceMax",
  types: computed,
  start: lowest,
  step: (bound, x, type) => op(type === "bool" ? "or.bool" : `max.${type}`, bound, x),
});
