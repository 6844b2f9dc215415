/**
 * Functions that only compare and choose: relu, leakyrelu, max, min. The one
 * rounding is the product of leakyrelu.
 */
import type { ScalarFunction } from "../term.js";
import type { ElementType } from "../types.js";
import { constant, defineBinary, defineUnary, eq, lt, mul, not, or, select } from "./build.js";

/** x < 0 ? +0 : x. So −0 stays −0 and NaN stays NaN. */
export function relu(type: ElementType): ScalarFunction {
  return defineUnary("relu", type, (_, x) => {
    const zero = constant(type, 0);
    return select(lt(x, zero), zero, x);
  });
}

/** a < 0 ? b·a : a, with slope b; `leakyrelu(NaN, b)` is NaN and −0 stays −0. */
export function leakyRelu(type: ElementType): ScalarFunction {
  return defineBinary("leakyrelu", type, (_, a, b) => select(lt(a, constant(type, 0)), mul(b, a), a));
}

/** The greater operand; NaN if one is NaN; of two equal operands (+0 and −0) the second. */
export function max(type: ElementType): ScalarFunction {
  return defineBinary("max", type, (_, a, b) => select(or(lt(b, a), not(eq(a, a))), a, b));
}

/** The lesser operand; NaN if one is NaN; of two equal operands (+0 and −0) the second. */
export function min(type: ElementType): ScalarFunction {
  return defineBinary("min", type, (_, a, b) => select(or(lt(a, b), not(eq(a, a))), a, b));
}
