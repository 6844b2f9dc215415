/** Index expressions seen from one variable: whether it occurs, and with which factor. */
import { type IndexExpr, eachVariable, minus, times, variable } from "./index-expr.js";

export function mentions(e: IndexExpr, name: string): boolean {
  let found = false;
  eachVariable(e, (other) => {
    found ||= other === name;
  });
  return found;
}

/** `e` as rest + factor · name where `rest` does not mention it; undefined inside floordiv or mod. */
export function affineIn(e: IndexExpr, name: string): { readonly rest: IndexExpr; readonly factor: number } | undefined {
  const own = e.terms.find(({ atom }) => atom.kind === "var" && atom.name === name);
  const factor = own?.coefficient ?? 0;
  const rest = minus(e, times(variable(name), factor));
  return mentions(rest, name) ? undefined : { rest, factor };
}
