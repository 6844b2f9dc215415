/**
 * MaxUnpool: element X[n, c, k…] stands at the row-major position I[n, c, k…] of a tensor of
 * the extents (H − 1)·s + K − p − q along each spatial axis; every other element is 0. With
 * a larger output_shape the further elements are 0. As a function of the output:
 *
 *     Y[n, c, o…] = fold over k… from 0 of the X[n, c, k…] with I[n, c, k…] = position of (n, c, o…)
 *
 * Indices that lead to another batch or channel, which a MaxPool never gives, are left out.
 */
import { type IndexExpr, below, plus, times, variable, zero } from "../loop/index-expr.js";
import { invalid } from "../prelude.js";
import { type Meaning, type TensorExpr, acc, at, fold, pointwise, select } from "../tensor/meaning.js";
import { type TensorType, stridesOf } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, listOf, shapeMismatch } from "./shared/define.js";
import { elementOf, numbers } from "./shared/element-types.js";
import { choose, equal, position } from "./shared/terms.js";

/** The shape in which the indices count. */
function countedShape(node: OperatorNode): readonly number[] {
  const { shape: [batch = 1, channels = 1, ...spatial] } = inputOf(node, 0);
  const pads = listOf(node, "pads");
  const extents = spatial.map((extent, d) => {
    const [kernel = 1, stride = 1] = [listOf(node, "kernel_shape")[d], listOf(node, "strides")[d]];
    return (extent - 1) * stride + kernel - (pads[d] ?? 0) - (pads[spatial.length + d] ?? 0);
  });
  return [batch, channels, ...extents];
}

function outputType(node: OperatorNode): TensorType {
  const [{ type, shape }, indices, counted] = [inputOf(node, 0), inputOf(node, 1), countedShape(node)];
  if (indices.type !== "i64") invalid("type-mismatch", "MaxUnpool takes indices of int64", node.name, "give I as int64");
  const given = listOf(node, "output_shape");
  const fits = given.length === 0 || (given.length === counted.length && given.every((extent, d) => extent >= (counted[d] ?? 0)));
  if (indices.shape.join() !== shape.join() || !fits) shapeMismatch(node, `I and output_shape must fit X and ${counted.join("×")}`);
  return { type, shape: given.length === 0 ? counted : given };
}

function meaning(node: OperatorNode): Meaning {
  const output = outputType(node);
  const [counted, spatial] = [countedShape(node), inputOf(node, 0).shape.slice(2)];
  const strides = stridesOf(counted);
  const none = elementOf(output.type, 0);
  const over = spatial.map((extent, d) => ({ name: `k${d}`, extent }));
  return pointwise(output, (point) => {
    const from = [...point.slice(0, 2), ...over.map(({ name }) => variable(name))];
    const place = point.reduce<IndexExpr>((sum, o, d) => plus(sum, times(o, strides[d] ?? 1)), zero);
    const found = choose(output.type, equal("i64", at(1, ...from), position(place)), at(0, ...from), acc);
    return point.reduce<TensorExpr>((value, o, d) => (counted[d] === output.shape[d] ? value : select([below(o, counted[d] ?? 0)], value, none)), fold(over, [], none, found));
  });
}

export const maxUnpool = defineOperator({
  op: "MaxUnpool", types: numbers, inputs: [2, 2], mixed: true, shape: (node) => [outputType(node)], meaning,
});
