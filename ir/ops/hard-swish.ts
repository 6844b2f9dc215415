/**
 * HardSwish: Y[o] = X[o] · max(0, min(1, α·X[o] + β)) with β = 0.5 and α = 1/6 rounded
 * to the element type. Each operation rounds once.
 */
import { type ElementType, constantOf, valueOf } from "../scalar/types.js";
import { op } from "../tensor/meaning.js";
import { floatsWith } from "./shared/element-types.js";
import { unary } from "./shared/elementwise.js";
import { hardSigmoidOf } from "./shared/hard-sigmoid.js";

function sixth(type: ElementType): number {
  return Number(valueOf(constantOf(type, 1 / 6)));
}

export const hardSwish = unary({
  op: "HardSwish",
  types: floatsWith("max", "min"),
  value: (x, type) => op(`mul.${type}`, x, hardSigmoidOf(x, type, sixth(type), 0.5)),
});
