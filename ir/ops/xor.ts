/** Xor: C[o] = A[o] exclusive-or B[o], broadcast. */
import { op } from "../tensor/meaning.js";
import { bools } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";

export const xor = binary({ op: "Xor", types: bools, value: (a, b) => op("xor.bool", a, b) });
