/** Atan: Y[o] = atan X[o], the project's own atan (docs/elementary.md states its error). ±infinity gives ±π/2, ±0 stays. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const atan = unary({ op: "Atan", types: floatsWith("atan"), value: (x, type) => op(`atan.${type}`, x) });
