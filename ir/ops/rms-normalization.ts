/**
 * RMSNormalization over the N elements of the axes from `axis` on:
 *
 *     squares[o]  = +0 + Σ_r… X[o, r…]²                (fold from +0)
 *     inverse[o]  = 1 / √(squares[o]/N + ε)
 *     Y[o, r]     = (X[o, r] · inverse[o]) · Scale     (Scale broadcast to X)
 *
 * Each operation rounds to nearest even, in the order written; nothing is fused. Where X was f16
 * or bf16, `precision` says so: ONNX has its second stage in that type, so the normalised element is rounded to it.
 */
import { type Meaning, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { broadcastIndex, broadcastShape } from "./shared/broadcast.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { foldAxes, mergeAxes } from "./shared/reduce.js";
import { toPrecision } from "./shared/terms.js";

const t = "f32";

function validateScale(node: OperatorNode): void {
  const [{ shape }, scale] = [inputOf(node, 0), inputOf(node, 1).shape];
  if (broadcastShape(node, [shape, scale]).join() !== shape.join()) shapeMismatch(node, "the scale cannot be broadcast to X");
}

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const axis = numberOf(node, "axis");
  const axes = input.shape.map((_, d) => d).slice(axis);
  const outer: TensorType = { type: t, shape: input.shape.slice(0, axis) };
  const count = constant(t, axes.reduce((product, d) => product * (input.shape[d] ?? 1), 1));
  const stages = [
    stage("squares", outer, (point) => {
      const x = at(0, ...mergeAxes(input.shape.length, axes, point));
      return fold(foldAxes(input.shape, axes), [], constant(t, 0), op(`add.${t}`, acc, op(`mul.${t}`, x, x)));
    }, "s"),
    stage("inverse", outer, (point) => {
      const mean = op(`div.${t}`, stageAt("squares", ...point), count);
      return op(`div.${t}`, constant(t, 1), op(`sqrt.${t}`, op(`add.${t}`, mean, constant(t, numberOf(node, "epsilon")))));
    }, "i"),
    stage("y", input, (point) => {
      const normal = op(`mul.${t}`, at(0, ...point), stageAt("inverse", ...point.slice(0, axis)));
      return op(`mul.${t}`, toPrecision(node, normal), at(1, ...broadcastIndex(inputOf(node, 1).shape, point)));
    }),
  ];
  return { stages, outputs: ["y"] };
}

export const rmsNormalization = defineOperator({
  op: "RMSNormalization",
  types: [t],
  inputs: [2, 2],
  shape: (node) => {
    validateScale(node);
    return [inputOf(node, 0)];
  },
  meaning,
});
