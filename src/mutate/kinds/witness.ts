/**
 * Mutants of witnesses: on every stage of the small network, one case of φ, of a
 * producer or of a last store is dropped, exchanged, shifted, widened. The program
 * stays right, so a mutant is a false story about a true one: some obligation must
 * fail. A mutant that still tells the truth is found by evaluating both stories at
 * every instance, which needs no solver and no kernel.
 */
import { printFormula } from "../../../proofs/encode/formula.js";
import { type CheckedStage, type Established, beginChain, checkStage } from "../../../proofs/kernel/kernel.js";
import type { Obligation } from "../../../proofs/kernel/obligation.js";
import type { Witness } from "../../../proofs/kernel/witness.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { type MutantRow, mutantRow } from "../row.js";
import { type SubjectStage, subject } from "../subject.js";
import { sameStory } from "./story.js";
import { type WitnessEdit, witnessEdits } from "./witness-edits.js";

/** A stage with what the kernel makes of its own witness. */
interface Checked {
  readonly stage: SubjectStage;
  readonly before: Established;
  readonly due: ReadonlyMap<string, string>;
}

export async function witnessMutants(jobs: number): Promise<MutantRow[]> {
  const { model, reference } = subject();
  let { established } = beginChain({ stage: "reference", model }, reference.program, reference.dataflow);
  const rows: MutantRow[] = [];
  for (const stage of subject().stages) {
    const own = check(stage, established, stage.witness);
    const checked = { stage, before: established, due: textsOf(own.obligations) };
    for (const edit of witnessEdits(stage)) rows.push(await rowOf(checked, edit, jobs));
    established = own.established;
  }
  return rows;
}

function check({ name, after }: SubjectStage, before: Established, witness: Witness): CheckedStage {
  return checkStage({ stage: name, model: subject().model }, before, after, witness);
}

/** Only what the edit changed is asked: the rest is proved whenever the network is. */
async function rowOf({ stage, before, due }: Checked, { name, bug, witness }: WitnessEdit, jobs: number): Promise<MutantRow> {
  const { obligations } = check(stage, before, witness);
  const texts = textsOf(obligations);
  const changed = obligations.filter(({ id }) => texts.get(id) !== due.get(id));
  const lines = await discharge(changed, { jobs, solver: "auto" });
  const open = lines.find(({ verdict }) => verdict.kind === "refuted") ?? lines.find(({ verdict }) => verdict.kind !== "proved");
  const more = open === undefined ? equivalence(stage, witness) : { rules: [...new Set(lines.filter(({ verdict }) => verdict.kind !== "proved").map(({ rule }) => rule))] };
  return mutantRow("witness", `${stage.name}.${name}`, bug, open?.id ?? "", more);
}

function equivalence(stage: SubjectStage, witness: Witness): Partial<MutantRow> {
  const points = sameStory(stage, witness);
  return points === undefined ? {} : { equivalent: `names the same instance at all ${points} instances and output elements` };
}

/** Identifier and formula; two obligations with one text are one question. */
function textsOf(obligations: readonly Obligation[]): ReadonlyMap<string, string> {
  return new Map(obligations.map((o) => [o.id, o.kind === "ground" ? `${o.holds}` : [o.cover, ...o.premises.map(printFormula), printFormula(o.goal)].join("\n")]));
}
