/** Sin: Y[o] = sin X[o], the project's own sin (docs/elementary.md states its error). NaN gives NaN, and so does an infinity; angles are reduced exactly on the whole range. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const sin = unary({ op: "Sin", types: floatsWith("sin"), value: (x, type) => op(`sin.${type}`, x) });
