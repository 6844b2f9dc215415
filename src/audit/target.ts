/**
 * Step 4 for a package with a target: from the objects, the linked image and the C, the
 * bounds, the memory map and the flow facts are made again, and the image must hold the
 * code of the objects. That a compiler makes these objects of the C is not checked here
 * (it is assumed of the compiler); the build line of the package makes them again.
 */
import type { ReadBack } from "../../backends/backend.js";
import { cores } from "../../wcet/cores/cores.js";
import type { PackageTarget } from "../evidence/package-facts.js";
import { type CrossTarget, type TargetFacts, analyserFlagsIn, isCrossTarget, targetEvidence, targetFolder, targetTexts } from "../evidence/target-files.js";
import { type Finding, altered, attempt } from "./finding.js";
import { fieldsOf, listOf, textOf } from "./json.js";
import { type Snapshot, textIn } from "./seal.js";

/** Undefined where the package has no target. */
export async function auditTarget(files: Snapshot, read: ReadBack, findings: Finding[]): Promise<PackageTarget | undefined> {
  const path = [...files.keys()].find((file) => /^evidence\/target\/[^/]+\/target\.json$/.test(file));
  if (path === undefined) return undefined;
  const facts = recordedFacts(files, read, path);
  if (facts === undefined) return void findings.push(altered("names a target, core or setting that there is not", path));
  try {
    const found = await targetTexts(facts, read);
    for (const difference of found.differences) findings.push(altered(`not the code of the objects: ${difference}`, `${targetEvidence(facts.target)}/${read.model}.elf`));
    const [unread] = facts.analyser === undefined ? [] : found.reasons;
    if (unread !== undefined) findings.push(altered(`${textOf(facts.analyser)} does not read the image: ${unread}`, path));
    return { facts, found };
  } catch (error) {
    attempt(findings, path, () => {
      throw error;
    });
    return undefined;
  }
}

/** The settings are read; all that follows from them is made again and compared. */
function recordedFacts(files: Snapshot, { model }: ReadBack, path: string): TargetFacts | undefined {
  const fields = fieldsOf(textIn(files, path));
  const target = textOf(fields.get("target"));
  const core = cores.find(({ name }) => name === textOf(fields.get("core")));
  const optimisation = levels.find((level) => level === textOf(fields.get("optimisation")));
  const waits = fieldsOf(fields.get("waitStates"));
  const [flashWaitStates, ramWaitStates] = [Number(waits.get("flashWaitStates")), Number(waits.get("ramWaitStates"))];
  if (!isCrossTarget(target) || core === undefined || optimisation === undefined || ![flashWaitStates, ramWaitStates].every((n) => Number.isSafeInteger(n) && n >= 0)) return undefined;
  const compiler = textOf(fields.get("compiler"));
  const image = files.get(`${targetEvidence(target)}/${model}.elf`);
  const analyser = textOf(fields.get("for")) === "otawa" ? "otawa" : undefined;
  const extra = analyserFlagsIn(listOf(fields.get("flags")).map(textOf));
  const binary = compiler === "" || image === undefined ? undefined : { extra, compiler, image, objects: objectsOf(files, target) };
  return { target, core, optimisation, memory: { flashWaitStates, ramWaitStates }, analyser, binary };
}

const levels: readonly TargetFacts["optimisation"][] = ["O0", "O1", "O2", "O3", "Os"];

/** In the order of a build: that of the sources. */
function objectsOf(files: Snapshot, target: CrossTarget): ReadonlyMap<string, Uint8Array> {
  const folder = `${targetFolder(target)}/`;
  const names = [...files.keys()].filter((path) => path.startsWith(folder) && path.endsWith(".o")).map((path) => path.slice(folder.length));
  const rank = (name: string): number => (name.endsWith("_selftest.o") ? 2 : name.endsWith("_weights.o") ? 1 : 0);
  return new Map(names.toSorted((a, b) => rank(a) - rank(b)).map((name) => [name, files.get(`${folder}${name}`) ?? new Uint8Array()]));
}
