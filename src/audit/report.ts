/** What an audit says: one screen for people, one object for programs, one page for the file. */
import { printTrustedLines, trustedLines } from "../evidence/trusted-lines.js";
import { toolVersion } from "../evidence/version.js";
import type { Asked, AuditReport } from "./audit.js";
import type { Finding, Objection } from "./finding.js";
import type { MatrixCell, Said } from "./judgement.js";
import type { QuestionKind } from "./questions.js";

/** `pass` only where every step was done, and two solvers gave exactly the expected answer to every question. */
export type Result = "pass" | Objection;

export function resultOf({ findings, asked, notDone, offline, texts }: AuditReport): Result {
  for (const objection of ["refuted", "altered", "open"] as const) if (findings.some((finding) => finding.objection === objection)) return objection;
  if (offline) return notDone.length === 0 && (texts?.certificates ?? 0) > 0 ? "pass" : "open";
  const whole = asked !== undefined && notDone.length === 0 && asked.heard >= 2 && asked.questions.length > 0 && asked.judgement.settled + asked.judgement.conceded === asked.questions.length;
  return whole ? "pass" : "open";
}

const grouped = new Intl.NumberFormat("en-US");

function number(value: number): string {
  return grouped.format(value);
}

const headlines: Readonly<Record<Result, string>> = {
  pass: "PASS   the evidence is whole, and two solvers confirm every claim of it",
  refuted: "FAIL   a claim is refuted",
  altered: "FAIL   the evidence is not what it says, or not about these files",
  open: "OPEN   not everything is confirmed by two solvers",
};

const certified = "PASS   the evidence is whole, and a certificate that checks settles every claim of it, without a solver";

const shownFindings = 10;

export function linesOf(report: AuditReport): readonly string[] {
  const { folder, files, bytes, findings, notDone, assumptions } = report;
  return [
    `audit of ${folder} by obligato ${toolVersion()}`,
    "",
    `seal      ${number(files)} files, ${number(bytes)} bytes`,
    ...modelLines(report),
    ...textLines(report),
    ...(report.asked === undefined ? [] : askedLines(report.asked)),
    `trusted   ${printTrustedLines(report.trusted)} lines of code; own provers are outside of it: they are not asked${report.offline ? ", nor is a solver" : ""}`,
    `assumed   ${assumptions.length}: ${assumptions.join(" ")}`,
    `hatches   none: ${hatches.join(", ")}`,
    ...(notDone.length > 0 ? [`not done  ${notDone.join(", ")}: what was found comes first`] : []),
    "",
    report.offline && resultOf(report) === "pass" ? certified : headlines[resultOf(report)],
    ...findings.slice(0, shownFindings).map(findingLine),
    ...(findings.length > shownFindings ? [`  and ${number(findings.length - shownFindings)} more`] : []),
  ];
}

/** Ways around a check that other tools have, and this one does not. */
const hatches = ["no cache", "no own prover", "no recorded verdict believed", "no claim, cover or file skipped", "no unknown accepted", "no waiver"];

function findingLine({ objection, what, where, remedy }: Finding): string {
  return `  ${objection}: ${where}: ${what}: ${remedy}`;
}

function modelLines({ model }: AuditReport): readonly string[] {
  if (model === undefined) return [];
  const { values, nodes, constants, ofConstants } = model.compared;
  return [`model     ${model.file}, ${number(model.bytes)} bytes, SHA-256 ${model.imported.digest}`,
    `          two readers agree: ${number(nodes)} nodes, ${number(values)} values, ${number(constants)} of ${number(ofConstants)} constants byte for byte`];
}

function textLines({ texts }: AuditReport): readonly string[] {
  if (texts === undefined) return [];
  const facts = texts.obligations.filter(({ kind }) => kind === "ground").length;
  return [`rebuild   ${number(texts.obligations.length)} obligations made again, ${number(facts)} of them facts that the kernel decides`,
    `texts     ${number(texts.printed)} files printed again and compared, ${number(texts.read)} read and checked`,
    ...(texts.certificates === undefined ? [] : [`certified ${number(texts.certificates)} distinct questions by certificates that check, besides the solvers`])];
}

