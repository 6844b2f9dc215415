/**
 * GroupNormalization: the C channels of a batch in G groups of C/G, each normalised over
 * its N elements (channels of the group and all spatial axes):
 *
 *     mean[n, g]    = (+0 + Σ_{c, s…} X[n, g·(C/G) + c, s…]) / N                    (fold from +0)
 *     spread[n, g]  = +0 + Σ_{c, s…} (X[n, g·(C/G) + c, s…] − mean[n, g])²          (fold from +0)
 *     inverse[n, g] = 1 / √(spread[n, g]/N + ε)
 *     Y[n, m, s…]   = ((X[n, m, s…] − mean[n, g]) · inverse[n, g]) · Scale + Bias,   g = ⌊m / (C/G)⌋
 *
 * Scale and Bias have one element per channel, or (until opset 20) per group.
 * InstanceNormalization is this with G = C. Each operation rounds to nearest even, in the
 * order written; nothing is fused. Where the tensors were f16 or bf16, `precision` says so: ONNX
 * has the second stage of GroupNormalization in that type, so the normalised element and its
 * product with Scale are rounded to it.
 */
import { type IndexExpr, floordiv, plus, times, variable, zero } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import { elementCount } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { toPrecision } from "./shared/terms.js";

const t = "f32";

function validate(node: OperatorNode): void {
  const [{ shape }, groups] = [inputOf(node, 0), numberOf(node, "num_groups")];
  const channels = shape[1] ?? 0;
  if (shape.length < 2 || groups < 1 || channels % groups !== 0) shapeMismatch(node, `${channels} channels do not make ${groups} groups`);
  for (const slot of [1, 2]) {
    if (![`${channels}`, `${groups}`].includes(inputOf(node, slot).shape.join())) shapeMismatch(node, `input ${slot} must have ${channels} elements`);
  }
}

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const [batches = 1, channels = 1, ...spatial] = input.shape;
  const groups = numberOf(node, "num_groups");
  const size = channels / groups;
  const outer = { type: t, shape: [batches, groups] } as const;
  const count = constant(t, size * elementCount(spatial));
  const member = ([n = zero, g = zero]: readonly IndexExpr[], prefix: string): TensorExpr =>
    at(0, n, plus(times(g, size), variable(prefix)), ...spatial.map((_, d) => variable(`${prefix}${d}`)));
  const sumOver = (prefix: string, x: TensorExpr): TensorExpr =>
    fold([{ name: prefix, extent: size }, ...spatial.map((extent, d) => ({ name: `${prefix}${d}`, extent }))], [], constant(t, 0), op(`add.${t}`, acc, x));
  const square = (x: TensorExpr): TensorExpr => op(`mul.${t}`, x, x);
  const stages = [
    stage("sum", outer, (point) => sumOver("r", member(point, "r")), "s"),
    stage("mean", outer, (point) => op(`div.${t}`, stageAt("sum", ...point), count), "m"),
    stage("spread", outer, (point) => sumOver("q", square(op(`sub.${t}`, member(point, "q"), stageAt("mean", ...point)))), "v"),
    stage("inverse", outer, (point) => {
      const variance = op(`div.${t}`, stageAt("spread", ...point), count);
      return op(`div.${t}`, constant(t, 1), op(`sqrt.${t}`, op(`add.${t}`, variance, constant(t, numberOf(node, "epsilon")))));
    }, "i"),
    stage("y", input, (point) => normalised(node, point, size)),
  ];
  return { stages, outputs: ["y"] };
}

function normalised(node: OperatorNode, point: readonly IndexExpr[], size: number): TensorExpr {
  const [n = zero, m = zero] = point;
  const group = [n, floordiv(m, size)];
  const factor = (slot: number): TensorExpr => at(slot, inputOf(node, slot).shape[0] === inputOf(node, 0).shape[1] ? m : floordiv(m, size));
  const deviation = op(`sub.${t}`, at(0, ...point), stageAt("mean", ...group));
  const normal = toPrecision(node, op(`mul.${t}`, deviation, stageAt("inverse", ...group)));
  return op(`add.${t}`, toPrecision(node, op(`mul.${t}`, normal, factor(1))), factor(2));
}

export const groupNormalization = defineOperator({
  op: "GroupNormalization",
  types: [t],
  inputs: [3, 3],
  shape: (node) => {
    validate(node);
    return [inputOf(node, 0)];
  },
  meaning,
});
