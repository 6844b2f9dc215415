/** Small constructors for loop programs, so that passes and tests read like the text form. */
import type { Origin } from "../prelude.js";
import { type ElementType, type ScalarValue, constantOf } from "../scalar/types.js";
import type { Condition, IndexExpr } from "./index-expr.js";
import type { ConstantExpr, Expr, Guard, IndexValue, Load, Loop, LoopKind, Node, Operation, Store } from "./program.js";

/** The variable of a loop and its number of iterations. */
export interface Range {
  readonly variable: string;
  readonly extent: number;
  readonly mode?: LoopKind;
}

export function loop({ variable, extent, mode }: Range, origin: Origin, body: readonly Node[]): Loop {
  return { kind: "loop", variable, extent, mode: mode ?? "serial", body, origin };
}

/** `body` inside one serial loop per range, the first outermost. */
export function nest(ranges: readonly Range[], origin: Origin, body: readonly Node[]): readonly Node[] {
  return ranges.reduceRight<readonly Node[]>((inner, range) => [loop(range, origin, inner)], body);
}

/** `body` where all conditions hold; without conditions, `body` itself. */
export function guarded(conditions: readonly Condition[], body: readonly Node[]): readonly Node[] {
  return conditions.length === 0 ? body : [guard(conditions, body)];
}

export function guard(conditions: readonly Condition[], body: readonly Node[]): Guard {
  return { kind: "guard", conditions, body };
}

/** `buffer[index, …]`, as a load and as the place of a store. */
export interface Element {
  readonly buffer: string;
  readonly index: readonly IndexExpr[];
}

export function store(name: string, { buffer, index }: Element, value: Expr, origin: Origin): Store {
  return { kind: "store", name, buffer, index, value, origin };
}

export function load(buffer: string, ...index: readonly IndexExpr[]): Load {
  return { kind: "load", buffer, index };
}

export function op(name: string, ...args: readonly Expr[]): Operation {
  return { kind: "op", op: name, args };
}

export function constant(type: ElementType, value: ScalarValue): ConstantExpr {
  return { kind: "const", constant: constantOf(type, value) };
}

export function indexValue(index: IndexExpr): IndexValue {
  return { kind: "index", index };
}
