/** And: C[o] = A[o] and B[o], broadcast. */
import { op } from "../tensor/meaning.js";
import { bools } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const and = binary({ op: "And", types: bools, value: (a, b) => op("and.bool", a, b) });
