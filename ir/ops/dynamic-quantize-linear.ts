/**
 * DynamicQuantizeLinear to u8, the scale taken from the extremes of X and 0:
 *
 *     low = min(0, all X), high = max(0, all X)                        (folds from 0, row-major)
 *     y_scale       = (high − low) / 255
 *     y_zero_point  = saturate(rint(−low / y_scale))
 *     Y[o]          = saturate(rint(X[o] / y_scale) + y_zero_point)
 *
 * Each operation rounds to nearest even, rint takes ties to even. Where all X are 0 the
 * scale is 0, and zero point and Y are 0.
 */
import { variable } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf } from "./shared/define.js";

const t = "f32";
const one: TensorType = { type: t, shape: [] };

function extremum(node: OperatorNode, name: "min" | "max"): TensorExpr {
  const axes = inputOf(node, 0).shape.map((extent, d) => ({ name: `${name}${d}`, extent }));
  return fold(axes, [], constant(t, 0), op(`${name}.${t}`, acc, at(0, ...axes.map((axis) => variable(axis.name)))));
}

function meaning(node: OperatorNode): Meaning {
  const { shape } = inputOf(node, 0);
  const quantised = (x: TensorExpr): TensorExpr => op(`rint.${t}`, op(`div.${t}`, x, stageAt("scale")));
  const stages = [
    stage("low", one, () => extremum(node, "min")),
    stage("high", one, () => extremum(node, "max")),
    stage("scale", one, () => op(`div.${t}`, op(`sub.${t}`, stageAt("high"), stageAt("low")), constant(t, 255))),
    stage("zero", { type: "u8", shape: [] }, () => op(`cast.${t}.u8`, quantised(op(`sub.${t}`, constant(t, 0), stageAt("low"))))),
    stage("y", { type: "u8", shape }, (point) => op(`cast.${t}.u8`, op(`add.${t}`, quantised(at(0, ...point)), op(`cast.u8.${t}`, stageAt("zero"))))),
  ];
  return { stages, outputs: ["y", "scale", "zero"].slice(0, node.outputCount) };
}

export const dynamicQuantizeLinear = defineOperator({
  op: "DynamicQuantizeLinear",
  types: [t],
  inputs: [1, 1],
  outputs: 3,
  shape: (node) => {
    const all: readonly TensorType[] = [{ type: "u8", shape: inputOf(node, 0).shape }, one, { type: "u8", shape: [] }];
    return all.slice(0, node.outputCount);
  },
  meaning,
});
