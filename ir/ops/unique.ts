/**
 * Unique in bounded form: the different slices of X along `axis`, in ascending order or in
 * that of their first occurrences, with the position of the first occurrence of each
 * (indices), where each slice of X went (inverse_indices), and how often it occurs (counts).
 * `count` says how many there are, what comes after them is 0. Where ONNX flattens X, a
 * Reshape stands before this node.
 *
 *     order[i, j] = −1, 0 or 1: slice i before, equal to or after slice j, lexicographic  (fold)
 *     first[i]    = the least j whose slice is equal to that of i                         (fold)
 *     place[i]    = the number of first occurrences before that of i, in the order asked  (fold)
 *
 * Both zeros are equal; NaNs are equal to each other and after everything else. No
 * arithmetic on elements. extent² comparisons of slices.
 */
import { type IndexExpr, variable, zero } from "../loop/index-expr.js";
import { type ElementType, isFloat } from "../scalar/types.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { countType } from "./shared/bounded.js";
import { defineOperator, inputOf, numberOf } from "./shared/define.js";
import { elementOf, numbers } from "./shared/element-types.js";
import { choose, equal, every, less, lookup, not, position } from "./shared/terms.js";

const [nothing, one] = [elementOf("i64", 0), elementOf("i64", 1)];

function extentOf(node: OperatorNode): number {
  return inputOf(node, 0).shape[numberOf(node, "axis")] ?? 1;
}

function outputTypes(node: OperatorNode): readonly TensorType[] {
  const list: TensorType = { type: "i64", shape: [extentOf(node)] };
  return [inputOf(node, 0), list, list, list, countType];
}

/** a < b where NaN is the greatest. */
function precedes(type: ElementType, a: TensorExpr, b: TensorExpr): TensorExpr {
  return isFloat(type) ? every(not(op(`le.${type}`, b, a)), equal(type, a, a)) : less(type, a, b);
}

function orderStage(node: OperatorNode): Stage {
  const { type, shape } = inputOf(node, 0);
  const [axis, n] = [numberOf(node, "axis"), extentOf(node)];
  const rest = shape.map((extent, d) => ({ name: `e${d}`, extent: d === axis ? 1 : extent })).filter((_, d) => d !== axis);
  return stage("order", { type: "i64", shape: [n, n] }, ([i = zero, j = zero]) => {
    const element = (k: IndexExpr): TensorExpr => at(0, ...shape.map((_, d) => (d === axis ? k : variable(`e${d}`))));
    const [a, b] = [element(i), element(j)];
    const here = choose("i64", precedes(type, a, b), elementOf("i64", -1), choose("i64", precedes(type, b, a), one, nothing));
    return rest.length === 0 ? here : fold(rest, [], nothing, choose("i64", equal("i64", acc, nothing), here, acc));
  }, "c");
}

/** `first` and `place`: i64[extent]. */
function placeStages(node: OperatorNode): readonly Stage[] {
  const n = extentOf(node);
  const list: TensorType = { type: "i64", shape: [n] };
  const [j, k] = [variable("j"), variable("k")];
  const same = (i: IndexExpr): TensorExpr => every(equal("i64", stageAt("order", i, j), nothing), less("i64", position(j), acc));
  const first = stage("first", list, ([i = zero]) => fold([{ name: "j", extent: n }], [], elementOf("i64", n), choose("i64", same(i), position(j), acc)), "f");
  const place = stage("place", list, ([i = zero]) => {
    const before = numberOf(node, "sorted") === 1 ? less("i64", stageAt("order", k, i), nothing) : less("i64", position(k), stageAt("first", i));
    const counts = every(equal("i64", stageAt("first", k), position(k)), before);
    return fold([{ name: "k", extent: n }], [], nothing, choose("i64", counts, op("addw.i64", acc, one), acc));
  }, "p");
  return [first, place];
}

/** The first occurrence that goes to place r, `extent` where there is none. */
function representativeStage(n: number): Stage {
  const m = variable("m");
  return stage("representative", { type: "i64", shape: [n] }, ([r = zero]) => {
    const here = every(equal("i64", stageAt("first", m), position(m)), equal("i64", stageAt("place", m), position(r)));
    return fold([{ name: "m", extent: n }], [], elementOf("i64", n), choose("i64", here, position(m), acc));
  }, "r");
}

function meaning(node: OperatorNode): Meaning {
  const { type, shape } = inputOf(node, 0);
  const [axis, n] = [numberOf(node, "axis"), extentOf(node)];
  const list: TensorType = { type: "i64", shape: [n] };
  const [q, u] = [variable("q"), variable("u")];
  const y = stage("y", { type, shape }, (point) =>
    lookup(type, [{ extent: n, position: stageAt("representative", point[axis] ?? zero) }], ([i = zero]) => at(0, ...point.with(axis, i)), "l"), "y");
  const indices = stage("indices", list, ([r = zero]) => {
    const found = stageAt("representative", r);
    return choose("i64", equal("i64", found, elementOf("i64", n)), nothing, found);
  }, "x");
  const inverse = stage("inverse", list, ([i = zero]) => stageAt("place", i), "v");
  const counts = stage("counts", list, ([r = zero]) =>
    fold([{ name: "q", extent: n }], [], nothing, choose("i64", equal("i64", stageAt("place", q), position(r)), op("addw.i64", acc, one), acc)), "h");
  const count = stage("count", countType, () =>
    fold([{ name: "u", extent: n }], [], nothing, choose("i64", equal("i64", stageAt("first", u), position(u)), op("addw.i64", acc, one), acc)), "n");
  return { stages: [orderStage(node), ...placeStages(node), representativeStage(n), y, indices, inverse, counts, count], outputs: ["y", "indices", "inverse", "counts", "count"] };
}

export const unique = defineOperator({
  op: "Unique", types: numbers, inputs: [1, 1], outputs: 5,
  bounded: (node) => ({ axes: [numberOf(node, "axis"), 0, undefined, 0], count: 4 }), shape: outputTypes, meaning,
});
