/**
 * The evidence of a build, file by file, and the manifest that seals it: everything a
 * reviewer needs, the model itself included, and nothing that differs between two
 * builds of one model.
 */
import { readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { Refusal, invariant } from "../../ir/prelude.js";
import type { BuildResult, Failure } from "../driver.js";
import { defaultSchedule, printSchedule } from "../schedule.js";
import { type Certificates, printCertificates } from "./certificates.js";
import { type ManifestEntry, entryOf, manifestPath, manifestText, roleOf, sha256 } from "./manifest.js";
import type { OutputDirectory } from "./output-directory.js";
import type { FailureTexts, PackageFacts, PackageTarget } from "./package-facts.js";
import { packageTexts } from "./package-files.js";
import { targetEvidence, targetFolder } from "./target-files.js";
import { toolVersion } from "./version.js";

/** What was written, for the screen. */
export interface WrittenPackage {
  readonly files: readonly ManifestEntry[];
  readonly distinct: { readonly obligations: number; readonly covers: number };
}

/** What a build was asked for besides. */
export interface Additions {
  readonly certificates?: Certificates;
  readonly target?: PackageTarget | undefined;
  /** The record of a search for the schedule. */
  readonly search?: string | undefined;
}

/** Code (if there is any), evidence and manifest. Throws a Refusal where the model's files changed since they were read. */
export function writePackage(result: BuildResult, into: OutputDirectory, { certificates = new Map(), target, search }: Additions = {}): WrittenPackage {
  const sealed: ManifestEntry[] = [];
  const put = (path: string, content: string | Uint8Array): void => {
    invariant(roleOf(path) !== undefined, `${path} has no role: give it one in manifest.ts`);
    into.put(path, content);
    sealed.push(entryOf(path, content));
  };
  const model = modelFiles(result);
  const { files, distinct } = packageTexts({ ...factsOf(result, [...model.values()][0]?.length ?? 0), certificates: certificates.size > 0 ? printCertificates(certificates) : undefined, target, search });
  for (const [path, content] of [...model, ...files, ...binaryFiles(result, target)]) put(path, content);
  into.put(manifestPath, manifestText(sealed));
  return { files: sealed.toSorted((a, b) => (a.path < b.path ? -1 : 1)), distinct };
}

/** The objects that a user links, and the image that was analysed. */
function binaryFiles({ code }: BuildResult, target: PackageTarget | undefined): readonly (readonly [string, Uint8Array])[] {
  if (code === undefined || target?.facts.binary === undefined) return [];
  const { target: name, binary: { objects, image } } = target.facts;
  return [...[...objects].map(([file, bytes]) => [`${targetFolder(name)}/${file}`, bytes] as const), [`${targetEvidence(name)}/${code.model}.elf`, image]];
}

function factsOf({ imported, request, steps, stages, code, failure, outcome, numeric }: BuildResult, modelBytes: number): Omit<PackageFacts, "certificates" | "target" | "search"> {
  const used = { ...defaultSchedule(), muladd: request.contract, steps: steps.map(({ pass, options }) => ({ pass: pass.name, options })), lemmas: request.numeric?.lemmas ?? [] };
  return {
    version: toolVersion(), imported, modelFile: basename(request.model), modelBytes, fixDims: request.fixDims, contract: request.contract,
    schedule: printSchedule(used), stages, numeric,
    code: code === undefined || outcome !== "proved" ? undefined : { model: code.model, files: code.emission.files, read: code.read },
    failure: failure === undefined ? undefined : failureTexts(failure, outcome),
  };
}

function failureTexts({ stage, lines, replay }: Failure, outcome: string): FailureTexts {
  const seen = replay === undefined ? undefined : replay.kind === "confirmed" ? `Replayed (${replay.vector}): ${replay.what}` : `Not replayed: ${replay.why}`;
  return { stage, outcome, claims: lines.map(({ id, verdict }) => ({ id, kind: verdict.kind })), replay: seen };
}

/** The model and its external data by path, the model first, under their own names so that the one finds the other. */
function modelFiles({ request, imported }: BuildResult): ReadonlyMap<string, Uint8Array> {
  const wanted = new Map([[basename(request.model), imported.digest], ...imported.externalDigests]);
  return new Map([...wanted].map(([location, digest]) => {
    const bytes = readFileSync(join(dirname(request.model), location));
    if (sha256(bytes) !== digest) throw new Refusal("usage", "stale", `${location} changed during the build`, request.model, "build it again");
    return [posix.join("evidence/model", location), bytes];
  }));
}
