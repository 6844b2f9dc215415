/** Tier, lemmas and error bound in words, for the screen and the verdict page; the weakest comes first. */
import { approximate } from "../../proofs/bounds/fixed.js";
import { type LemmaStage, countOfSteps, distanceSentence } from "../numeric/lemma-stage.js";

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
  if (numeric.distance !== undefined) return `**Tier T2, bounded.** ${graph} Its distance from the model's own results, by group and by output, is below.`;
  return `**Tier T2, bounded.** ${graph} Its outputs are within the bound below of the model's meaning over the reals, for every input in the box.`;
}

export function boundLines(numeric: LemmaStage | undefined): readonly string[] {
  if (numeric === undefined) return [];
  const used = numeric.steps.length === 0 ? [] : [`lemmas: ${numeric.lemmas.map(({ name }) => `${name} (${numeric.steps.filter(({ lemma }) => lemma === name).length})`).join(", ")}`];
  const bounds = numeric.bound?.outputs.map(({ name, error }) => `output ${name}: within ${approximate(error).toExponential(3)} of the real meaning, for every input in the box`) ?? [];
  const distances = numeric.distance === undefined ? [] : [groupsLine(numeric.distance.groups), ...numeric.distance.outputs.map((output) => `output ${output.name}: ${distanceSentence(output)}, for every input`)];
  return [...used, ...bounds, ...distances, ...(numeric.unbounded === undefined ? [] : [`no bound: ${numeric.unbounded}`])];
}

/** How many groups are exact, and how near the others are for equal operands. */
function groupsLine(groups: NonNullable<LemmaStage["distance"]>["groups"]): string {
  const exactly = groups.filter(({ steps }) => steps === 0).length;
  const others = groups.filter(({ steps }) => steps > 0);
  const [near, of] = [others.reduce((sum, each) => sum + each.near, 0), others.reduce((sum, each) => sum + each.of, 0)];
  const rest = others.length === 0 ? "" : `, ${others.length} within ${countOfSteps(Math.max(...others.map(({ steps }) => steps)))} for equal operands (${near} of ${of} sums can differ)`;
  return `groups: ${exactly} exact${rest}`;
}

export function lemmaLines(numeric: LemmaStage | undefined): readonly string[] {
  if (numeric === undefined || numeric.steps.length === 0) return [];
  const rows = numeric.steps.map(({ lemma, node, detail }) => `| ${lemma} | ${node} | ${detail} |`);
  return ["## Lemmas", "", "Texts and proofs are in `evidence/lemmas`, ranges and errors per node in `evidence/numeric`.", "", "| Lemma | Node | How |", "|---|---|---|", ...rows, ""];
}
