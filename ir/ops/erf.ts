/** Erf: Y[o] = erf X[o], the project's own erf (ir/scalar/functions states its error). */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const erf = unary({ op: "Erf", types: floatsWith("erf"), value: (x, type) => op(`erf.${type}`, x) });
