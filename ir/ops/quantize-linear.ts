/**
 * QuantizeLinear: Y[o] = saturate(rint(X[o] / scale) + zero point), per tensor, along `axis`, or by blocks.
 *
 * In float: the quotient rounds to nearest even, rint takes ties to even, the sum is
 * exact wherever the result does not saturate, the cast saturates. NaN gives 0. The
 * quotient is rounded to the type `precision` before rint.
 * Where `width` is given, the result saturates to so many bits, and i8 or u8 holds it.
 */
import { unsupported } from "../prelude.js";
import { type ElementType, isElementType } from "../scalar/types.js";
import { type Meaning, type TensorExpr, at, op, pointwise } from "../tensor/meaning.js";
import type { IndexExpr } from "../loop/index-expr.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, optionalInput, textOf } from "./shared/define.js";
import { parameterAt, validateParameters } from "./shared/quantised.js";
import { saturated, widthOf } from "./shared/small-integers.js";
import { toPrecision } from "./shared/terms.js";

const targets: readonly ElementType[] = ["i8", "u8", "i16", "u16"];

function outputType(node: OperatorNode): TensorType {
  const to = optionalInput(node, 2)?.type ?? textOf(node, "to");
  if (!isElementType(to) || !targets.includes(to)) {
    return unsupported("element-type", `QuantizeLinear to ${to} is not supported`, node.name, `use one of ${targets.join(", ")}`);
  }
  return { type: to, shape: inputOf(node, 0).shape };
}

function rounded(node: OperatorNode, point: readonly IndexExpr[]): TensorExpr {
  const exact = op("div.f32", at(0, ...point), parameterAt(node, 1, point));
  const quotient = op("rint.f32", toPrecision(node, exact));
  const zeroPoint = optionalInput(node, 2);
  return zeroPoint === undefined ? quotient : op("add.f32", quotient, op(`cast.${zeroPoint.type}.f32`, parameterAt(node, 2, point)));
}

function meaning(node: OperatorNode): Meaning {
  const output = outputType(node);
  const small = widthOf(node);
  return pointwise(output, (point) => {
    const value = op(`cast.f32.${output.type}`, rounded(node, point));
    return small === undefined ? value : saturated({ ...small, type: output.type === "i8" ? "i8" : "u8" }, value);
  });
}

export const quantizeLinear = defineOperator({
  op: "QuantizeLinear",
  types: ["f32"],
  inputs: [2, 3],
  mixed: true,
  shape: (node) => {
    validateParameters(node);
    return [outputType(node)];
  },
  meaning,
});
