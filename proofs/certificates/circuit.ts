/**
 * Boolean circuits as clauses. A literal is a non-zero integer as in DIMACS: −x is the
 * negation of x. Literal 1 is the constant true. Gates fold constants and equal gates
 * are one, each gate being defined by clauses in both directions (Tseitin, 1968).
 */

export type Literal = number;
export type Clause = readonly Literal[];

export const yes: Literal = 1;
export const no: Literal = -1;

export interface Circuit {
  readonly clauses: Clause[];
  /** Variables so far; they are numbered from 1. */
  variables: number;
  readonly gates: Map<string, Literal>;
}

export function newCircuit(): Circuit {
  return { clauses: [[yes]], variables: 1, gates: new Map() };
}

export function fresh(c: Circuit): Literal {
  return ++c.variables;
}

/** Requires that one of the literals holds. */
export function require(c: Circuit, ...clause: Literal[]): void {
  if (!clause.includes(yes)) c.clauses.push(clause.filter((literal) => literal !== no));
}

function gate(c: Circuit, key: string, define: (out: Literal) => void): Literal {
  const known = c.gates.get(key);
  if (known !== undefined) return known;
  const out = fresh(c);
  c.gates.set(key, out);
  define(out);
  return out;
}

/** The conjunction of any number of literals. */
export function all(c: Circuit, literals: readonly Literal[]): Literal {
  const of = [...new Set(literals.filter((literal) => literal !== yes))].toSorted((a, b) => a - b);
  if (of.some((literal) => literal === no || of.includes(-literal))) return no;
  const [only] = of;
  if (only === undefined) return yes;
  if (of.length === 1) return only;
  return gate(c, `and ${of.join(" ")}`, (out) => {
    for (const literal of of) require(c, -out, literal);
    require(c, out, ...of.map((literal) => -literal));
  });
}

export function some(c: Circuit, literals: readonly Literal[]): Literal {
  return -all(c, literals.map((literal) => -literal));
}

export function xor(c: Circuit, a: Literal, b: Literal): Literal {
  if (Math.abs(a) === yes) return a === yes ? -b : b;
  if (Math.abs(b) === yes) return b === yes ? -a : a;
  if (a === b) return no;
  if (a === -b) return yes;
  const [x, y] = [Math.min(Math.abs(a), Math.abs(b)), Math.max(Math.abs(a), Math.abs(b))];
  const out = gate(c, `xor ${x} ${y}`, (o) => {
    require(c, -o, x, y);
    require(c, -o, -x, -y);
    require(c, o, -x, y);
    require(c, o, x, -y);
  });
  return a < 0 === b < 0 ? out : -out;
}

/** At least two of three: the carry of a full adder. */
export function majority(c: Circuit, a: Literal, b: Literal, d: Literal): Literal {
  return some(c, [all(c, [a, b]), all(c, [d, some(c, [a, b])])]);
}
