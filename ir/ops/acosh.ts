/** Acosh: Y[o] = acosh X[o], the project's own acosh (docs/elementary.md states its error). NaN below 1. */
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const acosh = unary({ op: "Acosh", types: floatsWith("acosh"), value: (x, type) => op(`acosh.${type}`, x) });
