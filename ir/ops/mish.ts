/** Mish: Y[o] = X[o] · tanh(softplus(X[o])), both functions the project's own; each operation rounds once. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const mish = unary({
  op: "Mish",
  types: floatsWith("softplus", "tanh"),
  value: (x, type) => op(`mul.${type}`, x, op(`tanh.${type}`, op(`softplus.${type}`, x))),
});
