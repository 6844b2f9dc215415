/**
 * NonMaxSuppression in bounded form: per batch b and class c, boxes by descending score, each
 * selected unless a selected one of a greater score overlaps it too much, at most `max` of them.
 * Y[r] = [b, c, box] in that order; `count` says how many there are, the rows after them are 0.
 *
 *     rank[b, c, i]    = the number of candidates that stand before box i              (fold)
 *     order[b, c, r]   = the candidate with rank r, else −1                            (fold)
 *     chosen[r, b, c]  = order[b, c, r] ≥ 0, not gone[r − 1, b, c, r], fewer than `max` so far
 *     gone[r, b, c, i] = gone[r − 1, b, c, i], or chosen[r, b, c] and IoU(i, r) > iou_threshold
 *
 * A candidate's score is greater than score_threshold, where that is given; of equal scores the
 * smaller index stands first. A NaN is no candidate. Areas, their sum and the quotient are
 * rounded one by one, in f32; boxes that do not overlap, or have no area, suppress nothing.
 * Both comparisons with a threshold are strict. boxes²  steps per batch and class, and as many elements.
 */
import { type IndexExpr, atLeast, floordiv, literal, mod, shift, variable, zero } from "../loop/index-expr.js";
import { invalid } from "../prelude.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, constant, fold, op, recurrence, select, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { countStage, countType, placed, selectionStages } from "./shared/bounded.js";
import { defineOperator, inputOf, numberOf, optionalInput, shapeMismatch } from "./shared/define.js";
import { elementOf } from "./shared/element-types.js";
import { suppresses } from "./shared/overlap.js";
import { byRun } from "./shared/regions.js";
import { choose, equal, every, less, lookup, not, position } from "./shared/terms.js";

interface Extents {
  readonly batches: number;
  readonly classes: number;
  readonly boxes: number;
  /** Most boxes of one class. */
  readonly max: number;
}

function extentsOf(node: OperatorNode): Extents {
  const [boxes, scores] = [inputOf(node, 0), inputOf(node, 1)];
  const [batches = 0, count = 0, coordinates] = boxes.shape;
  const [others, classes = 0, scored] = scores.shape;
  if (boxes.shape.length !== 3 || scores.shape.length !== 3 || coordinates !== 4 || others !== batches || scored !== count) {
    shapeMismatch(node, "boxes must be [batches, boxes, 4] and scores [batches, classes, boxes]");
  }
  return { batches, classes, boxes: count, max: Math.min(numberOf(node, "max"), count) };
}

function outputTypes(node: OperatorNode): readonly TensorType[] {
  const { batches, classes, max } = extentsOf(node);
  for (const slot of [2, 3]) {
    const threshold = optionalInput(node, slot);
    if (threshold !== undefined && threshold.shape.join() !== "" && threshold.shape.join() !== "1") invalid("shape-mismatch", "NonMaxSuppression takes thresholds of one element", node.name, "give a scalar");
  }
  return [{ type: "i64", shape: [batches * classes * max, 3] }, countType];
}

/** A threshold, undefined where the input is omitted. */
function threshold(node: OperatorNode, slot: number): TensorExpr | undefined {
  const given = optionalInput(node, slot);
  return given === undefined ? undefined : at(slot, ...given.shape.map(() => zero));
}

function isCandidate(node: OperatorNode, score: TensorExpr): TensorExpr {
  const least = threshold(node, 3);
  return least === undefined ? equal("f32", score, score) : less("f32", least, score);
}

/** `rank` and `order`: i64[batches, classes, boxes]. */
function orderStages(node: OperatorNode, { batches, classes, boxes }: Extents): readonly Stage[] {
  const type: TensorType = { type: "i64", shape: [batches, classes, boxes] };
  const rank = stage("rank", type, ([b = zero, c = zero, i = zero]) => {
    const [own, other] = [at(1, b, c, i), at(1, b, c, variable("j"))];
    const first = op("or.bool", less("f32", own, other), every(equal("f32", own, other), less("i64", position(variable("j")), position(i))));
    return fold([{ name: "j", extent: boxes }], [], elementOf("i64", 0), choose("i64", every(isCandidate(node, other), first), op("addw.i64", acc, elementOf("i64", 1)), acc));
  }, "k");
  const order = stage("order", type, ([b = zero, c = zero, r = zero]) => {
    const i = variable("i");
    const here = every(isCandidate(node, at(1, b, c, i)), equal("i64", stageAt("rank", b, c, i), position(r)));
    return fold([{ name: "i", extent: boxes }], [], elementOf("i64", -1), choose("i64", here, position(i), acc));
  }, "o");
  return [rank, order];
}

