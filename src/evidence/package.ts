/**
 * The evidence of a build, file by file, and the manifest that seals it. Everything a
 * reviewer needs and nothing that differs between two builds of one model: no times,
 * no host, no absolute path.
 */
import { createHash } from "node:crypto";
import { printProgram } from "../../ir/loop/print.js";
import { printTensorType, bytesOfElements } from "../../ir/tensor/tensor.js";
import { aisAnnotations, annotateSource } from "../../wcet/export/ais.js";
import { printFfx } from "../../wcet/export/ffx.js";
import { printFlowFacts } from "../../wcet/facts/flow-facts.js";
import type { BuildResult, StageRecord } from "../driver.js";
import type { Code } from "../emit-code.js";
import { defaultSchedule, printSchedule } from "../schedule.js";
import { type Certificates, printCertificates } from "./certificates.js";
import { countLedger } from "./counts.js";
import { memoryOf } from "./memory.js";
import { numericFiles } from "./numeric-files.js";
import { printModelSummary } from "./model-summary.js";
import { type ObligationWriter, obligationWriter } from "./obligation-files.js";
import type { OutputDirectory } from "./output-directory.js";
import { toolVersion } from "./version.js";
import { verdictPage } from "./verdict-page.js";
import { printWitness } from "./witness-text.js";

export interface ManifestEntry {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly role: string;
}

/** What was written, for the screen. */
export interface WrittenPackage {
  readonly files: readonly ManifestEntry[];
  readonly distinct: { readonly obligations: number; readonly covers: number };
}

type Put = (path: string, role: string, content: string) => void;

/** Code (if there is any), evidence and manifest. */
export function writePackage(result: BuildResult, into: OutputDirectory, certificates: Certificates = new Map()): WrittenPackage {
  const files: ManifestEntry[] = [];
  const put: Put = (path, role, content) => {
    into.put(path, content);
    const bytes = Buffer.byteLength(content);
    files.push({ path, sha256: createHash("sha256").update(content).digest("hex"), bytes, role });
  };
  if (result.code !== undefined) putCode(result, result.code, put);
  putModel(result, put);
  if (result.numeric !== undefined) for (const { path, role, text } of numericFiles(result.numeric)) put(path, role, text);
  const writer = obligationWriter((path, role, text) => put(path, role, text));
  result.stages.forEach((stage, k) => putStage(stage, k, writer, put));
  if (certificates.size > 0) put("evidence/certificates.txt", "certificates", printCertificates(certificates));
  const counts = countLedger(result.stages.flatMap(({ ledger }) => ledger));
  put("evidence/counts.json", "counts", json({ ...counts, distinct: writer.distinct() }));
  put("evidence/VERDICT.md", "verdict", verdictPage(result, counts, toolVersion()));
  const sealed = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  into.put("evidence/MANIFEST.json", manifestText(sealed));
  return { files: sealed, distinct: writer.distinct() };
}

/** One line per file. */
function manifestText(files: readonly ManifestEntry[]): string {
  return `{"schema": "obligato-manifest/1", "files": [\n${files.map((entry) => JSON.stringify(entry)).join(",\n")}\n]}\n`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** `obligato.json` is what `run` and `prove` read first. */
function putCode(result: BuildResult, { model, emission, read, facts }: Code, put: Put): void {
  const { graph, digest } = result.imported;
  for (const { name, text } of emission.files) put(`src/${name}`, "source", text);
  const sources = Object.fromEntries(emission.files.map(({ name, text }) => [name, sha256(text)]));
  const about = {
    schema: "obligato-build/1", obligato: toolVersion(), model, modelDigest: digest, tier: result.numeric?.tier ?? "T0", muladd: result.request.contract,
    inputs: graph.inputs.map(typed), outputs: graph.outputs.map(typed), sources, memory: memoryOf(read.program),
  };
  put("obligato.json", "index", json(about));
  put("evidence/flow-facts/flow-facts.json", "flow facts", printFlowFacts(facts));
  put(`evidence/flow-facts/${model}.ffx`, "flow facts", printFfx(facts, emission.loopLines));
  const annotations = aisAnnotations(facts, emission.loopLines);
  const source = emission.files.find(({ name }) => name === `${model}.c`);
  if (source !== undefined) put(`evidence/flow-facts/${model}.ais.c`, "flow facts", annotateSource(source.text, source.name, annotations));
}

function typed({ name, type, shape }: { readonly name: string; readonly type: string; readonly shape: readonly number[] }): unknown {
  return { name, type, shape };
}

function putModel(result: BuildResult, put: Put): void {
  const { imported, request, steps } = result;
  const { graph } = imported;
  const model = {
    sha256: imported.digest, external: Object.fromEntries(imported.externalDigests), irVersion: imported.irVersion,
    opsets: Object.fromEntries(imported.opsets), producer: imported.producer,
    fixDims: Object.fromEntries(request.fixDims), findings: imported.findings,
    inputs: graph.inputs.map(typed), outputs: graph.outputs.map(typed),
    tensors: Object.fromEntries([...graph.constants].map(([name, { type, shape }]) => [name, { type, shape }])),
  };
  put("evidence/model.json", "model", json(model));
  put("evidence/model.txt", "model", printModelSummary(graph));
  const used = { ...defaultSchedule(), muladd: request.contract, steps: steps.map(({ pass, options }) => ({ pass: pass.name, options })), lemmas: request.numeric?.lemmas ?? [] };
  put("evidence/schedule.json", "schedule", printSchedule(used));
  const weights = [...graph.constants].map(([name, tensor]) => ({ name, type: printTensorType(tensor), sha256: sha256(bytesOfElements(tensor.data)), derived: graph.derived.get(name)?.op ?? null }));
  put("evidence/weights.json", "weights", `[\n${weights.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`);
}

/** Folder of a stage: its number in the chain and its name. */
export function stageFolder(name: string, k: number): string {
  return `evidence/stages/${String(k).padStart(2, "0")}-${name}`;
}

function putStage({ name, program, witness, obligations, ledger }: StageRecord, k: number, writer: ObligationWriter, put: Put): void {
  const folder = stageFolder(name, k);
  if (program !== undefined) put(`${folder}/program.loop`, "program", printProgram(program));
  if (witness !== undefined) put(`${folder}/witness.json`, "witness", printWitness(witness));
  const lines = obligations.map((o, at) => {
    const { claim, cover } = writer.add(o, folder);
    const line = ledger[at];
    const verdict = line?.verdict ?? { kind: "unknown", why: "not asked", detail: "" };
    const found = line?.cover === undefined ? undefined : { expected: line.cover.expected, found: line.cover.found, by: line.cover.by, file: cover };
    const kept = claim === undefined ? { detail: o.kind === "ground" ? o.detail : "" } : { file: claim };
    return JSON.stringify({ id: o.id, rule: o.rule, question: o.question, sentence: o.sentence, node: o.subject.node, verdict, cover: found, ...kept });
  });
  put(`${folder}/verdicts.json`, "verdicts", `[\n${lines.join(",\n")}\n]\n`);
}
