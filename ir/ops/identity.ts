/** Identity: Y[o] = X[o]. The inference form of Dropout normalises to it. */
import { anyType } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";

export const identity = unary({ op: "Identity", types: anyType, value: (x) => x });
