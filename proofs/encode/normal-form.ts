/**
 * The normal form the interval prover works on: no negation, no nested `and` in
 * `and` or `or` in `or`, literals folded, conditions as linear terms.
 * `not (e >= 0)` is `-e - 1 >= 0`; `not (e == 0)` is `e - 1 >= 0 or -e - 1 >= 0`.
 */
import type { Condition } from "../../ir/loop/index-expr.js";
import type { Formula } from "../kernel/obligation.js";
import { addConstant, combine, constantTerm, linearOf } from "./linear.js";
import type { Atoms, Linear } from "./linear.js";

export type Normal =
  | { readonly kind: "ge" | "eq"; readonly term: Linear } // term >= 0, term == 0
  | { readonly kind: "and" | "or"; readonly of: readonly Normal[] };

export const always: Normal = { kind: "and", of: [] };
export const never: Normal = { kind: "or", of: [] };

/** `f` if `holds`, else its negation. */
export function normalForm(atoms: Atoms, f: Formula, holds: boolean): Normal {
  switch (f.kind) {
    case "not":
      return normalForm(atoms, f.of, !holds);
    case "condition":
      return normalCondition(f.condition.kind, linearOf(atoms, f.condition.index), holds);
    case "and":
    case "or":
      return connect((f.kind === "and") === holds ? "and" : "or", f.of.map((part) => normalForm(atoms, part, holds)));
  }
}

function normalCondition(kind: Condition["kind"], term: Linear, holds: boolean): Normal {
  if (term.atoms.length === 0) {
    const truth = kind === "ge" ? term.constant >= 0 : term.constant === 0;
    return truth === holds ? always : never;
  }
  if (holds) return { kind, term };
  const below: Normal = { kind: "ge", term: combine(constantTerm(-1), term, -1) };
  if (kind === "ge") return below;
  return { kind: "or", of: [{ kind: "ge", term: addConstant(term, -1) }, below] };
}

/** Flattens, drops what is neutral and stops at what decides. */
function connect(kind: "and" | "or", parts: readonly Normal[]): Normal {
  const of: Normal[] = [];
  for (const part of parts) {
    if (part.kind === kind) of.push(...part.of);
    else if ((part.kind === "and" || part.kind === "or") && part.of.length === 0) return part;
    else of.push(part);
  }
  const [only] = of;
  return of.length === 1 && only !== undefined ? only : { kind, of };
}
