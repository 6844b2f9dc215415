/** GlobalMaxPool: Y[n, c, 0…] = max over r… of X[n, c, r…], a fold from −infinity. Exact; a NaN gives NaN. */
import { op } from "../tensor/meaning.js";
import { floatsWith, lowest } from "./shared/element-types.js";
import { globalPool } from "./shared/reduce.js";

export const globalMaxPool = globalPool({
  op: "GlobalMaxPool",
  types: floatsWith("max"),
  start: lowest,
  step: (largest, x, type) => op(`max.${type}`, largest, x),
});
