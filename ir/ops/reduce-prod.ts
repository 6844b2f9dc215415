/** ReduceProd: Y[o] = 1 · Π_r X[o, r], a fold from 1 in lexicographic order; each product rounds (integers: modulo 2ⁿ). */
import { op } from "../tensor/meaning.js";
import { arithmetic, elementOf, numbers } from "./shared/element-types.js";
import { reduction } from "./shared/reduce.js";

export const reduceProd = reduction({
  op: "ReduceProd",
  types: numbers,
  start: (type) => elementOf(type, 1),
  step: (product, x, type) => op(arithmetic("mul", type), product, x),
});
