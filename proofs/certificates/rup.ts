/**
 * Checks a proof of unsatisfiability by reverse unit propagation (Goldberg and Novikov,
 * 2003; the RUP part of DRAT): each clause of the proof follows from those before it if
 * assuming its negation makes unit propagation run into a contradiction. Deletions are
 * ignored: more clauses never make a consequence false.
 */
import type { Clause, Literal } from "./circuit.js";
import type { ClauseSet } from "./clauses.js";

/** Assignment, watches and trail over literals ±1 … ±variables. */
class Propagator {
  private readonly value: Int8Array;
  private readonly watches: Literal[][][];
  private readonly trail: Literal[] = [];
  private head = 0;
  /** The clauses contradict each other by propagation alone. */
  contradiction = false;

  private readonly variables: number;

  constructor(variables: number) {
    this.variables = variables;
    this.value = new Int8Array(2 * variables + 1);
    this.watches = Array.from({ length: 2 * variables + 1 }, () => []);
  }

  /** Adds a clause for good, with what it propagates. */
  add(clause: Clause): void {
    const own = [...new Set(clause)];
    if (own.some((literal) => own.includes(-literal))) return;
    const open = own.filter((literal) => this.of(literal) >= 0);
    if (open.some((literal) => this.of(literal) > 0)) return; // true for good
    const [first, second] = open;
    if (first === undefined) this.contradiction = true;
    else if (second === undefined) this.contradiction ||= !this.propagate([first]);
    else this.watch([...open]);
  }

  /** Whether the negation of `clause` runs into a contradiction; nothing of it stays. */
  follows(clause: Clause): boolean {
    if (this.contradiction) return true;
    const mark = this.trail.length;
    const contradicts = !this.propagate(clause.map((literal) => -literal));
    for (const literal of this.trail.splice(mark)) this.set(literal, 0);
    this.head = mark;
    return contradicts;
  }

  private of(literal: Literal): number {
    return this.value[literal + this.variables] ?? 0;
  }

  private set(literal: Literal, to: -1 | 0 | 1): void {
    this.value[literal + this.variables] = to;
    this.value[-literal + this.variables] = -to;
  }

  private watch(clause: Literal[]): void {
    for (const literal of clause.slice(0, 2)) this.watches[literal + this.variables]?.push(clause);
  }

  /** Assigns the literals and all that follows; false on a contradiction. */
  private propagate(literals: readonly Literal[]): boolean {
    for (const literal of literals) if (!this.assign(literal)) return false;
    while (this.head < this.trail.length) {
      const literal = this.trail[this.head++] ?? 0;
      if (!this.visit(-literal)) return false;
    }
    return true;
  }

  private assign(literal: Literal): boolean {
    const known = this.of(literal);
    if (known === 0) {
      this.set(literal, 1);
      this.trail.push(literal);
    }
    return known >= 0;
  }

  /** The clauses that watch a literal which became false find another or propagate. */
  private visit(literal: Literal): boolean {
    const watching = this.watches[literal + this.variables] ?? [];
    let kept = 0;
    let consistent = true;
    for (const clause of watching) {
      if (consistent && this.moves(clause, literal)) continue;
      watching[kept++] = clause; // behind the reader: the list is compacted in place
      consistent &&= this.assign(clause[0] ?? 0);
    }
    watching.length = kept;
    return consistent;
  }

  /** Keeps the false literal second; true if another literal is watched in its place. */
  private moves(clause: Literal[], literal: Literal): boolean {
    if (clause[0] === literal) [clause[0], clause[1]] = [clause[1] ?? 0, literal];
    if (this.of(clause[0] ?? 0) > 0) return false;
    const at = clause.findIndex((other, k) => k > 1 && this.of(other) >= 0);
    if (at < 0) return false;
    [clause[1], clause[at]] = [clause[at] ?? 0, literal];
    this.watches[(clause[1] ?? 0) + this.variables]?.push(clause);
    return true;
  }
}

/** Whether `proof` shows that no assignment satisfies all clauses. */
export function checkRup({ variables, clauses }: ClauseSet, proof: readonly Clause[]): boolean {
  const propagator = new Propagator(variables);
  for (const clause of clauses) propagator.add(clause);
  for (const clause of proof) {
    if (propagator.contradiction) return true;
    if (clause.some((literal) => literal === 0 || Math.abs(literal) > variables)) return false;
    if (!propagator.follows(clause)) return false;
    propagator.add(clause);
  }
  return propagator.contradiction;
}
