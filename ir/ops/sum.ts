/** Sum: Y[o] = (… ((X₀[o] + X₁[o]) + X₂[o]) …), broadcast; each sum rounds to nearest even. */
import { op } from "../tensor/meaning.js";
import { any } from "./shared/define.js";
import { floats } from "./shared/element-types.js";
import { elementwise, leftFold } from "./shared/elementwise.js";

export const sum = elementwise({
  op: "Sum",
  types: floats,
  inputs: [1, any],
  value: (operands, type) => leftFold(operands, (a, b) => op(`add.${type}`, a, b)),
});
