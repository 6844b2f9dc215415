/** Mean: Y[o] = (… ((X₀[o] + X₁[o]) + X₂[o]) …) / n, broadcast; sums and quotient round to nearest even. */
import { constant, op } from "../tensor/meaning.js";
import { any } from "./shared/define.js";
import { floats } from "./shared/element-types.js";
import { elementwise, leftFold } from "./shared/elementwise.js";

export const mean = elementwise({
  op: "Mean",
  types: floats,
  inputs: [1, any],
  value: (operands, type) =>
    op(`div.${type}`, leftFold(operands, (a, b) => op(`add.${type}`, a, b)), constant(type, operands.length)),
});
