/**
 * Results whose extent depends on data, in bounded form: an array that is large enough for
 * every input, and how many of its places are in use. The places after them hold 0, so the
 * whole array is a function of the inputs, and it takes the same time whatever they are.
 *
 *     kept[t]  = whether candidate t is in the result, 0 ≤ t < n, in the order of the result
 *     total[t] = the number of kept candidates up to and including t          (recurrence)
 *     y[r]     = the value of the kept t with total[t] = r + 1, else 0        (fold over t)
 *     count    = total[n − 1]
 *
 * n steps for the count, and n for each place of the array: a store to a computed place does not exist.
 */
import { type IndexExpr, atLeast, floordiv, literal, mod, shift, variable, zero } from "../../loop/index-expr.js";
import type { ElementType } from "../../scalar/types.js";
import { type Stage, type TensorExpr, acc, fold, op, recurrence, select, stage, stageAt } from "../../tensor/meaning.js";
import { type TensorType, elementCount, stridesOf } from "../../tensor/tensor.js";
import { elementOf } from "./element-types.js";
import { choose, equal, every, position } from "./terms.js";

/** The count that stands beside the outputs. */
export const countType: TensorType = { type: "i64", shape: [] };

const one = elementOf("i64", 1);

/** `kept` and `total` of `n` candidates, stages named so. */
export function selectionStages(n: number, keeps: (t: IndexExpr) => TensorExpr): readonly Stage[] {
  const kept = stage("kept", { type: "bool", shape: [n] }, ([t = zero]) => keeps(t), "kept");
  return [kept, ...totalStages(n)];
}

/** `total` over a stage `kept`. */
function totalStages(n: number): readonly Stage[] {
  const total = stage("total", { type: "i64", shape: [n] }, ([t = zero]) => {
    const first = choose("i64", stageAt("kept", t), one, elementOf("i64", 0));
    if (n === 1) return first;
    const before = stageAt("total", shift(t, -1));
    return select([atLeast(t, literal(1))], choose("i64", stageAt("kept", t), op("addw.i64", before, one), before), first);
  }, "total");
  return recurrence("counting", total);
}

/** The value of the candidate in place `r`, 0 where there is none; `variableName` is the fold's. */
export function placed(type: ElementType, n: number, r: IndexExpr, value: (t: IndexExpr) => TensorExpr, variableName: string): TensorExpr {
  const t = variable(variableName);
  const here = every(stageAt("kept", t), equal("i64", stageAt("total", t), position(shift(r, 1))));
  return fold([{ name: variableName, extent: n }], [], elementOf(type, 0), choose(type, here, value(t), acc));
}

export function countStage(n: number): Stage {
  return stage("count", countType, () => stageAt("total", literal(n - 1)), "count");
}

/** The index of the element at row-major position `t`. */
export function coordinates(t: IndexExpr, shape: readonly number[]): readonly IndexExpr[] {
  const strides = stridesOf(shape);
  return shape.map((extent, k) => (extent === 1 ? zero : elementCount(shape.slice(0, k)) === 1 ? floordiv(t, strides[k] ?? 1) : mod(floordiv(t, strides[k] ?? 1), extent)));
}
