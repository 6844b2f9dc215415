/**
 * NegativeLogLikelihoodLoss of log probabilities X[n, c, d…] and classes T[n, d…]:
 *
 *     w[n, d…]    = weight[T[n, d…]], 1 without weights, 0 where T is ignore_index
 *     loss[n, d…] = −X[n, T[n, d…], d…] · w[n, d…]
 *     Y           = loss (none), +0 + Σ loss (sum), or (Σ loss) / (Σ w) (mean; folds from +0, row-major)
 *
 * Lookups, see shared/terms: a class that does not exist, which ONNX calls an error, has
 * loss and weight 0. Each operation rounds to nearest even.
 */
import { type IndexExpr, variable, zero } from "../loop/index-expr.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, optionalInput, shapeMismatch, textOf } from "./shared/define.js";
import { elementOf } from "./shared/element-types.js";
import { indicesOf } from "./shared/positions.js";
import { choose, converted, equal, lookup } from "./shared/terms.js";

const t = "f32";

function lossShape(node: OperatorNode): readonly number[] {
  const [scores, targets] = [inputOf(node, 0).shape, indicesOf(node, 1).shape];
  const [batch, classes, ...rest] = scores;
  if (batch === undefined || classes === undefined) return shapeMismatch(node, `scores have a batch and classes, two axes at least`);
  if (targets.join() !== [batch, ...rest].join()) shapeMismatch(node, `the target must have the shape ${[batch, ...rest].join("×")}`);
  if ((optionalInput(node, 2)?.shape ?? [classes]).join() !== `${classes}`) shapeMismatch(node, `there must be ${classes} weights`);
  return targets;
}

function outputType(node: OperatorNode): TensorType {
  const shape = lossShape(node);
  return { type: t, shape: textOf(node, "reduction") === "none" ? shape : [] };
}

function classOf(node: OperatorNode, point: readonly IndexExpr[]): TensorExpr {
  return converted(inputOf(node, 1).type, "i64", at(1, ...point));
}

function weight(node: OperatorNode, point: readonly IndexExpr[]): TensorExpr {
  const given = optionalInput(node, 2);
  const wanted = { extent: given?.shape[0] ?? 1, position: classOf(node, point) };
  const own = given === undefined ? constant(t, 1) : lookup(t, [wanted], ([c = zero]) => at(2, c), "w");
  const [ignored] = listOf(node, "ignore_index");
  return ignored === undefined ? own : choose(t, equal("i64", classOf(node, point), elementOf("i64", ignored)), constant(t, 0), own);
}

function likelihood(node: OperatorNode, point: readonly IndexExpr[]): TensorExpr {
  const [n = zero, ...rest] = point;
  const wanted = { extent: inputOf(node, 0).shape[1] ?? 1, position: classOf(node, point) };
  return lookup(t, [wanted], ([c = zero]) => at(0, n, c, ...rest));
}

function total(of: string, shape: readonly number[]): Stage {
  const axes = shape.map((extent, d) => ({ name: `${of}_r${d}`, extent }));
  const x = stageAt(of, ...axes.map(({ name }) => variable(name)));
  return stage(`${of}_sum`, { type: t, shape: [] }, () => fold(axes, [], constant(t, 0), op(`add.${t}`, acc, x)));
}

function meaning(node: OperatorNode): Meaning {
  const shape = lossShape(node);
  const each: TensorType = { type: t, shape };
  const stages = [
    stage("weight", each, (point) => weight(node, point), "v"),
    stage("likelihood", each, (point) => likelihood(node, point), "l"),
    stage("loss", each, (point) => op(`mul.${t}`, op(`neg.${t}`, stageAt("likelihood", ...point)), stageAt("weight", ...point))),
  ];
  switch (textOf(node, "reduction")) {
    case "none": return { stages, outputs: ["loss"] };
    case "sum": return { stages: [...stages, total("loss", shape)], outputs: ["loss_sum"] };
    default: {
      const mean = stage("y", { type: t, shape: [] }, () => op(`div.${t}`, stageAt("loss_sum"), stageAt("weight_sum")));
      return { stages: [...stages, total("loss", shape), total("weight", shape), mean], outputs: ["y"] };
    }
  }
}

export const negativeLogLikelihoodLoss = defineOperator({
  op: "NegativeLogLikelihoodLoss", types: [t], inputs: [2, 3], mixed: true, shape: (node) => [outputType(node)], meaning,
});
