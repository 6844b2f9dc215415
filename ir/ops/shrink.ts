/** Shrink: Y[o] = X[o] + bias below −lambd, X[o] − bias above lambd, 0 between them. Each sum rounds once. */
import { constant, op } from "../tensor/meaning.js";
import { numberOf } from "./shared/define.js";
import { unary } from "./shared/elementwise.js";
import { choose, less } from "./shared/terms.js";

export const shrink = unary({
  op: "Shrink",
  types: ["f32"],
  value: (x, type, node) => {
    const [bias, lambd] = [constant(type, numberOf(node, "bias")), constant(type, numberOf(node, "lambd"))];
    const above = choose(type, less(type, lambd, x), op(`sub.${type}`, x, bias), constant(type, 0));
    return choose(type, less(type, x, constant(type, -numberOf(node, "lambd"))), op(`add.${type}`, x, bias), above);
  },
});
