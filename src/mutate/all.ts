/** Every kind of mutant in one run, kind by kind. */
import { flowFactMutants } from "./kinds/flow-facts.js";
import { kernelMutants } from "./kinds/kernel.js";
import { importMutants } from "./kinds/normal-forms.js";
import { lemmaMutants } from "./kinds/lemmas.js";
import { meaningMutants } from "./kinds/meanings.js";
import { solverMutants } from "./kinds/solver.js";
import { textMutants } from "./kinds/text.js";
import { tileMutants } from "./kinds/tiles.js";
import { weightMutants } from "./kinds/weights.js";
import { witnessMutants } from "./kinds/witness.js";
import { runCatalogue } from "./index.js";
import { type MutantKind, type MutantRow, mutantKinds } from "./row.js";

export interface MutationOptions {
  /** Solver instances at once. */
  readonly jobs: number;
  /** Kinds to run; all if absent. */
  readonly kinds?: readonly MutantKind[];
  /** Called as a kind begins. */
  readonly onKind?: (kind: MutantKind) => void;
}

type Run = (jobs: number) => readonly MutantRow[] | Promise<readonly MutantRow[]>;

const runs: Readonly<Record<MutantKind, Run>> = {
  pass: (jobs) => runCatalogue({ jobs }),
  witness: witnessMutants,
  kernel: kernelMutants,
  solver: solverMutants,
  import: importMutants,
  meaning: meaningMutants,
  weights: weightMutants,
  "c-text": textMutants,
  "flow-facts": flowFactMutants,
  lemma: () => [...lemmaMutants(), ...tileMutants()],
};

export async function runMutants({ jobs, kinds = mutantKinds, onKind }: MutationOptions): Promise<MutantRow[]> {
  const rows: MutantRow[] = [];
  for (const kind of kinds) {
    onKind?.(kind);
    rows.push(...await runs[kind](jobs));
  }
  return rows;
}
