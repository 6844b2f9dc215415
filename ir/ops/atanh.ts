/** Atanh: Y[o] = atanh X[o], the project's own atanh (docs/elementary.md states its error). ±1 gives ±infinity, NaN beyond. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const atanh = unary({ op: "Atanh", types: floatsWith("atanh"), value: (x, type) => op(`atanh.${type}`, x) });
