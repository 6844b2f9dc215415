/**
 * Functions that only compare and choose: relu, leakyrelu, max, min. The one
 * rounding is the product of leakyrelu.
 */
import type { ScalarFunction } from "../term.js";
import type { ElementType } from "../types.js";
import { type Value, constant, defineBinary, defineUnary, eq, le, lt, mul, select } from "./build.js";

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

/**
 * The greater operand; NaN if one is NaN; of two equal operands (+0 and −0) the second. The limit is b, or
 * what no number exceeds where b is NaN: so one comparison finds a NaN of either. Where b is the same in a whole
 * loop, so is the limit, and nothing tests the result of one choice for NaN again in the next.
 */
export function max(type: "f32" | "f64"): ScalarFunction {
  return chosen("max", type, Infinity, (a, limit) => le(a, limit));
}

/** The lesser operand; NaN if one is NaN; of two equal operands (+0 and −0) the second. As max. */
export function min(type: "f32" | "f64"): ScalarFunction {
  return chosen("min", type, -Infinity, (a, limit) => le(limit, a));
}

/** The second operand where it is `better`, and where it is NaN and a is a number: every number is beyond `worst`. */
function chosen(name: string, type: "f32" | "f64", worst: number, better: (a: Value, limit: Value) => Value): ScalarFunction {
  return defineBinary(name, type, (named, a, b) => {
    const limit = named("limit", select(eq(b, b), b, constant(type, worst)));
    return select(better(a, limit), b, a);
  });
}
