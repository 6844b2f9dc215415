/**
 * LRN over `size` channels around each, b = ⌊(size − 1)/2⌋:
 *
 *     S[n, c, s…] = +0 + Σ_k X[n, c + k − b, s…]²          (fold over k = 0 … size − 1, channels that exist)
 *     Y[n, c, s…] = X[n, c, s…] / (bias + (alpha/size)·S[n, c, s…])^beta
 *
 * Each operation rounds to nearest even, in the order written; alpha/size rounds once.
 */
import { atLeast, below, plus, shift, variable, zero } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";

const t = "f32";

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const [size, k] = [numberOf(node, "size"), variable("k")];
  const squares = stage("squares", input, (point) => {
    const channel = shift(plus(point[1] ?? zero, k), -Math.floor((size - 1) / 2));
    const x = at(0, ...point.with(1, channel));
    return fold([{ name: "k", extent: size }], [atLeast(channel, zero), below(channel, input.shape[1] ?? 1)], constant(t, 0), op(`add.${t}`, acc, op(`mul.${t}`, x, x)));
  }, "s");
  const y = stage("y", input, (point) => {
    const number = (value: number): TensorExpr => constant(t, value);
    const scaled = op(`mul.${t}`, number(numberOf(node, "alpha") / size), stageAt("squares", ...point));
    return op(`div.${t}`, at(0, ...point), op(`pow.${t}`, op(`add.${t}`, number(numberOf(node, "bias")), scaled), number(numberOf(node, "beta"))));
  });
  return { stages: [squares, y], outputs: ["y"] };
}

export const lrn = defineOperator({
  op: "LRN",
  types: [t],
  inputs: [1, 1],
  shape: (node) => {
    if (inputOf(node, 0).shape.length < 2) shapeMismatch(node, "X must have an axis of channels");
    return [inputOf(node, 0)];
  },
  meaning,
});
