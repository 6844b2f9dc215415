/** Integers of fewer bits than a byte, held in i8 or u8: their range, and how a value is brought into it. */
import { type TensorExpr, constant, op } from "../../tensor/meaning.js";
import type { OperatorNode } from "../operator.js";
import { numberOf, textOf } from "./define.js";

export interface SmallInteger {
  readonly type: "i8" | "u8";
  /** Bits of an element: 2 or 4. */
  readonly width: number;
}

/** What the attributes `to` and `width` of a node say, where they name a small integer. */
export function widthOf(node: OperatorNode): SmallInteger | undefined {
  if (node.attributes["width"] === undefined) return undefined;
  return { type: textOf(node, "to") === "i8" ? "i8" : "u8", width: numberOf(node, "width") };
}

/** The nearest value in range. */
export function saturated({ type, width }: SmallInteger, x: TensorExpr): TensorExpr {
  const [least, greatest] = type === "i8" ? [-(2 ** (width - 1)), 2 ** (width - 1) - 1] : [0, 2 ** width - 1];
  return op(`max.${type}`, op(`min.${type}`, x, constant(type, greatest)), constant(type, least));
}

/** The low bits, as two's complement where the type is signed. */
export function lowBits({ type, width }: SmallInteger, x: TensorExpr): TensorExpr {
  const low = op(`band.${type}`, x, constant(type, 2 ** width - 1));
  if (type === "u8") return low;
  const sign = constant(type, 2 ** (width - 1)); // exchanging and subtracting the sign bit extends it
  return op(`subw.${type}`, op(`bxor.${type}`, low, sign), sign);
}
