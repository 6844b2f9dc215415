/** Softsign: Y[o] = X[o] / (1 + |X[o]|). Sum and quotient round once each; ±infinity gives NaN. */
import { activate, activation } from "./shared/activations.js";
import { floats } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const softsign = unary({
  op: "Softsign",
  types: floats,
  value: (x, type) => activate(x, type, activation("Softsign")),
});
