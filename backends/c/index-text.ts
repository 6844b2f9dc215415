/**
 * Index expressions in C. Every operation has its parentheses; a coefficient stands
 * left of its atom (`2 * i`), a dimension of a flattened subscript right of what it
 * scales (`row * 32`), so that the reader can tell one from the other.
 */
import type { Condition, IndexExpr, Term } from "../../ir/loop/index-expr.js";

/** `e` as an operand: one token, or in parentheses. */
export function indexText(e: IndexExpr): string {
  const [first, ...rest] = e.terms;
  if (first === undefined) return e.constant < 0 ? `(${e.constant})` : String(e.constant);
  // `7 - i` rather than `(-i) + 7`.
  const leads = e.constant > 0 && first.coefficient < 0;
  const start = leads ? `(${e.constant} - ${termText(first)})` : leadingText(first);
  const sum = rest.reduce((left, term) => `(${left} ${term.coefficient < 0 ? "-" : "+"} ${termText(term)})`, start);
  if (e.constant === 0 || leads) return sum;
  return `(${sum} ${e.constant < 0 ? "-" : "+"} ${Math.abs(e.constant)})`;
}

/** `e` where nothing can bind to it: in brackets, as an argument. */
export function bareIndexText(e: IndexExpr): string {
  return bare(indexText(e));
}

function bare(operand: string): string {
  return operand.startsWith("(") ? operand.slice(1, -1) : operand;
}

function leadingText(term: Term): string {
  if (term.coefficient >= 0) return termText(term);
  return term.coefficient === -1 ? `(-${termText(term)})` : `((${term.coefficient}) * ${atomText(term)})`;
}

/** A term with its sign dropped. */
function termText(term: Term): string {
  const magnitude = Math.abs(term.coefficient);
  return magnitude === 1 ? atomText(term) : `(${magnitude} * ${atomText(term)})`;
}

function atomText({ atom }: Term): string {
  if (atom.kind === "var") return atom.name;
  return `(${indexText(atom.of)} ${atom.kind === "floordiv" ? "/" : "%"} ${atom.by})`;
}

/** The row-major address of an element in Horner form; leading literal zeros are left out. */
export function subscriptText(index: readonly IndexExpr[], shape: readonly number[]): string {
  let address: string | undefined;
  index.forEach((e, axis) => {
    if (address !== undefined) address = `((${address} * ${shape[axis] ?? 0}) + ${indexText(e)})`;
    else if (e.text !== "0" || axis === index.length - 1) address = indexText(e);
  });
  return bare(address ?? "0");
}

/** The conditions of a guard, as the controlling expression of an `if`. */
export function conditionText(conditions: readonly Condition[]): string {
  const tests = conditions.map(({ kind, index }) => `${indexText(index)} ${kind === "ge" ? ">=" : "=="} 0`);
  return tests.length === 1 ? tests.join("") : tests.map((test) => `(${test})`).join(" && ");
}
