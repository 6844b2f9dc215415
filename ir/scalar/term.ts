/**
 * Scalar functions written as terms of basic operations: straight-line, branch-free,
 * one result. Their evaluation, their C text and what read-back expects all come
 * from here, so the bits are the same everywhere.
 */
import type { Constant, ElementType } from "./types.js";

export type ScalarTerm =
  | { readonly kind: "ref"; readonly name: string }
  | { readonly kind: "const"; readonly constant: Constant }
  | { readonly kind: "op"; readonly op: string; readonly args: readonly ScalarTerm[] };

export interface ScalarLet {
  readonly name: string;
  readonly type: ElementType;
  readonly value: ScalarTerm;
}

export interface ScalarFunction {
  /** Operator identifier without type, e.g. `exp`; `exp.f32` is its use in programs. */
  readonly name: string;
  /** The type after the dot. */
  readonly type: ElementType;
  readonly params: readonly { readonly name: string; readonly type: ElementType }[];
  readonly result: ElementType;
  /** Evaluated in order; each may use parameters and earlier lets. */
  readonly lets: readonly ScalarLet[];
  readonly value: ScalarTerm;
}
