/**
 * Min: Y[o] = min(… min(min(X₀[o], X₁[o]), X₂[o]) …), broadcast.
 *
 * Exact. A NaN in any operand gives NaN; of +0 and −0 the later operand is taken.
 */
import { op } from "../tensor/meaning.js";
import { any } from "./shared/define.js";
import { numbers } from "./shared/element-types.js";
import { elementwise, leftFold } from "./shared/elementwise.js";

export const min = elementwise({
  op: "Min",
  types: numbers,
  inputs: [1, any],
  value: (operands, type) => leftFold(operands, (a, b) => op(`min.${type}`, a, b)),
});
