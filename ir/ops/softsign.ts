/** Softsign: Y[o] = X[o] / (1 + |X[o]|). Sum and quotient round once each; ±infinity gives NaN. */
import { constant, op } from "../tensor/meaning.js";
import { floats } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const softsign = unary({
  op: "Softsign",
  types: floats,
  value: (x, type) => op(`div.${type}`, x, op(`add.${type}`, constant(type, 1), op(`abs.${type}`, x))),
});
