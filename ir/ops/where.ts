/** Where: Y[o] = condition[o] ? A[o] : B[o], all three broadcast. No arithmetic. */
import { invalid } from "../prelude.js";
import { op } from "../tensor/meaning.js";
import { inputOf } from "./shared/define.js";
import { bools } from "./shared/element-types.js";
import { elementwise } from "./shared/elementwise.js";

export const where = elementwise({
  op: "Where",
  types: bools,
  inputs: [3, 3],
  mixed: true,
  result: (node) => {
    const [a, b] = [inputOf(node, 1).type, inputOf(node, 2).type];
    if (a !== b) invalid("type-mismatch", `Where mixes ${a} and ${b}`, node.name, "insert a Cast: there is no implicit conversion");
    return a;
  },
  value: (operands, _, node) => op(`select.${inputOf(node, 1).type}`, ...operands),
});