/** `sorted`: the coordinates of the boxes in their order, 0 where there is none. */
function sortedStage({ batches, classes, boxes }: Extents): Stage {
  return stage("sorted", { type: "f32", shape: [batches, classes, boxes, 4] }, ([b = zero, c = zero, r = zero, d = zero]) =>
    lookup("f32", [{ extent: boxes, position: stageAt("order", b, c, r) }], ([i = zero]) => at(0, b, i, d), "s"), "b");
}

/** `chosen`, `number` and `gone` over the ranks. */
function greedyStages(node: OperatorNode, { batches, classes, boxes, max }: Extents): readonly Stage[] {
  const limit = elementOf("i64", max);
  const after = (r: IndexExpr, then: TensorExpr, first: TensorExpr): TensorExpr => (boxes === 1 ? first : select([atLeast(r, literal(1))], then, first));
  const exists = (b: IndexExpr, c: IndexExpr, r: IndexExpr): TensorExpr => not(less("i64", stageAt("order", b, c, r), elementOf("i64", 0)));
  const chosen = stage("chosen", { type: "bool", shape: [boxes, batches, classes] }, ([r = zero, b = zero, c = zero]) => {
    const before = shift(r, -1);
    const free = every(exists(b, c, r), not(stageAt("gone", before, b, c, r)), less("i64", stageAt("number", before, b, c), limit));
    return after(r, free, exists(b, c, r));
  }, "c");
  const number = stage("number", { type: "i64", shape: [boxes, batches, classes] }, ([r = zero, b = zero, c = zero]) => {
    const [before, here] = [stageAt("number", shift(r, -1), b, c), stageAt("chosen", r, b, c)];
    return after(r, choose("i64", here, op("addw.i64", before, elementOf("i64", 1)), before), choose("i64", here, elementOf("i64", 1), elementOf("i64", 0)));
  }, "n");
  const gone = stage("gone", { type: "bool", shape: [boxes, batches, classes, boxes] }, ([r = zero, b = zero, c = zero, i = zero]) => {
    const box = (rank: IndexExpr) => (k: number): TensorExpr => stageAt("sorted", b, c, rank, literal(k));
    const now = every(stageAt("chosen", r, b, c), suppresses(box(i), box(r), threshold(node, 2) ?? constant("f32", 0), numberOf(node, "center_point_box") === 1));
    return after(r, op("or.bool", stageAt("gone", shift(r, -1), b, c, i), now), now);
  }, "g");
  return recurrence("greedy", chosen, number, gone);
}

function meaning(node: OperatorNode): Meaning {
  const extents = extentsOf(node);
  const { batches, classes, boxes, max } = extents;
  const n = batches * classes * boxes;
  const candidate = (t: IndexExpr) => ({ b: floordiv(t, classes * boxes), c: mod(floordiv(t, boxes), classes), r: mod(t, boxes) });
  const selection = selectionStages(n, (t) => {
    const { b, c, r } = candidate(t);
    return stageAt("chosen", r, b, c);
  });
  const y = stage("y", { type: "i64", shape: [batches * classes * max, 3] }, ([row = zero, column = zero]) => {
    const value = (which: (t: IndexExpr) => TensorExpr): TensorExpr => placed("i64", n, row, which, "t");
    return byRun(column, [
      { end: 1, value: value((t) => position(candidate(t).b)) },
      { end: 2, value: value((t) => position(candidate(t).c)) },
      { end: 3, value: value((t) => stageAt("order", candidate(t).b, candidate(t).c, candidate(t).r)) },
    ]);
  }, "y");
  return { stages: [...orderStages(node, extents), sortedStage(extents), ...greedyStages(node, extents), ...selection, y, countStage(n)], outputs: ["y", "count"] };
}

export const nonMaxSuppression = defineOperator({
  op: "NonMaxSuppression", types: ["f32"], inputs: [2, 4], outputs: 2, bounded: () => ({ axes: [0], count: 1 }), shape: outputTypes, meaning,
});
