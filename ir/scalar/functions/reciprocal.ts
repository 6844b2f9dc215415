/** reciprocal(x) = 1 / x: one division, so correctly rounded; ±0 gives ±∞. */
import { defineForFloats, div } from "./build.js";

export const reciprocal = defineForFloats("reciprocal", { f32: {}, f64: {} }, (_, x, { c }) => div(c(1), x));
