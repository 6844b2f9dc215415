/**
 * Einsum: every letter is a coordinate, those of the output and those that are summed over:
 *
 *     Y[letters of the output] = +0 + Σ_(other letters) X₀[…]·X₁[…]·…
 *
 * The sum is a fold from +0 in lexicographic order of the other letters, as they first
 * occur; each step is X₀ added, X₀·X₁ multiply-added (rounded as the build's contract says),
 * or the product from the left multiply-added with the last operand. Without other letters
 * Y is the product. A letter that occurs twice in one operand reads its diagonal. The normal
 * form has the letters of each operand and of the output, an ellipsis written out.
 */
import { type IndexExpr, variable, zero } from "../loop/index-expr.js";
import { isFloat } from "../scalar/types.js";
import { type Meaning, type TensorExpr, acc, at, fold, op, pointwise } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { any, defineOperator, inputOf, shapeMismatch, textOf, textsOf } from "./shared/define.js";
import { arithmetic, elementOf, numbers } from "./shared/element-types.js";

/** The extent of every letter; an extent 1 stretches to that of another operand. */
function extentsOf(node: OperatorNode): ReadonlyMap<string, number> {
  const extents = new Map<string, number>();
  textsOf(node, "operands").forEach((letters, slot) => {
    const { shape } = inputOf(node, slot);
    if (shape.length !== letters.length) shapeMismatch(node, `operand ${slot} has ${shape.length} axes for ${letters}`);
    Array.from(letters).forEach((letter, axis) => {
      const [known = 1, extent = 1] = [extents.get(letter), shape[axis]];
      if (known !== 1 && extent !== 1 && known !== extent) shapeMismatch(node, `${letter} is ${known} and ${extent}`);
      extents.set(letter, Math.max(known, extent));
    });
  });
  return extents;
}

function outputType(node: OperatorNode): TensorType {
  const extents = extentsOf(node);
  return { type: inputOf(node, 0).type, shape: Array.from(textOf(node, "result")).map((letter) => extents.get(letter) ?? shapeMismatch(node, `no operand has ${letter}`)) };
}

function meaning(node: OperatorNode): Meaning {
  const [output, extents] = [outputType(node), extentsOf(node)];
  const { type } = output;
  const result = Array.from(textOf(node, "result"));
  const summed = [...extents.keys()].filter((letter) => !result.includes(letter)).map((letter, k) => ({ letter, axis: { name: `r${k}`, extent: extents.get(letter) ?? 1 } }));
  return pointwise(output, (point) => {
    const coordinates = new Map<string, IndexExpr>([
      ...result.map((letter, axis) => [letter, point[axis] ?? zero] as const), ...summed.map(({ letter, axis }) => [letter, variable(axis.name)] as const),
    ]);
    const operands = textsOf(node, "operands").map((letters, slot) =>
      at(slot, ...Array.from(letters).map((letter, axis) => (inputOf(node, slot).shape[axis] === 1 ? zero : coordinates.get(letter) ?? zero))));
    return summed.length === 0 ? product(operands, type) : fold(summed.map(({ axis }) => axis), [], elementOf(type, 0), step(operands, type));
  });
}

function product([first, ...others]: readonly TensorExpr[], type: TensorType["type"]): TensorExpr {
  return others.reduce((value, x) => op(arithmetic("mul", type), value, x), first ?? elementOf(type, 1));
}

function step(operands: readonly TensorExpr[], type: TensorType["type"]): TensorExpr {
  const last = operands.at(-1);
  if (last === undefined || operands.length === 1 || !isFloat(type)) return op(arithmetic("add", type), acc, product(operands, type));
  return op(`muladd.${type}`, acc, product(operands.slice(0, -1), type), last);
}

export const einsum = defineOperator({
  op: "Einsum", types: numbers, inputs: [1, any], shape: (node) => [outputType(node)], meaning,
});
