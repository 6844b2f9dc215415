/**
 * Step 4, the comparison. From what was made anew, every text of the package is
 * printed again: obligations, verdicts, counts, flow facts, the pages for people. A
 * file that differs, is missing or is not expected is a finding; there is no file
 * that is neither compared nor read.
 */
import { posix } from "node:path";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import { manifestPath } from "../evidence/manifest.js";
import { packageTexts } from "../evidence/package-files.js";
import type { PackageTarget } from "../evidence/package-facts.js";
import { toolVersion } from "../evidence/version.js";
import { certificatesPath, checkCertificates } from "./certificates.js";
import { type Finding, altered } from "./finding.js";
import { fieldsOf, listOf, textOf } from "./json.js";
import type { AuditedModel } from "./model.js";
import type { Rebuilt } from "./rebuild.js";
import { recordedLedger } from "./records.js";
import { type Snapshot, textIn } from "./seal.js";

/** What the C of the package says it is. */
export interface Index {
  readonly model: string;
  readonly contract: "separate" | "fused";
}

const schedulePath = "evidence/schedule.json";
/** How the schedule was found; no claim, and the schedule stands for itself. */
const searchPath = "evidence/wcet-search.json";

/** `obligato.json`, as far as the rebuild needs it; the rest of it is printed again and compared. */
export function readIndex(files: Snapshot, findings: Finding[]): Index {
  const index = fieldsOf(textIn(files, "obligato.json"));
  const version = textOf(index.get("obligato"));
  if (version !== toolVersion()) {
    findings.push(altered(`built by obligato ${version || "of no version"}, and this is ${toolVersion()}: claims and texts of other versions differ`, "obligato.json", `audit it with obligato ${version}`));
  }
  return { model: textOf(index.get("model")), contract: index.get("muladd") === "fused" ? "fused" : "separate" };
}

export interface ComparedTexts {
  /** Files that were printed anew. */
  readonly printed: number;
  /** Files that cannot be: the model, the C, programs, witnesses, schedule, certificates; each of them was read. */
  readonly read: number;
  /** Certificates that check; undefined where the package has none. */
  readonly certificates: number | undefined;
  readonly obligations: readonly Obligation[];
  /** Claims of the end-to-end stage that the package does not call proved; they hold by the chain. */
  readonly admitted: ReadonlySet<string>;
}

/** What is compared: the package, its model, and what was made again of its target. */
export interface Compared {
  readonly files: Snapshot;
  readonly model: AuditedModel;
  readonly target: PackageTarget | undefined;
}

export function compareTexts({ files, model, target }: Compared, { stages, read, files: sources }: Rebuilt, { model: name, contract }: Index, findings: Finding[]): ComparedTexts {
  checkSchedule(files, stages.map((stage) => stage.name), contract, findings);
  const recorded = stages.map(({ name: stage, folder, obligations }) => {
    const path = `${folder}/verdicts.json`;
    return recordedLedger(obligations, textIn(files, path), path, stage !== "end-to-end", findings);
  });
  const { files: expected } = packageTexts({
    version: toolVersion(), imported: model.imported, modelFile: model.file, modelBytes: model.bytes, fixDims: model.fixDims, contract,
    schedule: textIn(files, schedulePath),
    search: files.has(searchPath) ? textIn(files, searchPath) : undefined,
    certificates: files.has(certificatesPath) ? textIn(files, certificatesPath) : undefined,
    stages: stages.map((stage, k) => ({ ...stage, ledger: recorded[k]?.ledger ?? [] })),
    numeric: model.numeric,
    code: { model: read.model, files: sources, read },
    failure: undefined,
    target,
  });
  if (name !== read.model) findings.push(altered(`names the code ${name}, and the C is that of ${read.model}`, "obligato.json"));
  for (const [path, text] of expected) compareFile(files.get(path), text, path, findings);
  const known = new Set([...expected.keys(), ...model.paths, manifestPath, ...(target === undefined ? [] : [...files.keys()].filter(isBinary))]);
  for (const path of files.keys()) if (!known.has(path)) findings.push(altered("no part of such a package", posix.normalize(path)));
  const obligations = stages.flatMap((stage) => stage.obligations);
  const certificates = checkCertificates(files, obligations, findings);
  const taken = [...files.keys()].filter(isInput).length;
  return { printed: files.size - taken, read: taken, certificates, obligations, admitted: new Set(recorded.flatMap(({ admitted }) => admitted)) };
}

/** A text that the rebuild starts from: its canonical form is compared, its content is checked. */
function isInput(path: string): boolean {
  return /^(src\/|evidence\/model\/)|\/(program\.loop|witness\.json)$/.test(path) || isBinary(path) || [schedulePath, certificatesPath, searchPath].includes(path);
}

/** Objects and image: what the bounds are about. */
function isBinary(path: string): boolean {
  return /^target\/[^/]+\/[^/]+\.o$|^evidence\/target\/[^/]+\/[^/]+\.elf$/.test(path);
}

function compareFile(found: Uint8Array | undefined, due: string, path: string, findings: Finding[]): void {
  if (found === undefined) return void findings.push(altered("missing", path));
  const bytes = Buffer.from(due);
  if (Buffer.compare(found, bytes) === 0) return;
  const lines = due.split("\n");
  const at = Buffer.from(found).toString("utf8").split("\n").findIndex((line, k) => line !== lines[k]);
  findings.push(altered(`line ${at + 1} is not what follows from the model, the C and the witnesses`, path));
}

/** The schedule is no claim, but it must be one that can have led to these stages. */
function checkSchedule(files: Snapshot, stages: readonly string[], contract: string, findings: Finding[]): void {
  const schedule = fieldsOf(textIn(files, schedulePath));
  const passes = listOf(schedule.get("steps")).map((step) => textOf(fieldsOf(step).get("pass")));
  if (schedule.get("muladd") !== contract) findings.push(altered(`the multiply-add contract is not the ${contract} of the build`, schedulePath));
  let at = 0;
  const unscheduled = stages.filter((stage) => !fixedStages.has(stage)).find((stage) => {
    const next = passes.findIndex((pass, k) => k >= at && (stage === pass || stage.startsWith(`${pass}-`)));
    at = next + 1;
    return next < 0;
  });
  if (unscheduled !== undefined) findings.push(altered(`the stage ${unscheduled} is no step of the schedule, or not in this place`, schedulePath));
}

const fixedStages = new Set(["lemmas", "bound", "import", "reference", "place-apart", "read-back", "end-to-end"]);
