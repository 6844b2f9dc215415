/**
 * LoopProgram: the grammar, whole, in one file.
 *
 *   program   := buffer* node*
 *   buffer    := kind name type shape [weight map] [place] [label]
 *   node      := loop | guard | store
 *   loop      := for var in 0 .. extent (kind) { node* }
 *   guard     := if condition, … { node* }
 *   store     := name: buffer[index, …] = expr
 *   expr      := load | constant | op(expr, …) | index value
 *
 * Names (buffers, loop variables, statements) are C identifiers of at most 31
 * characters, unique in the program, so that emitted text carries the same names.
 * The iteration domain of a statement is the product of the extents of the loops
 * around it, cut by its guards; its schedule is its place in this tree.
 */
import type { Origin } from "../prelude.js";
import type { ElementType } from "../scalar/types.js";
import type { Constant } from "../scalar/types.js";
import type { Condition, IndexExpr } from "./index-expr.js";

/**
 * `temp` lives in an arena once memory is planned; `local` is automatic storage
 * (accumulators of a register tile). Inputs and weights are never written.
 */
export type BufferKind = "input" | "output" | "weight" | "temp" | "local";

/** Element d0, d1, … of a weight buffer is element `index` of the model's `tensor`; outside its shape it is +0. */
export interface WeightMap {
  readonly tensor: string;
  readonly index: readonly IndexExpr[];
}

/** Where the memory plan put a temp: `offset` is in elements of the arena of its element type. */
export interface Place {
  readonly offset: number;
}

export interface Buffer {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly kind: BufferKind;
  /** Present exactly for weights. */
  readonly map?: WeightMap;
  /** Present for temps after the memory plan. */
  readonly place?: Place;
  /** The name of the tensor in the ONNX model, for inputs and outputs. */
  readonly label?: string;
}

export type LoopKind = "serial" | "unrolled" | "vector" | "parallel";

export interface Loop {
  readonly kind: "loop";
  /** Also the identity of the loop in flow facts and annotations. */
  readonly variable: string;
  /** Number of iterations, at least 1; the variable runs from 0 to extent − 1. */
  readonly extent: number;
  readonly mode: LoopKind;
  readonly body: readonly Node[];
  readonly origin: Origin;
}

/** The body runs where every condition holds. */
export interface Guard {
  readonly kind: "guard";
  readonly conditions: readonly Condition[];
  readonly body: readonly Node[];
}

export interface Store {
  readonly kind: "store";
  readonly name: string;
  readonly buffer: string;
  readonly index: readonly IndexExpr[];
  readonly value: Expr;
  readonly origin: Origin;
}

export type Node = Loop | Guard | Store;

export interface Load {
  readonly kind: "load";
  readonly buffer: string;
  readonly index: readonly IndexExpr[];
}

/** `op` is an operator identifier with its type, such as `add.f32` (see ir/scalar/ops.ts). */
export interface Operation {
  readonly kind: "op";
  readonly op: string;
  readonly args: readonly Expr[];
}

export interface ConstantExpr {
  readonly kind: "const";
  readonly constant: Constant;
}

/** The value of an index expression as an i64 scalar. */
export interface IndexValue {
  readonly kind: "index";
  readonly index: IndexExpr;
}

export type Expr = Load | ConstantExpr | Operation | IndexValue;

export interface Program {
  readonly name: string;
  /** Inputs and outputs in the order of the model's interface. */
  readonly buffers: readonly Buffer[];
  readonly body: readonly Node[];
}

/** `_staticOrigin` does not run: it makes the compiler check that loops and stores carry their origin. */
export function _staticOrigin(node: Loop | Store): Origin {
  return node.origin;
}