function askedLines(asked: Asked): readonly string[] {
  const { each, questions, judgement, hearings } = asked;
  const of = (kind: QuestionKind): readonly MatrixCell[] => judgement.matrix.filter((cell) => cell.kind === kind);
  const total = (cells: readonly MatrixCell[], what: "questions" | "uses"): number => cells.reduce((sum, cell) => sum + cell[what], 0);
  const [claims, covers, controls] = [of("claim"), of("cover"), of("control")];
  const probes = hearings.reduce((sum, hearing) => sum + hearing.probes, 0);
  return [
    `asked     ${number(total(claims, "uses"))} claims as ${number(total(claims, "questions"))} texts, ${number(total(covers, "uses"))} covers as ${number(total(covers, "questions"))}${each ? " (each on its own)" : ""}`,
    `controls  ${number(total(controls, "questions"))} claims made false, ${number(probes)} probes of known answer`,
    ...(asked.withoutControl.length > 0 ? [`          no claim could be made false of ${asked.withoutControl.join(", ")}`] : []),
    "",
    ...matrixLines(asked),
    `as due    ${number(judgement.settled)} of ${number(questions.length)}`,
    ...(judgement.conceded > 0 ? [`          ${number(judgement.conceded)} belong to end-to-end claims that VERDICT.md itself calls open; the chain does not need them`] : []),
    "",
  ];
}

const answers: readonly Said[] = ["unsat", "sat", "unknown"];

/** Rows are the first solver's answers, columns the second's. */
function matrixLines({ hearings, judgement, heard }: Asked): readonly string[] {
  const names = hearings.flatMap(({ name }) => name ?? []);
  const count = (...said: readonly Said[]): string => number(judgement.matrix.filter((cell) => cell.said.join() === said.join()).reduce((sum, cell) => sum + cell.questions, 0)).padStart(9);
  if (heard < 2) return [`single solver: ${names.join() || "none"}`, ...answers.map((said) => `  ${said.padEnd(8)}${count(said)}`)];
  const head = `          ${"".padEnd(10)}${answers.map((said) => said.padStart(9)).join("")}   ← ${names[1] ?? ""}`;
  return [head, ...answers.map((row) => `          ${row.padEnd(10)}${answers.map((column) => count(row, column)).join("")}`), `          ↑ ${names[0] ?? ""}`];
}

/** The report as data; `exit` is the exit code. */
export function jsonOf(report: AuditReport, exit: number): unknown {
  const { folder, files, bytes, model, texts, asked, findings, notDone, assumptions } = report;
  return {
    schema: "obligato-audit/1", folder, result: resultOf(report), exit, files, bytes,
    model: model === undefined ? null : { file: model.file, bytes: model.bytes, sha256: model.imported.digest, ...model.compared },
    obligations: texts === undefined ? null : { total: texts.obligations.length, ground: texts.obligations.filter(({ kind }) => kind === "ground").length, filesPrinted: texts.printed, filesRead: texts.read, certificates: texts.certificates ?? null },
    questions: asked === undefined ? null : { each: asked.each, distinct: asked.questions.length, settled: asked.judgement.settled, conceded: asked.judgement.conceded, controls: asked.questions.filter(({ kind }) => kind === "control").length, withoutControl: asked.withoutControl },
    solvers: asked?.hearings.map(({ name, instances, probes, trouble }) => ({ name: name ?? null, instances, probes, trouble: trouble ?? null })) ?? [],
    matrix: asked?.judgement.matrix ?? [],
    findings, notDone, assumptions, trustedLines: Object.fromEntries(report.trusted.map((part) => [part, trustedLines[part]])), escapeHatches: [],
  };
}

/** The screen, the matrix by rule and every finding, as Markdown. */
export function pageOf(report: AuditReport): string {
  const cells = (report.asked?.judgement.matrix ?? []).map(({ kind, rule, said, questions, uses }) => `| ${kind} | ${rule} | ${said.join(" / ")} | ${questions} | ${uses} |`);
  const findings = report.findings.map((finding) => `-${findingLine(finding).slice(1)}`);
  return [
    `# Audit: ${resultOf(report)}`, "", "```text", ...linesOf(report), "```", "",
    "## Answers by rule", "", "| Asked | Rule | Answers | Texts | Obligations |", "|---|---|---|---|---|", ...cells, "",
    `## Findings: ${findings.length}`, "", ...findings, "",
  ].join("\n");
}
