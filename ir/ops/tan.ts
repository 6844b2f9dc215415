/** Tan: Y[o] = tan X[o], the project's own tan (docs/elementary.md states its error). NaN gives NaN, and so does an infinity; angles are reduced exactly on the whole range. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const tan = unary({ op: "Tan", types: floatsWith("tan"), value: (x, type) => op(`tan.${type}`, x) });
