/**
 * LayerNormalization over the N elements of the axes from `axis` on:
 *
 *     mean[o]     = (+0 + Σ_r… X[o, r…]) / N                          (fold from +0)
 *     spread[o]   = +0 + Σ_r… (X[o, r…] − mean[o])²                   (fold from +0)
 *     inverse[o]  = 1 / √(spread[o]/N + ε)
 *     Y[o, r]     = ((X[o, r] − mean[o]) · inverse[o]) · Scale + B    (Scale, B broadcast to X)
 *
 * Each operation rounds to nearest even, in the order written; nothing is fused. Where the
 * tensors were f16 or bf16, `precision` says so: ONNX has its second stage in the type of X, so
 * the normalised element and its product with Scale are rounded to that. The
 * optional outputs Mean and InvStdDev are mean and inverse, the normalised axes kept with
 * extent 1.
 */
import { type IndexExpr, zero } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { broadcastIndex, broadcastShape } from "./shared/broadcast.js";
import { defineOperator, inputOf, numberOf, optionalInput, shapeMismatch } from "./shared/define.js";
import { foldAxes, mergeAxes } from "./shared/reduce.js";
import { toPrecision } from "./shared/terms.js";

const t = "f32";

function validateShapes(node: OperatorNode): void {
  const { shape } = inputOf(node, 0);
  for (const slot of [1, 2]) {
    const factor = optionalInput(node, slot)?.shape ?? [];
    if (broadcastShape(node, [shape, factor]).join() !== shape.join()) shapeMismatch(node, `input ${slot} cannot be broadcast to X`);
  }
}

/** The place in `mean` and its like that belongs to `point` of X: 0 along the normalised axes. */
function outerOf(point: readonly IndexExpr[], axis: number): readonly IndexExpr[] {
  return point.map((o, d) => (d < axis ? o : zero));
}

/** X − mean at `point`. */
function deviation(point: readonly IndexExpr[], axis: number): TensorExpr {
  return op(`sub.${t}`, at(0, ...point), stageAt("mean", ...outerOf(point, axis)));
}

/** Type of Y, Mean and InvStdDev. */
function outputTypes(node: OperatorNode): readonly TensorType[] {
  const { shape } = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const outer: TensorType = { type: t, shape: shape.map((extent, d) => (d < axis ? extent : 1)) };
  const all: readonly TensorType[] = [{ type: t, shape }, outer, outer];
  return all.slice(0, node.outputCount);
}

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const axes = input.shape.map((_, d) => d).slice(axis);
  const outer = { type: t, shape: input.shape.map((extent, d) => (d < axis ? extent : 1)) } as const;
  const count = constant(t, axes.reduce((product, d) => product * (input.shape[d] ?? 1), 1));
  const whole = (point: readonly IndexExpr[], prefix: string) => mergeAxes(input.shape.length, axes, point.slice(0, axis), prefix);
  const sumOver = (prefix: string, x: TensorExpr): TensorExpr =>
    fold(foldAxes(input.shape, axes, prefix), [], constant(t, 0), op(`add.${t}`, acc, x));
  const square = (x: TensorExpr): TensorExpr => op(`mul.${t}`, x, x);
  const stages = [
    stage("sum", outer, (point) => sumOver("r", at(0, ...whole(point, "r"))), "s"),
    stage("mean", outer, (point) => op(`div.${t}`, stageAt("sum", ...point), count), "m"),
    stage("spread", outer, (point) => sumOver("q", square(deviation(whole(point, "q"), axis))), "v"),
    stage("inverse", outer, (point) => {
      const variance = op(`div.${t}`, stageAt("spread", ...point), count);
      return op(`div.${t}`, constant(t, 1), op(`sqrt.${t}`, op(`add.${t}`, variance, constant(t, numberOf(node, "epsilon")))));
    }, "i"),
    stage("y", input, (point) => scaled(node, point, op(`mul.${t}`, deviation(point, axis), stageAt("inverse", ...outerOf(point, axis))))),
  ];
  return { stages, outputs: ["y", "mean", "inverse"].slice(0, node.outputCount) };
}

function scaled(node: OperatorNode, point: readonly IndexExpr[], normal: TensorExpr): TensorExpr {
  const product = op(`mul.${t}`, toPrecision(node, normal), at(1, ...broadcastIndex(inputOf(node, 1).shape, point)));
  const b = optionalInput(node, 2);
  return b === undefined ? product : op(`add.${t}`, toPrecision(node, product), at(2, ...broadcastIndex(b.shape, point)));
}

export const layerNormalization = defineOperator({
  op: "LayerNormalization",
  types: [t],
  inputs: [2, 3],
  outputs: 3,
  shape: (node) => {
    validateShapes(node);
    return outputTypes(node);
  },
  meaning,
});
