/** Every named scalar function. A new one is a file here and a line in this list. */
import type { ScalarFunction } from "../term.js";
import { leakyRelu, max, min, relu } from "./compare.js";
import { erf } from "./erf.js";
import { exp } from "./exp.js";
import { gelu } from "./gelu.js";
import { log } from "./log.js";
import { pow } from "./pow.js";
import { reciprocal } from "./reciprocal.js";
import { sigmoid } from "./sigmoid.js";
import { softplus } from "./softplus.js";
import { tanh } from "./tanh.js";

export const scalarFunctions: readonly ScalarFunction[] = [
  relu("f32"),
  relu("f64"),
  leakyRelu("f32"),
  max("f32"),
  max("f64"),
  min("f32"),
  min("f64"),
  reciprocal,
  exp,
  log,
  tanh,
  sigmoid,
  erf,
  gelu,
  softplus,
  pow,
];
