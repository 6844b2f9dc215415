/** Mutants of the emitted C: single tokens changed (backends/c/mutate.ts), a sample over the files of the small network. */
import { scoreTextMutants } from "../../../backends/c/mutate.js";
import { type MutantRow, mutantRow } from "../row.js";
import { subject } from "../subject.js";

/** Enough for every kind of change in every file; `--text` runs as many as wanted on any model. */
const sample = 150;

export function textMutants(): MutantRow[] {
  const { files } = subject().code.emission;
  return scoreTextMutants(files, sample, 1).map(({ name, kind, killed, by }) => mutantRow("c-text", name, kind, killed ? by : ""));
}
