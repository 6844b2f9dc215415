/**
 * GlobalAveragePool: Y[n, c, 0…] = (+0 + Σ_r… X[n, c, r…]) / count.
 *
 * The sum is a fold from +0 in lexicographic order; sums and the quotient by the number
 * of positions round to nearest even.
 */
import { constant, op } from "../tensor/meaning.js";
import { floats } from "./shared/element-types.js";
import { globalPool } from "./shared/reduce.js";

export const globalAveragePool = globalPool({
  op: "GlobalAveragePool",
  types: floats,
  start: (type) => constant(type, 0),
  step: (sum, x, type) => op(`add.${type}`, sum, x),
  finish: (sum, type, count) => op(`div.${type}`, sum, constant(type, count)),
});
