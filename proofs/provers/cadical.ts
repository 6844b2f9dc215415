/**
 * CaDiCaL, a SAT solver on the PATH, as a finder of proofs. It is not trusted: what it
 * says is checked clause by clause (proofs/certificates/rup.ts).
 */
import { Refusal } from "../../ir/prelude.js";
import type { Clause } from "../certificates/circuit.js";
import type { ClauseSet } from "../certificates/clauses.js";
import { parseDrat, printDimacs } from "../certificates/drat.js";
import { checkRup } from "../certificates/rup.js";
import { run } from "./external.js";

/** Conflicts before it gives up; claims about tiled loops need less than 10^4. */
const conflictLimit = 1_000_000;

/** A checked proof that the clauses contradict each other, or why there is none. */
export async function findProof(clauses: ClauseSet): Promise<readonly Clause[] | string> {
  if (checkRup(clauses, [])) return []; // unit propagation alone
  const { code, stdout } = await run("cadical", ["-q", "-n", "--no-binary", "-c", String(conflictLimit), "-", "-"], printDimacs(clauses)).catch(missing);
  const end = stdout.lastIndexOf("s UNSATISFIABLE\n");
  if (code !== 20 || end < 0) return `cadical ended with code ${code}`;
  const proof = parseDrat(stdout.slice(0, end));
  return proof !== undefined && checkRup(clauses, proof) ? proof : "the proof of cadical does not check";
}

function missing(): never {
  throw new Refusal("tool-missing", "solver-missing", "cadical is not on the PATH", undefined, "install the package cadical, or build without --certify");
}
