/** Einsum: the equation as the letters of each operand and of the result, each ellipsis written out with letters of its own. */
import { invalid } from "../../../ir/prelude.js";
import { type Normaliser, allowOnly, inputType, normalNode, stringOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** Letters that an equation cannot have: they stand for the axes of an ellipsis, the last ones first. */
const unnamed = Array.from("αβγδεζηθικλμ");

/** The operands and the result of the equation, before an ellipsis is written out. */
function sidesOf(node: RawNode): readonly [operands: readonly string[], result: string | undefined] {
  const equation = (stringOf(node, "equation") ?? "").replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const operands = left.split(",");
  if (!/^[A-Za-z.,]*(->[A-Za-z.]*)?$/.test(equation) || operands.length !== node.inputs.length) {
    invalid("attribute-value", `Einsum with the equation ${equation} for ${node.inputs.length} operands`, node.name, "correct the equation");
  }
  return [operands, right];
}

/** With an ellipsis of `rank` axes in place of the dots. */
function written(letters: string, rank: number): string {
  return letters.replace("...", unnamed.slice(0, rank).toReversed().join(""));
}

export const einsum: Normaliser = (node) => {
  allowOnly(node, "equation");
  const [operands, result] = sidesOf(node);
  const ranks = operands.map((letters, slot) => (letters.includes("...") ? inputType(node, slot).shape.length - letters.length + 3 : 0));
  const most = Math.max(0, ...ranks);
  if (ranks.some((rank) => rank < 0) || most > unnamed.length) invalid("shape-mismatch", "Einsum has letters for more axes than there are", node.name, "correct the equation");
  const full = operands.map((letters, slot) => written(letters, ranks[slot] ?? 0));
  return [normalNode(node, { attributes: { operands: full, result: result === undefined ? implied(full, most) : written(result, most) } })];
};

/** Without a result: the axes of the ellipsis, and the letters that occur once, in alphabetical order. */
function implied(operands: readonly string[], ellipsis: number): string {
  const all = Array.from(operands.join("")).filter((letter) => !unnamed.includes(letter));
  const once = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
  return written("...", ellipsis) + once.toSorted((a, b) => (a < b ? -1 : 1)).join("");
}
