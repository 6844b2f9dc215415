/** Or: C[o] = A[o] or B[o], broadcast. */
import { op } from "../tensor/meaning.js";
import { bools } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const or = binary({ op: "Or", types: bools, value: (a, b) => op("or.bool", a, b) });
