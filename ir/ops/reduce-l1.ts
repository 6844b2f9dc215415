/** ReduceL1: Y[o] = +0 + Σ_r |X[o, r]|, a fold from +0 in lexicographic order; each sum rounds. */
import { op } from "../tensor/meaning.js";
import { elementOf, floats } from "./shared/element-types.js";
import { reduction } from "./shared/reduce.js";

export const reduceL1 = reduction({
  op: "ReduceL1",
  types: floats,
  start: (type) => elementOf(type, 0),
  step: (sum, x, type) => op(`add.${type}`, sum, op(`abs.${type}`, x)),
});
