/**
 * The audit of a built directory, for a reviewer who believes nobody: not the build,
 * not its verdicts, not one solver. It needs the directory alone. The steps are those
 * of docs/audit.md, in order; a step that cannot be done is named in the report, with
 * those that need it.
 */
import type { Obligation, Rule } from "../../proofs/kernel/obligation.js";
import { assumptionsOf } from "../evidence/counts.js";
import { type TrustedPart, trustedByAudit, trustedOffline } from "../evidence/trusted-lines.js";
import { certificatesPath } from "./certificates.js";
import { controlsOf } from "./controls.js";
import { type Finding, open } from "./finding.js";
import { type Hearing, cvc5Judge, hear, z3Judge } from "./judge.js";
import { type Judgement, judge } from "./judgement.js";
import { checkLemmas } from "./lemmas.js";
import { type AuditedModel, checkModel } from "./model.js";
import { type Question, questionsOf } from "./questions.js";
import { rebuild } from "./rebuild.js";
import { type Snapshot, checkSeal, readSnapshot } from "./seal.js";
import { auditTarget } from "./target.js";
import { type ComparedTexts, compareTexts, readIndex } from "./texts.js";

export interface AuditOptions {
  /** Solver instances of each kind at once. */
  readonly jobs: number;
  /** Ask every use of a question on its own text. */
  readonly each: boolean;
  /** No solver: every question must have a certificate that checks. */
  readonly offline: boolean;
  /** How long a program may be silent over one question. */
  readonly silenceMs: number;
  readonly onStep: (step: string) => void;
  readonly onAnswer: (done: number, total: number) => void;
}

export interface AuditReport {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  readonly model: AuditedModel | undefined;
  readonly texts: ComparedTexts | undefined;
  /** Undefined offline, and where what was found before comes first. */
  readonly asked: Asked | undefined;
  readonly offline: boolean;
  readonly findings: readonly Finding[];
  /** Steps that were not done because of what was found before. */
  readonly notDone: readonly string[];
  /** Numbers of docs/trusted-base.md that the result rests on. */
  readonly assumptions: readonly string[];
  readonly trusted: readonly TrustedPart[];
}

/** What was asked, of whom, and what came of it. */
export interface Asked {
  readonly each: boolean;
  readonly questions: readonly Question[];
  /** Rules of stages without a negative control. */
  readonly withoutControl: readonly string[];
  readonly hearings: readonly Hearing[];
  /** Judges that answered at all; with fewer than two nothing is confirmed. */
  readonly heard: number;
  readonly judgement: Judgement;
}

const steps = ["seal", "model", "rebuild", "comparison", "solvers", "negative controls"] as const;

/** Throws a Refusal `no-build` where there is nothing to audit; whatever else is wrong is a finding. */
export async function audit(folder: string, options: AuditOptions): Promise<AuditReport> {
  const findings: Finding[] = [];
  options.onStep("seal");
  const files = readSnapshot(folder, findings);
  checkSeal(files, findings);
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  const { offline } = options;
  const result = { folder, files: files.size, bytes, findings, offline, trusted: offline ? trustedOffline : trustedByAudit, assumptions: assumptionsOfAudit([], offline) };
  const stop = (done: number, more: Partial<AuditReport> = {}): AuditReport =>
    ({ ...result, model: undefined, texts: undefined, asked: undefined, notDone: steps.slice(done), ...more });
  if (findings.length > 0) return stop(1);
  const { model, texts, done } = await checkTexts(folder, files, findings, options);
  if (texts === undefined || findings.some(({ objection }) => objection !== "open")) return stop(done, { model, texts });
  const assumptions = assumptionsOfAudit(texts.obligations, offline);
  if (offline) {
    if (texts.certificates === undefined) findings.push(open("the package has no certificates", certificatesPath, "build it with --certify, or audit it with solvers"));
    return { ...result, model, texts, asked: undefined, notDone: [], assumptions };
  }
  const asked = await ask(texts, options);
  findings.push(...missingJudges(asked.hearings), ...asked.judgement.findings);
  return { ...result, model, texts, asked, notDone: [], assumptions };
}

interface Texts {
  readonly model: AuditedModel | undefined;
  readonly texts: ComparedTexts | undefined;
  /** How many of the steps were done. */
  readonly done: number;
}

async function checkTexts(folder: string, files: Snapshot, findings: Finding[], { onStep, offline }: AuditOptions): Promise<Texts> {
  onStep("model");
  const index = readIndex(files, findings);
  const found = checkModel(files, folder, index.contract, findings);
  const model = found === undefined ? undefined : await checkLemmas(files, { folder, model: found, contract: index.contract, offline }, findings);
  if (model === undefined) return { model, texts: undefined, done: 2 };
  onStep("rebuild");
  const rebuilt = rebuild(files, model, index.contract, findings);
  if (rebuilt === undefined) return { model, texts: undefined, done: 3 };
  onStep("comparison");
  const target = await auditTarget(files, rebuilt.read, findings);
  return { model, texts: compareTexts({ files, model, target }, rebuilt, index, findings), done: 4 };
}

async function ask({ obligations, admitted }: ComparedTexts, { jobs, each, silenceMs, onStep, onAnswer }: AuditOptions): Promise<Asked> {
  onStep("solvers");
  const controls = controlsOf(obligations.filter(({ id }) => !admitted.has(id)));
  const questions = mixed(questionsOf(obligations, each), controls.questions);
  let answered = 0;
  const judges = [[z3Judge, jobs], [cvc5Judge(silenceMs), 1]] as const; // one cvc5 is ten times faster than Z3 in wasm
  const hearings = await Promise.all(judges.map(([one, lanes]) => hear(one, questions, lanes, () => onAnswer(++answered, judges.length * questions.length))));
  const heard = hearings.filter(({ name }) => name !== undefined);
  return { each, questions, withoutControl: controls.without, hearings, judgement: judge(questions, heard, admitted), heard: heard.length };
}

function missingJudges(hearings: readonly Hearing[]): readonly Finding[] {
  return hearings.filter(({ name }) => name === undefined).map(({ trouble }) => open(`single solver: ${trouble ?? "one does not start"}`, "solvers", "install cvc5, of which `obligato doctor` says where it looks, and audit again"));
}

/** The controls spread evenly among the questions, so that nothing in a solver's state tells one from the other. */
function mixed(questions: readonly Question[], controls: readonly Question[]): readonly Question[] {
  const step = Math.max(1, Math.floor(questions.length / Math.max(1, controls.length)));
  return questions.flatMap((question, k) => {
    const control = k % step === 0 ? controls[k / step] : undefined;
    return control === undefined ? [question] : [control, question];
  }).concat(controls.slice(Math.ceil(questions.length / step)));
}

/** Own provers are not asked, so A-10 is not among them; offline, nor is a solver. */
function assumptionsOfAudit(obligations: readonly Obligation[], offline: boolean): readonly string[] {
  const rules = new Set<Rule>(obligations.map(({ rule }) => rule));
  const counted = [...rules].map((rule) => ({ rule, obligations: 1, proved: 1, refuted: 0, unknown: 0 }));
  return assumptionsOf(counted).filter((number) => number !== "A-10" && !(offline && number === "A-09"));
}
