/**
 * RotaryEmbedding of X[batch, head, s, d]: the first R elements of each head are pairs
 * (a, b) that are turned by the angle of position s,
 *
 *     a' = cos[batch, s, j]·a − sin[batch, s, j]·b,      b' = sin[batch, s, j]·a + cos[batch, s, j]·b
 *
 * pair j being (d, d + 1) with d = 2·j where `interleaved`, else (j, j + R/2). The others
 * stay. Products and sums round once each; nothing is fused.
 */
import { type IndexExpr, below, floordiv, mod, shift, times, zero } from "../loop/index-expr.js";
import { type Meaning, type TensorExpr, at, op, pointwise, select } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";

const t = "f32";

function validate(node: OperatorNode): void {
  const [batch = 1, , positions = 1, size = 1] = inputOf(node, 0).shape;
  const rotated = numberOf(node, "rotary_embedding_dim");
  if (rotated % 2 !== 0 || rotated > size) shapeMismatch(node, `${rotated} of ${size} elements cannot be turned`);
  const due = [batch, positions, rotated / 2].join();
  if ([1, 2].some((slot) => inputOf(node, slot).shape.join() !== due)) shapeMismatch(node, `cos and sin must have the shape ${due.replaceAll(",", "×")}`);
}

interface Place {
  readonly cos: TensorExpr;
  readonly sin: TensorExpr;
  readonly a: TensorExpr;
  readonly b: TensorExpr;
}

function first({ cos, sin, a, b }: Place): TensorExpr {
  return op(`sub.${t}`, op(`mul.${t}`, cos, a), op(`mul.${t}`, sin, b));
}

function second({ cos, sin, a, b }: Place): TensorExpr {
  return op(`add.${t}`, op(`mul.${t}`, sin, a), op(`mul.${t}`, cos, b));
}

/** Pair `pair` of the head of `point`, its elements being at d and d + distance. */
function place([n = zero, head = zero, s = zero]: readonly IndexExpr[], pair: IndexExpr, d: IndexExpr, distance: number): Place {
  const [a, b] = [d, shift(d, distance)].map((index) => at(0, n, head, s, index));
  return { cos: at(1, n, s, pair), sin: at(2, n, s, pair), a: a ?? at(0), b: b ?? at(0) };
}

function interleavedPairs(point: readonly IndexExpr[]): TensorExpr {
  const pair = floordiv(point[3] ?? zero, 2);
  const own = place(point, pair, times(pair, 2), 1);
  return select([below(mod(point[3] ?? zero, 2), 1)], first(own), second(own));
}

function halves(point: readonly IndexExpr[], half: number): TensorExpr {
  const d = point[3] ?? zero;
  const back = shift(d, -half);
  return select([below(d, half)], first(place(point, d, d, half)), second(place(point, back, back, half)));
}

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const rotated = numberOf(node, "rotary_embedding_dim");
  return pointwise(input, (point) => {
    const turned = numberOf(node, "interleaved") === 0 ? halves(point, rotated / 2) : interleavedPairs(point);
    return rotated === input.shape[3] ? turned : select([below(point[3] ?? zero, rotated)], turned, at(0, ...point));
  });
}

export const rotaryEmbedding = defineOperator({
  op: "RotaryEmbedding",
  types: [t],
  inputs: [3, 3],
  shape: (node) => {
    validate(node);
    return [inputOf(node, 0)];
  },
  meaning,
});
