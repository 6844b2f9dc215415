/**
 * JUnit XML: one suite per stage, one case per rule and ONNX node. A refuted claim is a
 * failure, an open one an error. A run that checked nothing is an error, never an empty
 * file that looks green.
 */
import { type CheckedBuild, type ReportedClaim, type ReportedStage, claimsOf, outcomeOf } from "./checked.js";

export function printJunit(build: CheckedBuild): string {
  const suites = build.stages.filter(({ obligations }) => obligations.length > 0).map(suiteOf);
  const all = suites.length > 0 && build.refusal === undefined ? suites : [...suites, nothingChecked(build)];
  const sum = (of: (suite: Suite) => number): number => all.reduce((total, suite) => total + of(suite), 0);
  const counts = `tests="${sum(({ cases }) => cases.length)}" failures="${sum((s) => failuresIn(s))}" errors="${sum((s) => errorsIn(s))}" time="${sum(({ seconds }) => seconds).toFixed(3)}"`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="obligato" ${counts}>`, ...all.flatMap(suiteLines), "</testsuites>", ""].join("\n");
}

interface Problem {
  readonly kind: "failure" | "error";
  readonly type: string;
  readonly message: string;
}

interface Case {
  readonly name: string;
  readonly problems: readonly Problem[];
}

interface Suite {
  readonly name: string;
  readonly seconds: number;
  readonly cases: readonly Case[];
}

function suiteOf(stage: ReportedStage): Suite {
  const cases = new Map<string, ReportedClaim[]>();
  for (const claim of claimsOf({ stages: [stage] })) {
    const { rule, subject: { node } } = claim.obligation;
    const key = node === "" ? rule : `${rule} ${node}`;
    cases.set(key, [...(cases.get(key) ?? []), claim]);
  }
  return { name: stage.name, seconds: stage.seconds, cases: [...cases].map(([name, claims]) => ({ name: `${name} (${claims.length})`, problems: claims.flatMap(problemOf) })) };
}

function problemOf(claim: ReportedClaim): readonly Problem[] {
  const outcome = outcomeOf(claim);
  if (outcome === "pass") return [];
  const { obligation: { id, sentence }, line } = claim;
  const why = line?.verdict.kind === "unknown" ? line.verdict.why : (line?.verdict.kind ?? "not asked");
  return [{ kind: outcome === "fail" ? "failure" : "error", type: why, message: `${id}: ${sentence}` }];
}

function nothingChecked({ refusal }: CheckedBuild): Suite {
  const message = refusal === undefined ? "no claim was checked" : `${refusal.code}: ${refusal.what}`;
  return { name: "obligato", seconds: 0, cases: [{ name: "something was checked", problems: [{ kind: "error", type: refusal?.code ?? "nothing-checked", message }] }] };
}

function failuresIn({ cases }: Suite): number {
  return cases.filter(({ problems }) => problems.some(({ kind }) => kind === "failure")).length;
}

/** A case is counted once: a failure before an error. */
function errorsIn({ cases }: Suite): number {
  return cases.filter(({ problems }) => problems.length > 0 && problems.every(({ kind }) => kind === "error")).length;
}

function suiteLines(suite: Suite): readonly string[] {
  const head = `<testsuite name="${escaped(suite.name)}" tests="${suite.cases.length}" failures="${failuresIn(suite)}" errors="${errorsIn(suite)}" skipped="0" time="${suite.seconds.toFixed(3)}">`;
  return [`  ${head}`, ...suite.cases.flatMap((it) => caseLines(suite.name, it)), "  </testsuite>"];
}

function caseLines(suite: string, { name, problems }: Case): readonly string[] {
  const head = `<testcase classname="obligato.${escaped(suite)}" name="${escaped(name)}"`;
  const [first] = problems.toSorted((a, b) => (a.kind < b.kind ? 1 : -1)); // a failure before an error
  if (first === undefined) return [`    ${head}/>`];
  const text = problems.slice(0, 20).map(({ message }) => escaped(message)).join("\n");
  return [`    ${head}>`, `      <${first.kind} type="${escaped(first.type)}" message="${escaped(first.message)}">${text}</${first.kind}>`, "    </testcase>"];
}

/** Characters outside of XML 1.0 become U+FFFD. */
function escaped(text: string): string {
  return text.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
