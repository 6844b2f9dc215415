/**
 * LpPool and GlobalLpPool (a window of the extent of the input):
 *
 *     S[n, c, o…] = +0 + Σ_k… |X[n, c, o·s + k·d − p …]|^P         (fold over k…, taps in the padding skipped)
 *     Y[n, c, o…] = S[n, c, o…]^(1/P)
 *
 * For P = 1 the powers are |X| and S, for P = 2 X·X and √S; else the project's own pow, and
 * 1/P is rounded. Each operation rounds to nearest even.
 */
import { zero } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, numberOf } from "./shared/define.js";
import { poolOf } from "./shared/pool.js";
import { tapAxes, tapIndex, tapInside } from "./shared/window.js";

const t = "f32";

function outputType(node: OperatorNode): TensorType {
  return { type: t, shape: poolOf(node).shape };
}

function power(x: TensorExpr, p: number): TensorExpr {
  if (p === 2) return op(`mul.${t}`, x, x);
  const magnitude = op(`abs.${t}`, x);
  return p === 1 ? magnitude : op(`pow.${t}`, magnitude, constant(t, p));
}

function root(sum: TensorExpr, p: number): TensorExpr {
  if (p === 1) return sum;
  return p === 2 ? op(`sqrt.${t}`, sum) : op(`pow.${t}`, sum, constant(t, 1 / p));
}

function meaning(node: OperatorNode): Meaning {
  const [{ window }, p] = [poolOf(node), numberOf(node, "p")];
  const sum = stage("sum", outputType(node), ([n = zero, c = zero, ...spatial]) => {
    const x = at(0, n, c, ...tapIndex(window, spatial));
    return fold(tapAxes(window), tapInside(window, spatial), constant(t, 0), op(`add.${t}`, acc, power(x, p)));
  }, "s");
  return { stages: [sum, stage("y", outputType(node), (point) => root(stageAt("sum", ...point), p))], outputs: ["y"] };
}

export const lpPool = defineOperator({
  op: "LpPool", types: [t], inputs: [1, 1], shape: (node) => [outputType(node)], meaning,
});
