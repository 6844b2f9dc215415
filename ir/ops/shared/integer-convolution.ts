/**
 * The sum that QLinearConv and ConvInteger share: that of Conv, over differences from the zero points, in 32-bit integers.
 * Sums modulo 2³² are the same in every order; the channels come last, so that steps that follow each
 * other read neighbours of an image with its channels last.
 */
import { type Stage, at, fold, stage, stageAt } from "../../tensor/meaning.js";
import { zero } from "../../loop/index-expr.js";
import type { OperatorNode } from "../operator.js";
import { type Slots, geometryOf, tapsAt } from "./convolution.js";
import { optionalInput } from "./define.js";
import { centredStage, noProduct, step } from "./integer-products.js";

/** S of either operator over the operands in `slots`, and the stages before it; `zeroPoints` are the slots of zx and zw. */
export function integerConvolution(node: OperatorNode, slots: Slots, zeroPoints: readonly [number, number], name: string): readonly Stage[] {
  const geometry = geometryOf(node, slots);
  const sum = stage(name, { type: "i32", shape: geometry.shape }, (point) => {
    const { over: [channel, ...taps], where, x, w } = tapsAt(node, geometry, point);
    const start = optionalInput(node, slots.bias) === undefined ? noProduct : at(slots.bias, point[1] ?? zero);
    return fold([...taps, ...(channel === undefined ? [] : [channel])], where, start, step(stageAt("a", ...x), stageAt("b", ...w)));
  }, "s");
  return [centredStage(node, "a", [slots.x, zeroPoints[0]]), centredStage(node, "b", [slots.w, zeroPoints[1]]), sum];
}
