/** IsNaN: Y[o] = X[o] is NaN. */
import { floats } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";
import { equal, not } from "./shared/terms.js";

export const isNaN = unary({
  op: "IsNaN",
  types: floats,
  result: () => "bool",
  value: (x, type) => not(equal(type, x, x)),
});
