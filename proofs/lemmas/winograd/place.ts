/**
 * Where a meaning reads, for one place in a tile: indices with variables replaced, and with quotients and
 * remainders taken apart by ⌊(b·A + R) / b⌋ = A + ⌊R / b⌋, so that a test of a position is decided where
 * the position is, and two ways to write an index become one text.
 */
import { type Atom, type Condition, type IndexExpr, type Term, floordiv, isLiteral, literal, mod, plus, times, variable, withAtoms, zero } from "../../../ir/loop/index-expr.js";
import { Refusal } from "../../../ir/prelude.js";

/** What stands for each variable of an expression. */
export type Placing = ReadonlyMap<string, IndexExpr>;

/** What is read is not what the lemma speaks of. */
export function unlike(what: string): never {
  throw new Refusal("usage", "lemma", `winograd: ${what}`, undefined, "leave the lemma out for this node");
}

export function placed(e: IndexExpr, by: Placing): IndexExpr {
  return withAtoms(e, (atom) => {
    if (atom.kind === "var") return by.get(atom.name) ?? unlike(`nothing stands for ${atom.name}`);
    const [whole, rest] = divided(placed(atom.of, by), atom.by);
    return atom.kind === "mod" ? mod(rest, atom.by) : plus(whole, floordiv(rest, atom.by));
  });
}

/** A and R of e = b·A + R, R having neither a multiple of b among its terms nor a constant outside 0 … b − 1. */
function divided({ constant, terms }: IndexExpr, b: number): readonly [IndexExpr, IndexExpr] {
  const sum = (list: readonly Term[], by: number, start: number): IndexExpr =>
    list.reduce((total, { coefficient, atom }) => plus(total, times(expressionOf(atom), coefficient / by)), literal(start));
  const whole = Math.floor(constant / b);
  const multiples = terms.filter(({ coefficient }) => coefficient % b === 0);
  return [sum(multiples, b, whole), sum(terms.filter((term) => !multiples.includes(term)), 1, constant - b * whole)];
}

function expressionOf(atom: Atom): IndexExpr {
  if (atom.kind === "var") return variable(atom.name);
  return atom.kind === "mod" ? mod(atom.of, atom.by) : floordiv(atom.of, atom.by);
}

/** The conditions that are left where the others hold; undefined where one of them does not. */
export function undecided(conditions: readonly Condition[], by: Placing): readonly Condition[] | undefined {
  const all = conditions.map(({ kind, index }): Condition => ({ kind, index: placed(index, by) }));
  const decided = all.filter(({ index }) => isLiteral(index));
  const hold = decided.every(({ kind, index }) => (kind === "ge" ? index.constant >= 0 : index.constant === 0));
  return hold ? all.filter((c) => !decided.includes(c)) : undefined;
}

/** Literals for all positions of some axes, in their order. */
export function positions(extents: readonly number[]): readonly (readonly IndexExpr[])[] {
  const [first, ...others] = extents;
  if (first === undefined) return [[]];
  return Array.from({ length: first }, (_, k) => positions(others).map((rest) => [k === 0 ? zero : literal(k), ...rest])).flat();
}
