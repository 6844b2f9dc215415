/** Tier, lemmas and error bound in words, for the screen and the verdict page; the weakest comes first. */
import { approximate } from "../../proofs/bounds/fixed.js";
import type { LemmaStage } from "../numeric/lemma-stage.js";

const exact = "T0 bit-exact";

/** The tier of a build: that of its weakest step. */
export function tierName(numeric: LemmaStage | undefined): string {
  if (numeric?.tier !== "T2") return exact;
  return numeric.unbounded === undefined ? "T2 bounded" : "T2 UNBOUNDED: the error of the outputs has no bound";
}

export function tierLine(numeric: LemmaStage | undefined): string {
  if (numeric?.tier !== "T2") return "**Tier T0, bit-exact.** The C in `src/` computes the bits that the model's operators say, NaN being one value.";
  const graph = "The C in `src/` computes the bits that the rewritten graph's operators say (`evidence/lemmas/after.txt`), which over the reals means what the model means.";
  if (numeric.unbounded !== undefined) return `**Tier T2, UNBOUNDED.** ${graph} **How far its outputs are from the model's is not bounded:** ${numeric.unbounded}.`;
  return `**Tier T2, bounded.** ${graph} Its outputs are within the bound below of the model's meaning over the reals, for every input in the box.`;
}

export function boundLines(numeric: LemmaStage | undefined): readonly string[] {
  if (numeric === undefined) return [];
  const used = numeric.steps.length === 0 ? [] : [`lemmas: ${numeric.lemmas.map(({ name }) => `${name} (${numeric.steps.filter(({ lemma }) => lemma === name).length})`).join(", ")}`];
  const bounds = numeric.bound?.outputs.map(({ name, error }) => `output ${name}: within ${approximate(error).toExponential(3)} of the real meaning, for every input in the box`) ?? [];
  return [...used, ...bounds, ...(numeric.unbounded === undefined ? [] : [`no bound: ${numeric.unbounded}`])];
}

export function lemmaLines(numeric: LemmaStage | undefined): readonly string[] {
  if (numeric === undefined || numeric.steps.length === 0) return [];
  const rows = numeric.steps.map(({ lemma, node, detail }) => `| ${lemma} | ${node} | ${detail} |`);
  return ["## Lemmas", "", "Texts and proofs are in `evidence/lemmas`, ranges and errors per node in `evidence/numeric`.", "", "| Lemma | Node | How |", "|---|---|---|", ...rows, ""];
}
