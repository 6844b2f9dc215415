/** Formulas as people write them: `i + 2 ≥ j`, ∧, ∨, ¬ and ⇒, negative terms on the other side. */
import { type Condition, type IndexExpr, isLiteral, literal, minus, zero } from "../../ir/loop/index-expr.js";
import { type Formula, type SolverObligation, and, falsehood, or, truth } from "../../proofs/kernel/obligation.js";

export function infixCondition({ kind, index }: Condition): string {
  const [left, right] = sides(index);
  if (kind === "eq") return `${left.text} = ${right.text}`;
  return isLiteral(left) ? `${right.text} ≤ ${left.text}` : `${left.text} ≥ ${right.text}`;
}

/** Without what is decided by literals: true parts of a conjunction, false ones of a disjunction. */
function simplified(f: Formula): Formula {
  if (f.kind === "condition") return decided(f) ?? f;
  if (f.kind === "not") {
    const of = simplified(f.of);
    return of === truth ? falsehood : of === falsehood ? truth : { kind: "not", of };
  }
  const [neutral, absorbing] = f.kind === "and" ? [truth, falsehood] : [falsehood, truth];
  const parts = f.of.map(simplified).filter((p) => p !== neutral).flatMap((p) => (p.kind === f.kind ? p.of : [p]));
  if (parts.includes(absorbing)) return absorbing;
  return parts.length === 0 ? neutral : f.kind === "and" ? and(...parts) : or(...parts);
}

function decided(f: Extract<Formula, { kind: "condition" }>): Formula | undefined {
  if (!isLiteral(f.condition.index)) return undefined;
  const { kind, index } = f.condition;
  return (kind === "ge" ? index.constant >= 0 : index.constant === 0) ? truth : falsehood;
}

/** `e` as left − right, both without negative terms. */
function sides(e: IndexExpr): readonly [IndexExpr, IndexExpr] {
  const negative = e.terms.filter(({ coefficient }) => coefficient < 0);
  if (negative.length === 0 && e.constant >= 0) return [e, zero];
  let right = literal(e.constant < 0 ? -e.constant : 0);
  for (const term of negative) right = minus(right, single(term));
  let left = literal(e.constant > 0 ? e.constant : 0);
  for (const term of e.terms) if (term.coefficient > 0) left = minus(left, single({ ...term, coefficient: -term.coefficient }));
  return [left, right];
}

function single(term: IndexExpr["terms"][number]): IndexExpr {
  return { constant: 0, terms: [term], text: "" }; // only ever an operand of minus, which prints its result
}

/** Parenthesised only where the reading needs it; `or(not a, b)` is a ⇒ b. */
export function infix(f: Formula): string {
  switch (f.kind) {
    case "condition": return infixCondition(f.condition);
    case "not": return f.of.kind === "condition" ? negated(f.of.condition) : `¬${inner(f.of)}`;
    case "and": return f.of.length === 0 ? "true" : f.of.map(inner).join(" ∧ ");
    case "or": {
      const [first, ...rest] = f.of;
      if (first?.kind === "not" && rest.length === 1 && rest[0] !== undefined) return `${inner(first.of)} ⇒ ${inner(rest[0])}`;
      return f.of.length === 0 ? "false" : f.of.map(inner).join(" ∨ ");
    }
  }
}

function negated(c: Condition): string {
  const [left, right] = sides(c.index);
  return `${left.text} ${c.kind === "ge" ? "<" : "≠"} ${right.text}`;
}

function inner(f: Formula): string {
  if (f.kind === "condition") return infix(f);
  const atom = f.kind === "not" ? f.of.kind === "condition" : f.of.length < 2;
  return atom ? infix(f) : `(${infix(f)})`;
}

/** The claim of an obligation on a few lines: for all variables, premises, goal. */
export function claimLines({ variables, premises, goal }: SolverObligation): readonly string[] {
  const box = variables.map(({ name, extent }) => `0 ≤ ${name} < ${extent}`).join(", ");
  return [
    `for all ${box === "" ? "values" : box}`,
    ...(premises.length === 0 ? [] : [`if   ${infix(simplified({ kind: "and", of: premises }))}`]),
    `then ${infix(simplified(goal))}`,
  ];
}
