/** max(0, min(1, α·x + β)): product and sum round once each. */
import type { ElementType } from "../../scalar/types.js";
import { type TensorExpr, constant, op } from "../../tensor/meaning.js";

export function hardSigmoidOf(x: TensorExpr, type: ElementType, alpha: number, beta: number): TensorExpr {
  const line = op(`add.${type}`, op(`mul.${type}`, constant(type, alpha), x), constant(type, beta));
  return op(`max.${type}`, constant(type, 0), op(`min.${type}`, constant(type, 1), line));
}
