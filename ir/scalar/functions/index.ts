/** Every named scalar function. A new one is a file here and a line in this list. */
import type { ScalarFunction } from "../term.js";
import { acos, asin, atan } from "./arc.js";
import { leakyRelu, max, min, relu } from "./compare.js";
import { erf } from "./erf.js";
import { exp } from "./exp.js";
import { exp2 } from "./exp2.js";
import { gelu } from "./gelu.js";
import { halfCasts } from "./half.js";
import { cosh, sinh } from "./hyperbolic.js";
import { acosh, asinh, atanh } from "./inverse-hyperbolic.js";
import { log } from "./log.js";
import { log1p } from "./log1p.js";
import { pow } from "./pow.js";
import { reciprocal } from "./reciprocal.js";
import { rsqrt } from "./rsqrt.js";
import { sigmoid } from "./sigmoid.js";
import { softplus } from "./softplus.js";
import { tanh } from "./tanh.js";
import { cos, sin, tan } from "./trigonometric.js";

export const scalarFunctions: readonly ScalarFunction[] = [
  relu("f32"),
  relu("f64"),
  leakyRelu("f32"),
  leakyRelu("f64"),
  max("f32"),
  max("f64"),
  min("f32"),
  min("f64"),
  ...reciprocal,
  ...rsqrt,
  ...exp,
  ...exp2,
  ...log,
  ...log1p,
  ...sinh,
  ...cosh,
  ...tanh,
  ...asinh,
  ...acosh,
  ...atanh,
  ...sin,
  ...cos,
  ...tan,
  ...asin,
  ...acos,
  ...atan,
  ...sigmoid,
  ...erf,
  gelu,
  ...softplus,
  ...pow,
  ...halfCasts,
];
