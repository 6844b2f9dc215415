/** Round: Y[o] = the integer nearest to X[o], ties to even. Exact; the sign of zero stays. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const round = unary({
  op: "Round",
  types: floatsWith("rint"),
  value: (x, type) => op(`rint.${type}`, x),
});
