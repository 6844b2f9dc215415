/** The sum that QLinearConv and ConvInteger share: that of Conv, over differences from the zero points, in 32-bit integers. */
import { zero } from "../../loop/index-expr.js";
import { type Stage, at, fold, stage } from "../../tensor/meaning.js";
import type { OperatorNode } from "../operator.js";
import { type Slots, geometryOf, tapsAt } from "./convolution.js";
import { optionalInput } from "./define.js";
import { centred, noProduct, step } from "./integer-products.js";

/** S of either operator over the operands in `slots`; `zeroPoints` are the slots of zx and zw. */
export function integerConvolution(node: OperatorNode, slots: Slots, zeroPoints: readonly [number, number], name: string): Stage {
  const geometry = geometryOf(node, slots);
  return stage(name, { type: "i32", shape: geometry.shape }, (point) => {
    const { over, where, x, w } = tapsAt(node, geometry, point);
    const m = point[1] ?? zero;
    const start = optionalInput(node, slots.bias) === undefined ? noProduct : at(slots.bias, m);
    return fold(over, where, start, step(centred(node, [slots.x, zeroPoints[0]], x), centred(node, [slots.w, zeroPoints[1]], w, m)));
  }, "s");
}
