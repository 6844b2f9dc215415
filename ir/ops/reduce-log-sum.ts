/** ReduceLogSum: Y[o] = ln(+0 + Σ_r X[o, r]), a fold from +0 in lexicographic order; each sum rounds, ln is the project's own. */
import { op } from "../tensor/meaning.js";
import { elementOf, floatsWith } from "./shared/element-types.js";
import { reduction } from "./shared/reduce.js";

export const reduceLogSum = reduction({
  op: "ReduceLogSum",
  types: floatsWith("log"),
  start: (type) => elementOf(type, 0),
  step: (sum, x, type) => op(`add.${type}`, sum, x),
  finish: (sum, type) => op(`log.${type}`, sum),
});
