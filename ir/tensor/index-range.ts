/** Bounds of index expressions by interval arithmetic: sound, exact where no variable occurs twice. */
import { type Atom, type IndexExpr } from "../loop/index-expr.js";
import { invariant } from "../prelude.js";

/** Smallest and largest value `e` can have over its variables' extents, by interval arithmetic. */
export function rangeOf(e: IndexExpr, extents: ReadonlyMap<string, number>): readonly [low: number, high: number] {
  let low = e.constant;
  let high = e.constant;
  for (const { coefficient, atom } of e.terms) {
    const [least, most] = atomRange(atom, extents);
    low += coefficient * (coefficient > 0 ? least : most);
    high += coefficient * (coefficient > 0 ? most : least);
  }
  return [low, high];
}

function atomRange(atom: Atom, extents: ReadonlyMap<string, number>): readonly [low: number, high: number] {
  if (atom.kind === "var") {
    const extent = extents.get(atom.name);
    invariant(extent !== undefined, `variable ${atom.name} is not in scope`);
    return [0, extent - 1];
  }
  const [low, high] = rangeOf(atom.of, extents);
  if (atom.kind === "floordiv") return [Math.floor(low / atom.by), Math.floor(high / atom.by)];
  return low >= 0 && high < atom.by ? [low, high] : [0, atom.by - 1];
}
