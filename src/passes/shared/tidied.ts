/** Index expressions of program text after a change of variables. */
import type { Condition, IndexExpr } from "../../../ir/loop/index-expr.js";
import type { ExtentOf } from "../../../ir/loop/interval.js";
import { simplify } from "./simplify.js";

/**
 * Simplifies quotients and remainders and leaves affine expressions as they are: a loop
 * of one iteration keeps its variable in the index, so that copies of a nest stay alike.
 */
export function tidied(e: IndexExpr, extentOf: ExtentOf, known: readonly Condition[] = []): IndexExpr {
  return e.terms.every(({ atom }) => atom.kind === "var") ? e : simplify(e, extentOf, known);
}
