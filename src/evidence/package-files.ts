/**
 * The texts of a built directory as functions of what they are about. A build prints
 * them from what it made; an audit prints them again from what it made anew, and
 * compares. Nothing here differs between two builds of one model: no times, no host,
 * no absolute path.
 */
import type { Graph } from "../../ir/graph/graph.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { printProgram } from "../../ir/loop/print.js";
import { bytesOfElements, printTensorType } from "../../ir/tensor/tensor.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import { annotated } from "../../wcet/export/source-format.js";
import { aisComments } from "../../wcet/export/source-formats.js";
import { printSourceFfx } from "../../wcet/export/source-ffx.js";
import { flowFactsInCode, flowFactsOf, printFlowFacts } from "../../wcet/facts/flow-facts.js";
import { type Counted, countLedger } from "./counts.js";
import { fixedRecords, fixedTexts } from "./fixed-inputs.js";
import { sha256 } from "./manifest.js";
import { memoryOf } from "./memory.js";
import { printModelSummary } from "./model-summary.js";
import { numericFiles } from "./numeric-files.js";
import { type ObligationFiles, obligationWriter } from "./obligation-files.js";
import { type PackageCode, type PackageFacts, stageFolder } from "./package-facts.js";
import { verdictPage } from "./verdict-page.js";
import { printWitness } from "./witness-text.js";

export interface PackageTexts {
  /** By path; everything but the model's files and the manifest. */
  readonly files: ReadonlyMap<string, string>;
  readonly distinct: { readonly obligations: number; readonly covers: number };
}

export function packageTexts(facts: PackageFacts): PackageTexts {
  const files = new Map<string, string>();
  const put = (path: string, text: string): unknown => files.set(path, text);
  if (facts.code !== undefined) putCode(facts, facts.code, put);
  for (const [path, text] of facts.target?.found.texts ?? []) put(path, text);
  put("evidence/model.json", modelText(facts));
  for (const [path, text] of fixedTexts(facts.imported.graph)) put(path, text);
  put("evidence/model.txt", printModelSummary(facts.imported.graph));
  put("evidence/weights.json", weightsText(facts.imported.graph));
  put("evidence/schedule.json", facts.schedule);
  if (facts.numeric !== undefined) for (const { path, text } of numericFiles(facts.numeric)) put(path, text);
  const writer = obligationWriter(put);
  facts.stages.forEach((stage, k) => {
    const folder = stageFolder(stage.name, k);
    if (stage.program !== undefined) put(`${folder}/program.loop`, printProgram(stage.program));
    if (stage.witness !== undefined) put(`${folder}/witness.json`, printWitness(stage.witness));
    const lines = stage.obligations.map((o, at) => verdictLine(o, writer.add(o, folder), stage.ledger[at]));
    put(`${folder}/verdicts.json`, linesText(lines));
  });
  if (facts.certificates !== undefined) put("evidence/certificates.txt", facts.certificates);
  if (facts.search !== undefined) put("evidence/wcet-search.json", facts.search);
  const counts = countLedger(facts.stages.flatMap(({ ledger }) => ledger));
  put("evidence/counts.json", json({ ...counts, distinct: writer.distinct() }));
  const digestIn = (path: string): string | undefined => digestOf(files.get(path));
  put("evidence/VERDICT.md", verdictPage(facts, counts, digestIn));
  return { files, distinct: writer.distinct() };
}

function digestOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : sha256(text);
}

type Put = (path: string, text: string) => void;

/** `obligato.json` is what `run`, `prove` and `audit` read first. */
function putCode({ version, imported, contract, numeric }: PackageFacts, { model, files, read }: PackageCode, put: Put): void {
  const { graph, digest } = imported;
  for (const { name, text } of files) put(`src/${name}`, text);
  const sources = Object.fromEntries(files.map(({ name, text }): [string, string] => [name, sha256(text)]).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  put("obligato.json", json({
    schema: "obligato-build/1", obligato: version, model, modelDigest: digest, tier: numeric?.tier ?? "T0", muladd: contract, floatCompare: read.floatCompare,
    inputs: graph.inputs.map(typed), outputs: graph.outputs.map(typed), sources, memory: memoryOf(read.program),
  }));
  const facts = flowFactsOf(read.program);
  const lines = new Map(read.bounds.map(({ loop, file, line, called }) => [loop, called === true ? undefined : { file, line }]));
  put("evidence/flow-facts/flow-facts.json", printFlowFacts(facts));
  put(`evidence/flow-facts/${model}.ffx`, printSourceFfx(flowFactsInCode(facts, codeFactsOf(read.program)), lines));
  const source = files.find(({ name }) => name === `${model}.c`);
  if (source !== undefined) put(`evidence/flow-facts/${model}.ais.c`, annotated(aisComments, source.text, read.bounds.filter(({ called }) => called !== true)));
}

function modelText({ imported, modelFile, fixDims }: PackageFacts): string {
  const { graph } = imported;
  const fixed = fixedRecords(graph);
  return json({
    file: modelFile, sha256: imported.digest, external: Object.fromEntries(imported.externalDigests), irVersion: imported.irVersion,
    opsets: Object.fromEntries(imported.opsets), producer: imported.producer,
    fixDims: Object.fromEntries(fixDims), ...(fixed.length === 0 ? {} : { fixInputs: fixed }), findings: imported.findings,
    inputs: graph.inputs.map(typed), outputs: graph.outputs.map(typed),
    ...(graph.boundedOutputs === undefined ? {} : { boundedOutputs: Object.fromEntries(graph.boundedOutputs) }),
    tensors: Object.fromEntries([...graph.constants].map(([name, { type, shape }]) => [name, { type, shape }])),
  });
}

function weightsText({ constants, derived }: Graph): string {
  return linesText([...constants].map(([name, tensor]) => JSON.stringify({
    name, type: printTensorType(tensor), sha256: sha256(bytesOfElements(tensor.data)), derived: derived.get(name)?.op ?? null,
  })));
}

/** One claim: what it says, what was found and by whom, and the files of its question. */
function verdictLine(o: Obligation, { claim, cover }: ObligationFiles, line: Counted | undefined): string {
  const verdict = line?.verdict ?? { kind: "unknown", why: "not asked", detail: "" };
  const found = line?.cover === undefined ? undefined : { expected: line.cover.expected, found: line.cover.found, by: line.cover.by, file: cover };
  const kept = claim === undefined ? { detail: o.kind === "ground" ? o.detail : "" } : { file: claim };
  return JSON.stringify({ id: o.id, rule: o.rule, question: o.question, sentence: o.sentence, node: o.subject.node, verdict, cover: found, ...kept });
}

function typed({ name, type, shape }: { readonly name: string; readonly type: string; readonly shape: readonly number[] }): unknown {
  return { name, type, shape };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function linesText(lines: readonly string[]): string {
  return `[\n${lines.join(",\n")}\n]\n`;
}
