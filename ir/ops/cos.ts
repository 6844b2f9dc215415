/** Cos: Y[o] = cos X[o], the project's own cos (docs/elementary.md states its error). NaN gives NaN, and so does an infinity; angles are reduced exactly on the whole range. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const cos = unary({ op: "Cos", types: floatsWith("cos"), value: (x, type) => op(`cos.${type}`, x) });
