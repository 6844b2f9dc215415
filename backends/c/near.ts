/** Which roundings of a program are written as the records `near` (rounded.ts), and whether those of a text may be. */
import { firstAlike, partsOf } from "../../ir/loop/alike.js";
import type { Expr, Node, Program } from "../../ir/loop/program.js";
import { eachExpr } from "../../ir/loop/visit.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { magnitudesOf } from "./magnitude.js";
import { nearest, roundedOf } from "./rounded.js";

/** Whether a number that is rounded is near in this program, with these contents of its weights, wherever its function runs. */
export function nearIn(program: Program, weights: ReadonlyMap<string, Tensor>): (a: Expr) => boolean {
  const magnitude = magnitudesOf(program, weights);
  const parts = partsOf(program);
  const first = firstAlike(program, parts);
  const numbers = parts.map(({ body }) => body.flatMap(roundedIn));
  const isFar = (of: number, place: number): boolean => numbers.some((mine, k) => first[k] === of && mine.slice(place, place + 1).some((a) => !(magnitude(a) <= nearest)));
  const far = new Set(numbers.flatMap((mine, k) => mine.filter((_, place) => isFar(first[k] ?? k, place))));
  return (a) => !far.has(a);
}

/** The numbers that are rounded, in the order of the text: parts that are alike have as many. */
function roundedIn(node: Node): readonly Expr[] {
  if (node.kind !== "store") return node.body.flatMap(roundedIn);
  const found: Expr[] = [];
  eachExpr(node.value, (e) => {
    const rounded = roundedOf(e, () => false);
    if (rounded !== undefined) found.push(rounded.a);
  });
  return found;
}

/** Whether all numbers that a text says to be near are. */
export function allNear(numbers: readonly Expr[], program: Program, weights: ReadonlyMap<string, Tensor>): boolean {
  const magnitude = magnitudesOf(program, weights);
  return numbers.every((a) => magnitude(a) <= nearest);
}
