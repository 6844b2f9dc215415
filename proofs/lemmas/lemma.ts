/**
 * What a lemma is: an algebraic statement with side conditions, proved once as SMT-LIB
 * problems that stand for themselves (`unsat` is the proof), beside wrong versions of
 * it that must be satisfiable. A step of a build may use a lemma if its side
 * conditions hold there; each of them is then an obligation of the build.
 */

/** One problem for any solver: the negation of what it says. */
export interface Problem {
  /** Unique in its lemma; also the name of its file. */
  readonly name: string;
  /** What `unsat` proves, or `sat` shows. */
  readonly says: string;
  readonly text: string;
  /** How many assertions a solver that read all of it holds. */
  readonly assertions: number;
}

export interface Lemma {
  readonly name: string;
  /** T0: the bits are equal. T2: equal over the reals; a bound on the error goes with it. */
  readonly tier: "T0" | "T2";
  readonly statement: string;
  /** What has to hold where it is used. */
  readonly conditions: readonly string[];
  /** What stays true of the accumulator from step to step, "" without a fold. */
  readonly invariant: string;
  /** Whether a build can ask for it; the others are for proofs to come. */
  readonly usable: boolean;
  /** Each must be unsat. */
  readonly proofs: readonly Problem[];
  /** The lemma with a mistake in it; each must be sat. */
  readonly wrong: readonly Problem[];
}

/** A problem from its logic, declarations (`name sort`, or a whole command) and assertions. */
export function problem(name: string, says: string, logic: string, declared: readonly string[], asserted: readonly string[]): Problem {
  const declarations = declared.map((text) => (text.startsWith("(") ? text : `(declare-fun ${text.replace(" ", " () ")})`));
  const lines = [`; ${says}`, `(set-logic ${logic})`, ...declarations, ...asserted.map((term) => `(assert ${term})`), "(check-sat)"];
  return { name, says, text: `${lines.join("\n")}\n`, assertions: asserted.length };
}
