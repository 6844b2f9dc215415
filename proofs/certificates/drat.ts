/** Clauses and proofs as text: DIMACS in, DRAT out. The text of a proof is not trusted, only what the checker makes of it. */
import type { Clause } from "./circuit.js";
import type { ClauseSet } from "./clauses.js";

export function printDimacs({ variables, clauses }: ClauseSet): string {
  return `p cnf ${variables} ${clauses.length}\n${printClauses(clauses)}`;
}

export function printClauses(clauses: readonly Clause[]): string {
  return clauses.map((clause) => `${[...clause, 0].join(" ")}\n`).join("");
}

/** The clauses that a proof adds; undefined if a line is none of DRAT. */
export function parseDrat(text: string): readonly Clause[] | undefined {
  const added: Clause[] = [];
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("d ")) continue;
    if (!/^(-?[1-9][0-9]{0,8} )*0$/.test(line)) return undefined;
    added.push(line.split(" ").slice(0, -1).map(Number));
  }
  return added;
}
