/**
 * What Softmax and LogSoftmax have in common, over the axes `axes` of the normal form:
 *
 *     largest[o] = max over r… of X[o, r…]          (fold from −infinity)
 *     power[o,r] = exp(X[o, r] − largest[o])
 *     sum[o]     = +0 + Σ_r… power[o, r…]           (fold from +0)
 */
import { type Stage, acc, at, constant, fold, op, stage, stageAt } from "../../tensor/meaning.js";
import type { OperatorNode } from "../operator.js";
import { inputOf, listOf } from "./define.js";
import { lowest } from "./element-types.js";
import { foldAxes, mergeAxes } from "./reduce.js";

/** Keeps the coordinates of the axes that are not normalised over. */
export function keptOf(node: OperatorNode): <T>(point: readonly T[]) => readonly T[] {
  const axes = listOf(node, "axes");
  return (point) => point.filter((_, axis) => !axes.includes(axis));
}

/** The stages `largest`, `power` and `sum`. */
export function exponentialSums(node: OperatorNode): readonly Stage[] {
  const input = inputOf(node, 0);
  const { type, shape } = input;
  const axes = listOf(node, "axes");
  const kept = keptOf(node);
  const outer = { type, shape: kept(shape) };
  const over = (prefix: string) => foldAxes(shape, axes, prefix);
  const largest = stage("largest", outer, (point) =>
    fold(over("r"), [], lowest(type), op(`max.${type}`, acc, at(0, ...mergeAxes(shape.length, axes, point, "r")))), "m");
  const power = stage("power", input, (point) =>
    op(`exp.${type}`, op(`sub.${type}`, at(0, ...point), stageAt("largest", ...kept(point)))), "e");
  const sum = stage("sum", outer, (point) =>
    fold(over("t"), [], constant(type, 0), op(`add.${type}`, acc, stageAt("power", ...mergeAxes(shape.length, axes, point, "t")))), "s");
  return [largest, power, sum];
}
