/** reciprocal(x) = 1 / x: one division, so correctly rounded; ±0 gives ±∞. */
import type { ScalarFunction } from "../term.js";
import { defineUnary, div, f32 } from "./build.js";

export const reciprocal: ScalarFunction = defineUnary("reciprocal", "f32", (_, x) => div(f32(1), x));
