/**
 * The sum that QLinearConv and ConvInteger share: that of Conv, over differences from the zero points, in 32-bit integers.
 * Sums modulo 2³² are the same in every order; the channels come last, so that steps that follow each
 * other read neighbours of an image with its channels last. The differences may have the padding around them, and channels
 * that only W has, as zeros (ir/ops/padded.ts): then every tap counts.
 */
import { type Stage, type TensorExpr, at, constant, fold, stage, stageAt } from "../../tensor/meaning.js";
import { type IndexExpr, shift, zero } from "../../loop/index-expr.js";
import type { OperatorNode } from "../operator.js";
import { type Geometry, type Slots, geometryOf, tapsAt } from "./convolution.js";
import { inputOf, optionalInput } from "./define.js";
import { centredStage, difference, noProduct, step } from "./integer-products.js";
import { within } from "./regions.js";

/** Where taps in the padding are: left out of the sum, or zeros among the differences. */
export type Padding = "skipped" | "stored";

/** What an operator is made of: its operands, the slots of zx and zw, the name of its sum, and its padding. */
export interface Convolved {
  readonly slots: Slots;
  readonly zeroPoints: readonly [number, number];
  readonly name: string;
  readonly padding: Padding;
}

/** Where padding is stored, W may have more channels than X. */
export function integerGeometry(node: OperatorNode, slots: Slots, padding: Padding): Geometry {
  return geometryOf(node, slots, padding === "stored" ? "at least" : "equal");
}

/** S of either operator, and the stages before it. */
export function integerConvolution(node: OperatorNode, { slots, zeroPoints, name, padding }: Convolved): readonly Stage[] {
  const whole = integerGeometry(node, slots, padding);
  const geometry = padding === "skipped" ? whole : withoutPadding(whole);
  const sum = stage(name, { type: "i32", shape: geometry.shape }, (point) => {
    const { over: [channel, ...taps], where, x, w } = tapsAt(node, geometry, point);
    const start = optionalInput(node, slots.bias) === undefined ? noProduct : at(slots.bias, point[1] ?? zero);
    return fold([...taps, ...(channel === undefined ? [] : [channel])], where, start, step(stageAt("a", ...x), stageAt("b", ...w)));
  }, "s");
  const x = [slots.x, zeroPoints[0]] as const;
  return [padding === "skipped" ? centredStage(node, "a", x) : paddedStage(node, "a", x, whole), centredStage(node, "b", [slots.w, zeroPoints[1]]), sum];
}

/** The same windows over an input that has its padding with it. */
function withoutPadding({ window, ...rest }: Geometry): Geometry {
  return { ...rest, window: window.map((axis) => ({ ...axis, input: axis.padBegin + axis.input + axis.padEnd, padBegin: 0, padEnd: 0 })) };
}

/** X − zx as i16 with the padding around it, and behind its channels: 0, which is zx − zx. */
function paddedStage(node: OperatorNode, name: string, operand: readonly [number, number], { window, channels }: Geometry): Stage {
  const { shape: [batch = 1, inputs = 1] } = inputOf(node, operand[0]);
  const all = Math.max(inputs, channels);
  const shape = [batch, all, ...window.map(({ input, padBegin, padEnd }) => padBegin + input + padEnd)];
  return stage(name, { type: "i16", shape }, ([n = zero, c = zero, ...spatial]) => {
    const own = window.map(({ padBegin }, axis): IndexExpr => shift(spatial[axis] ?? zero, -padBegin));
    const inside: TensorExpr = difference(node, operand, [n, c, ...own]);
    const image = window.reduceRight<TensorExpr>((value, { input, padBegin, padEnd }, axis) =>
      within(spatial[axis] ?? zero, [padBegin, padBegin + input], padBegin + input + padEnd, [value, constant("i16", 0)]), inside);
    return within(c, [0, inputs], all, [image, constant("i16", 0)]);
  }, name);
}
