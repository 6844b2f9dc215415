/**
 * DequantizeLinear: Y[o] = f32(X[o] − zero point) · scale, per tensor, along `axis`, or by blocks.
 *
 * The difference is taken in 32-bit integers (exact for narrower types, modulo 2³² for
 * i32); conversion and product round to nearest even.
 */
import { invalid, unsupported } from "../prelude.js";
import type { ElementType } from "../scalar/types.js";
import { type Meaning, type TensorExpr, at, op, pointwise } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, optionalInput } from "./shared/define.js";
import { parameterAt, validateParameters } from "./shared/quantised.js";

function validateTypes(node: OperatorNode): void {
  const [x, scale, zeroPoint] = [inputOf(node, 0).type, inputOf(node, 1).type, optionalInput(node, 2)?.type];
  if (scale !== "f32") unsupported("element-type", `DequantizeLinear with a scale of ${scale} is not supported`, node.name, "use an f32 scale");
  if (zeroPoint !== undefined && zeroPoint !== x) invalid("type-mismatch", `DequantizeLinear mixes ${x} and ${zeroPoint}`, node.name, "give the zero point the type of X");
}

function meaning(node: OperatorNode): Meaning {
  const { type, shape } = inputOf(node, 0);
  const toInt = (x: TensorExpr): TensorExpr => (type === "i32" ? x : op(`cast.${type}.i32`, x));
  return pointwise({ type: "f32", shape }, (point) => {
    const x = toInt(at(0, ...point));
    const difference = optionalInput(node, 2) === undefined ? x : op("subw.i32", x, toInt(parameterAt(node, 2, point)));
    return op("mul.f32", op("cast.i32.f32", difference), parameterAt(node, 1, point));
  });
}

const sources: readonly ElementType[] = ["i8", "u8", "i16", "u16", "i32"];

export const dequantizeLinear = defineOperator({
  op: "DequantizeLinear",
  types: sources,
  inputs: [2, 3],
  mixed: true,
  shape: (node) => {
    validateTypes(node);
    validateParameters(node);
    return [{ type: "f32", shape: inputOf(node, 0).shape }];
  },
  meaning,
});
