/** The evidence of lemmas and bounds: what was asked, every lemma's own problems, the graphs before and after, the certificate. */
import { approximate, printFraction } from "../../proofs/bounds/fixed.js";
import type { Bound } from "../../proofs/bounds/bound.js";
import { type LemmaStage, problemFile } from "../numeric/lemma-stage.js";
import { printModelSummary } from "./model-summary.js";

interface File {
  readonly path: string;
  readonly text: string;
}

export function numericFiles(stage: LemmaStage): readonly File[] {
  const asked = { ...stage.request, steps: stage.steps };
  const files: File[] = [{ path: "evidence/numeric/request.json", text: `${JSON.stringify(asked, null, 1)}\n` }];
  for (const lemma of stage.lemmas) {
    const { name, tier, statement, conditions, invariant } = lemma;
    files.push({ path: `evidence/lemmas/${name}/lemma.json`, text: `${JSON.stringify({ name, tier, statement, conditions, invariant }, null, 1)}\n` });
    for (const problem of lemma.proofs) files.push({ path: `evidence/lemmas/${problemFile(lemma, problem.name)}`, text: problem.text });
  }
  if (stage.steps.length > 0) {
    files.push({ path: "evidence/lemmas/before.txt", text: printModelSummary(stage.original) });
    files.push({ path: "evidence/lemmas/after.txt", text: printModelSummary(stage.graph) });
  }
  if (stage.bound !== undefined) files.push({ path: "evidence/numeric/bound.json", text: certificate(stage.bound) });
  if (stage.distance !== undefined) files.push({ path: "evidence/numeric/distance.json", text: distances(stage.distance) });
  return files;
}

/** Per group and output, in steps or in value, as exact fractions. */
function distances({ groups, outputs }: NonNullable<LemmaStage["distance"]>): string {
  const rows = groups.map(({ name, op, steps, near, of, rounding, gain }) => JSON.stringify({ group: name, op, steps, near, of, rounding: printFraction(rounding), gain: printFraction(gain) }));
  const ends = outputs.map(({ name, integer, distance, whole }) => JSON.stringify({ output: name, in: integer ? "steps" : "value", distance: distance === undefined ? null : printFraction(distance), whole }));
  return `{"schema": "obligato-distance/1", "outputs": [\n${ends.join(",\n")}\n], "groups": [\n${rows.join(",\n")}\n]}\n`;
}

/** Per node and cell: range of the exact value, propagated and introduced error, as exact fractions. */
export function certificate({ nodes, outputs }: Bound): string {
  const rows = nodes.map(({ node, outputs: results }) => JSON.stringify({
    node: node.name, op: node.op,
    results: results.map(({ shape, by, cells }, k) => ({
      tensor: node.outputs[k], shape, by,
      low: cells.map(({ low }) => printFraction(low)), high: cells.map(({ high }) => printFraction(high)),
      propagated: cells.map(({ propagated }) => printFraction(propagated)), introduced: cells.map(({ introduced }) => printFraction(introduced)),
    })),
  }));
  const ends = outputs.map(({ name, error }) => JSON.stringify({ output: name, bound: printFraction(error), approximately: approximate(error) }));
  return `{"schema": "obligato-bound/1", "outputs": [\n${ends.join(",\n")}\n], "nodes": [\n${rows.join(",\n")}\n]}\n`;
}
