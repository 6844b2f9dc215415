/**
 * Lemmas and the bound of the error, where the build used any: made again from the model
 * and what was asked for, the files compared, and the lemmas' own problems put to both
 * solvers.
 */
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { startCvc5Session } from "../../proofs/provers/cvc5-session.js";
import type { StartSolver } from "../../proofs/provers/solver.js";
import { startZ3 } from "../../proofs/provers/z3.js";
import { numericAgain } from "../evidence/numeric-again.js";
import type { LemmaStage } from "../numeric/lemma-stage.js";
import { type Finding, altered, attempt, open, refuted } from "./finding.js";
import type { AuditedModel } from "./model.js";
import type { Snapshot } from "./seal.js";

export const requestPath = "evidence/numeric/request.json";

const solvers: readonly (readonly [name: string, start: StartSolver])[] = [["Z3", () => startZ3()], ["cvc5", () => startCvc5Session({ silenceMs: 120_000 })]];

export interface LemmaTask {
  readonly folder: string;
  readonly model: AuditedModel;
  readonly contract: MulAddContract;
  readonly offline: boolean;
}

/** The model as the chain starts from it; undefined where the rewriting could not be made again. */
export async function checkLemmas(files: Snapshot, { folder, model, contract, offline }: LemmaTask, findings: Finding[]): Promise<AuditedModel | undefined> {
  if (!files.has(requestPath)) return model;
  if (offline) {
    findings.push(open("lemmas and bounds are checked with solvers", requestPath, "audit without --offline"));
    return undefined;
  }
  let made: LemmaStage | undefined;
  for (const [solver, start] of solvers) {
    const stage = await again(folder, model, contract, start, findings);
    if (stage === undefined) return undefined;
    for (const [id, { kind }] of stage.verdicts) {
      if (kind === "refuted") findings.push(refuted(`${solver} refutes ${id}`, requestPath));
      if (kind === "unknown") findings.push(open(`${solver} does not decide ${id}`, requestPath, "allow it more time, or build without the lemma"));
    }
    made ??= stage;
  }
  return made === undefined ? undefined : { ...model, numeric: made, imported: { ...model.imported, graph: made.graph } };
}

async function again(folder: string, { imported }: AuditedModel, contract: MulAddContract, start: StartSolver, findings: Finding[]): Promise<LemmaStage | undefined> {
  const outcome = await numericAgain(folder, imported.graph, contract, start).then((stage) => ({ stage }), (error: unknown) => ({ error }));
  if ("stage" in outcome) {
    if (outcome.stage === undefined) findings.push(altered("cannot be read", requestPath));
    return outcome.stage;
  }
  return attempt(findings, requestPath, () => {
    throw outcome.error;
  });
}
