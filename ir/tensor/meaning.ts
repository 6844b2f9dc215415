/**
 * Meaning: each output element of an operator as a function of its index. This is
 * the only definition an operator has: the evaluator runs it, the kernel prints it
 * as the reference program, every proof refers to it.
 *
 * A meaning is a list of stages, each a tensor defined point by point from the
 * operator's inputs and earlier stages. Order is part of it: a `fold` is sequential
 * and lexicographic over its reduction tuple from a stated start; points of the
 * tuple that fail `where` are skipped, they contribute nothing. A `recurrence` is a
 * list of stages that advance together: at each position t of their first axes, in
 * ascending order, one stage after the other; a stage may read any of them at earlier
 * positions, and those before it at t.
 */
import { type Condition, type IndexExpr, variable } from "../loop/index-expr.js";
import type { Constant, ElementType, ScalarValue } from "../scalar/types.js";
import { constantOf } from "../scalar/types.js";
import type { TensorType } from "./tensor.js";

export type TensorRef =
  | { readonly kind: "input"; readonly slot: number }
  | { readonly kind: "stage"; readonly name: string };

export interface Axis {
  readonly name: string;
  readonly extent: number;
}

export type TensorExpr =
  | { readonly kind: "at"; readonly tensor: TensorRef; readonly index: readonly IndexExpr[] }
  | { readonly kind: "const"; readonly constant: Constant }
  /** `op` as in ir/scalar/ops.ts, or `muladd.T(acc, a, b)`: the contract of the build says whether it rounds once or twice. */
  | { readonly kind: "op"; readonly op: string; readonly args: readonly TensorExpr[] }
  | { readonly kind: "index"; readonly index: IndexExpr }
  /** Sequential fold; in `step` the node `acc` is the value so far. */
  | {
      readonly kind: "fold";
      readonly over: readonly Axis[];
      readonly where: readonly Condition[];
      readonly start: TensorExpr;
      readonly step: TensorExpr;
    }
  | { readonly kind: "acc" }
  /** Chooses by an affine condition on the index, never by data. */
  | { readonly kind: "select"; readonly when: readonly Condition[]; readonly then: TensorExpr; readonly otherwise: TensorExpr };

/** One tensor of a meaning: `value` over the point whose coordinates are the variables `axes`. */
export interface Stage extends TensorType {
  readonly name: string;
  /** One variable name per axis of the shape, unique in the meaning. */
  readonly axes: readonly string[];
  readonly value: TensorExpr;
  /** Stages that stand together under one name here are one recurrence over their first axes, whose extents are equal. */
  readonly recurrence?: string;
}

export interface Meaning {
  readonly stages: readonly Stage[];
  /** Which stage is output 0, 1, … */
  readonly outputs: readonly string[];
}

/** The stages in order, those of one recurrence in one list. */
export function runsOf({ stages }: Meaning): readonly (readonly Stage[])[] {
  const runs: Stage[][] = [];
  for (const stage of stages) {
    const last = runs.at(-1);
    if (stage.recurrence !== undefined && last?.[0]?.recurrence === stage.recurrence) last.push(stage);
    else runs.push([stage]);
  }
  return runs;
}

/** `separate`: every product and sum of a fold step is rounded; `fused`: one fma. */
export type MulAddContract = "separate" | "fused";

// The vocabulary in which operators are written.

export function at(slot: number, ...index: readonly IndexExpr[]): TensorExpr {
  return { kind: "at", tensor: { kind: "input", slot }, index };
}

export function stageAt(name: string, ...index: readonly IndexExpr[]): TensorExpr {
  return { kind: "at", tensor: { kind: "stage", name }, index };
}

export function constant(type: ElementType, value: ScalarValue): TensorExpr {
  return { kind: "const", constant: constantOf(type, value) };
}

export function op(name: string, ...args: readonly TensorExpr[]): TensorExpr {
  return { kind: "op", op: name, args };
}

export const acc: TensorExpr = { kind: "acc" };

export function fold(over: readonly Axis[], where: readonly Condition[], start: TensorExpr, step: TensorExpr): TensorExpr {
  return { kind: "fold", over, where, start, step };
}

export function select(when: readonly Condition[], then: TensorExpr, otherwise: TensorExpr): TensorExpr {
  return { kind: "select", when, then, otherwise };
}

/** A stage whose axes are named o0, o1, … (`prefix` keeps several stages apart). */
export function stage(name: string, type: TensorType, value: (point: readonly IndexExpr[]) => TensorExpr, prefix = "o"): Stage {
  const axes = type.shape.map((_, axis) => `${prefix}${axis}`);
  return { name, type: type.type, shape: type.shape, axes, value: value(axes.map((axis) => variable(axis))) };
}

/** `stages` as one recurrence over their first axes. */
export function recurrence(name: string, ...stages: readonly Stage[]): readonly Stage[] {
  return stages.map((member) => ({ ...member, recurrence: name }));
}

/** The common case: one stage, one output. */
export function pointwise(type: TensorType, value: (point: readonly IndexExpr[]) => TensorExpr): Meaning {
  return { stages: [stage("y", type, value)], outputs: ["y"] };
}
