/**
 * Scalar terms that operators with conditions on data share: choices and comparisons,
 * positions as values, and the lookup of an element at a computed position.
 *
 * A lookup is a fold over every position there is, in ascending order, that keeps the
 * element where the positions are equal. So it is a total function (an element that
 * does not exist is 0), every address in it is affine, and it takes the same time
 * whatever is looked up.
 */
import { type IndexExpr, variable } from "../../loop/index-expr.js";
import type { ElementType } from "../../scalar/types.js";
import { type Axis, type TensorExpr, acc, constant, fold, op } from "../../tensor/meaning.js";
import type { OperatorNode } from "../operator.js";
import { elementOf } from "./element-types.js";

export const truth: TensorExpr = constant("bool", 1);

export function choose(type: ElementType, when: TensorExpr, then: TensorExpr, otherwise: TensorExpr): TensorExpr {
  return op(`select.${type}`, when, then, otherwise);
}

export function less(type: ElementType, a: TensorExpr, b: TensorExpr): TensorExpr {
  return op(`lt.${type}`, a, b);
}

/** bool has an equality of its own name, so this is for every type. */
export function equal(type: ElementType, a: TensorExpr, b: TensorExpr): TensorExpr {
  return op(`eq.${type}`, a, b);
}

export function not(a: TensorExpr): TensorExpr {
  return op("not.bool", a);
}

export function every(first: TensorExpr, ...others: readonly TensorExpr[]): TensorExpr {
  return others.reduce((a, b) => op("and.bool", a, b), first);
}

/** `value` as an element of `to`. */
export function converted(from: ElementType, to: ElementType, value: TensorExpr): TensorExpr {
  return from === to ? value : op(`cast.${from}.${to}`, value);
}

/**
 * An f32 rounded to the type that the attribute `precision` of `node` names, f16 or bf16, as an f32
 * again; the value itself where it names f32 or is not there.
 */
export function toPrecision(node: OperatorNode, value: TensorExpr): TensorExpr {
  const type = node.attributes["precision"] ?? "f32";
  return type === "f16" || type === "bf16" ? op(`cast.${type}.f32`, op(`cast.f32.${type}`, value)) : value;
}

/** The value of an index expression, an i64. */
export function position(index: IndexExpr): TensorExpr {
  return { kind: "index", index };
}

/** A position of an input tensor as i64, where negative ones count from the end of an axis of `extent`. */
export function fromFront(type: ElementType, value: TensorExpr, extent: number): TensorExpr {
  const wide = converted(type, "i64", value);
  if (type.startsWith("u")) return wide;
  return choose("i64", less("i64", wide, elementOf("i64", 0)), op("addw.i64", wide, elementOf("i64", extent)), wide);
}

/** One axis of a lookup: its extent, and the position (i64) that is wanted. */
export interface Wanted {
  readonly extent: number;
  readonly position: TensorExpr;
}

/** `read` at the wanted position; 0 where there is none. Fold variables are `prefix`0, `prefix`1, … */
export function lookup(type: ElementType, wanted: readonly Wanted[], read: (index: readonly IndexExpr[]) => TensorExpr, prefix = "k"): TensorExpr {
  const axes = wanted.map(({ extent }, k): Axis => ({ name: `${prefix}${k}`, extent }));
  const index = axes.map(({ name }) => variable(name));
  const found = wanted.map(({ position: at }, k) => equal("i64", position(index[k] ?? variable(prefix)), at));
  return fold(axes, [], elementOf(type, 0), choose(type, every(...nonEmpty(found)), read(index), acc));
}

function nonEmpty(list: readonly TensorExpr[]): readonly [TensorExpr, ...TensorExpr[]] {
  const [first = truth, ...others] = list;
  return [first, ...others];
}
