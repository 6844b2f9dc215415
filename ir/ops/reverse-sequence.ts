/**
 * ReverseSequence: of batch b the first lengths[b] positions t of time are reversed, the
 * others stay:
 *
 *     Y[…, t, …, b, …] = X[…, lengths[b] − 1 − t, …, b, …] for t < lengths[b], X[…, t, …, b, …] elsewhere
 *
 * A lookup, see shared/terms. A length that is no extent, which ONNX calls an error, may
 * look up elements that do not exist; they are 0.
 */
import { zero } from "../loop/index-expr.js";
import { invalid } from "../prelude.js";
import { type Meaning, at, op, stage, stageAt } from "../tensor/meaning.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch } from "./shared/define.js";
import { anyType, elementOf } from "./shared/element-types.js";
import { choose, less, lookup, position } from "./shared/terms.js";

function validate(node: OperatorNode): void {
  const batches = inputOf(node, 0).shape[numberOf(node, "batch_axis")];
  const lengths = inputOf(node, 1);
  if (lengths.type !== "i64") invalid("type-mismatch", "ReverseSequence takes lengths of int64", node.name, "give sequence_lens as int64");
  if (lengths.shape.join() !== `${batches}`) shapeMismatch(node, `there must be ${batches} lengths`);
}

function meaning(node: OperatorNode): Meaning {
  const input = inputOf(node, 0);
  const [time, batch] = [numberOf(node, "time_axis"), numberOf(node, "batch_axis")];
  const [extent = 1, batches = 1] = [input.shape[time], input.shape[batch]];
  const source = stage("source", { type: "i64", shape: [extent, batches] }, ([t = zero, b = zero]) => {
    const mirrored = op("subw.i64", op("subw.i64", at(1, b), elementOf("i64", 1)), position(t));
    return choose("i64", less("i64", position(t), at(1, b)), mirrored, position(t));
  }, "s");
  const y = stage("y", input, (point) => {
    const wanted = { extent, position: stageAt("source", point[time] ?? zero, point[batch] ?? zero) };
    return lookup(input.type, [wanted], ([k = zero]) => at(0, ...point.with(time, k)));
  });
  return { stages: [source, y], outputs: ["y"] };
}

export const reverseSequence = defineOperator({
  op: "ReverseSequence",
  types: anyType,
  inputs: [2, 2],
  mixed: true,
  shape: (node) => {
    validate(node);
    return [inputOf(node, 0)];
  },
  meaning,
});
