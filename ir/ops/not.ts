/** Not: Y[o] = not X[o]. */
import { op } from "../tensor/meaning.js";
import { bools } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const not = unary({ op: "Not", types: bools, value: (x) => op("not.bool", x) });
