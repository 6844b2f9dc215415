/**
 * SARIF 2.1.0 (OASIS): one result per claim that is not proved, and one per stage, rule
 * and ONNX node for those that are. A result is at its node (logical location) and, where
 * C was written, at the line of its statement; else at the model. Fingerprints depend on
 * the claim alone, so a result is known again in the next run.
 */
import { createHash } from "node:crypto";
import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { ruleTexts } from "../evidence/rules.js";
import { toolVersion } from "../evidence/version.js";
import { type CheckedBuild, type Outcome, type ReportedClaim, type SourcePlace, claimsOf, outcomeOf, provedGroups, sourcePlaces } from "./checked.js";

export function printSarif(build: CheckedBuild): string {
  const claims = claimsOf(build);
  const where: Where = { target: build.target, places: sourcePlaces(build) };
  const open = claims.filter((claim) => outcomeOf(claim) !== "pass");
  const rules = Object.entries(ruleTexts).map(([id, text]) => ruleOf(id, text));
  const run = {
    tool: { driver: { name: "obligato", version: toolVersion(), semanticVersion: toolVersion(), rules } },
    invocations: [invocationOf(build)],
    artifacts: artifactsOf(build),
    columnKind: "utf16CodeUnits",
    results: [...open.map((claim) => claimResult(where, claim)), ...provedGroups(claims).map((group) => result(where, {
      rule: group.rule, kind: "pass", node: group.node, statement: group.statement, key: `${group.stage}/${group.rule}/${group.node}`,
      text: `${group.stage}: ${group.count} ${group.count === 1 ? "claim" : "claims"} of rule ${group.rule} (${ruleTexts[group.rule].name}) proved.`,
    }))],
  };
  const log = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
  return `${JSON.stringify(log, null, 1)}\n`;
}

interface Where {
  readonly target: string;
  readonly places: ReadonlyMap<string, SourcePlace>;
}

type RuleText = (typeof ruleTexts)[keyof typeof ruleTexts];

function ruleOf(id: string, { name, sentence, formula }: RuleText): object {
  return {
    id, name: name.replaceAll(/(?:^| )(\w)/g, (_all, letter: string) => letter.toUpperCase()),
    shortDescription: { text: sentence }, fullDescription: { text: `${sentence} In a formula: ${formula}` },
    help: { text: `obligato explain ${id}` }, defaultConfiguration: { level: "error" },
  };
}

/** A refusal is a notification of the tool; a claim that fails is a result, and the tool did its work. */
function invocationOf({ exit, refusal }: CheckedBuild): object {
  const notifications = refusal === undefined ? [] : [{ level: "error", descriptor: { id: refusal.code }, message: { text: refusal.what } }];
  return { executionSuccessful: refusal === undefined, exitCode: exit, toolExecutionNotifications: notifications };
}

function artifactsOf({ target, sources }: CheckedBuild): readonly object[] {
  return [target, ...sources.map(({ path }) => path)].map((path) => ({ location: { uri: uriOf(path) } }));
}

/** Relative to the working directory where the file lies within it, with the characters of a URI. */
function uriOf(path: string): string {
  const near = relative(".", path);
  if (near.startsWith("..")) return pathToFileURL(path).href;
  return near.split(sep).map(encodeURIComponent).join("/");
}

function claimResult(where: Where, claim: ReportedClaim): object {
  const { obligation: { id, rule, sentence, subject }, line } = claim;
  const point = line?.verdict.kind === "refuted" ? Object.entries(line.verdict.counterexample).map(([name, value]) => `${name} = ${value}`).join(", ") : "";
  const found = line === undefined ? "not asked" : `${line.verdict.kind}${point === "" ? "" : ` at ${point}`}${line.detail === "" ? "" : ` (${line.detail})`}`;
  return result(where, { rule, kind: outcomeOf(claim), node: subject.node, statement: subject.statement, key: id, text: `${id}: ${found}. ${sentence}` });
}

interface Finding {
  readonly rule: string;
  readonly kind: Outcome;
  readonly node: string;
  readonly statement: string;
  /** What the fingerprint is of. */
  readonly key: string;
  readonly text: string;
}

function result({ target, places }: Where, { rule, kind, node, statement, key, text }: Finding): object {
  const place = places.get(statement) ?? { path: target, line: 1 };
  const physicalLocation = { artifactLocation: { uri: uriOf(place.path) }, region: { startLine: place.line } };
  const logicalLocations = node === "" ? [] : [{ name: node, fullyQualifiedName: node, kind: "element" }];
  return {
    ruleId: rule, ruleIndex: Object.keys(ruleTexts).indexOf(rule), kind, level: kind === "fail" ? "error" : "none", message: { text },
    locations: [{ physicalLocation, ...(logicalLocations.length === 0 ? {} : { logicalLocations }) }],
    partialFingerprints: { "obligatoClaim/v1": createHash("sha256").update(key).digest("hex") },
  };
}
