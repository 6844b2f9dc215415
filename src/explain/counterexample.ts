/**
 * A refuted claim as a person needs it: the claim, the instances with the values of
 * their loops, what they read and write and in which order they run, the loops of both
 * programs that hold them, and the first output element that differs when both are run.
 */
import type { Program } from "../../ir/loop/program.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import type { LedgerLine } from "../../proofs/provers/ledger.js";
import { ruleTexts } from "../evidence/rules.js";
import type { Replay } from "../run/replay.js";
import { claimLines } from "./infix.js";
import { type Scene, type ShownInstance, compareTheta, instancesOf } from "./instances.js";
import { sourceLoops } from "./source-loops.js";

export interface Refuted extends Scene {
  readonly obligation: Obligation;
  readonly line: Pick<LedgerLine, "verdict" | "detail">;
  readonly replay: Replay | undefined;
}

/** One screen; nothing of a model's text but statement, buffer and node names. */
export function counterexampleLines(refuted: Refuted): readonly string[] {
  const { obligation, line } = refuted;
  const at = line.verdict.kind === "refuted" ? line.verdict.counterexample : {};
  const instances = obligation.kind === "solver" ? instancesOf(obligation, at, refuted) : [];
  const { rule, sentence, subject } = obligation;
  return [
    `${obligation.id}: refuted`,
    `claim    ${sentence} (${rule} ${ruleTexts[rule].name})`,
    ...(subject.node === "" ? [] : [`node     ${JSON.stringify(subject.node)}`]),
    ...(obligation.kind === "ground" ? [`found    ${obligation.detail}`] : pointLines(at, subject.buffer)),
    ...instances.map(instanceLine),
    ...orderLines(instances),
    ...(obligation.kind === "solver" ? claimLines(obligation).map((text, k) => `${k === 0 ? "formula " : "        "} ${text}`) : []),
    ...loopLines("before", refuted.before, instances.filter(({ inBefore }) => inBefore), subject),
    ...loopLines("after", refuted.after, instances.filter(({ inBefore }) => !inBefore), subject),
    ...replayLines(refuted.replay),
  ];
}

function pointLines(at: Readonly<Record<string, number>>, buffer: string): readonly string[] {
  const values = Object.entries(at).map(([name, value]) => `${name} = ${value}`).join(", ");
  return [`at       ${values === "" ? "no variable" : values}${buffer === "" ? "" : `; buffer ${buffer}`}`];
}

function instanceLine({ role, text, reads, writes, theta, absent, inBefore }: ShownInstance): string {
  const does = absent ? "does not exist: outside of its loops or guards" : `${reads.length > 0 ? `reads ${reads.join(", ")}, ` : ""}writes ${writes}`;
  const when = absent ? "" : `; θ = (${theta.join(", ")})`;
  return `${role.padEnd(10)} ${text}${inBefore ? " of the program before" : ""} ${does}${when}`;
}

/** Those of the program after, in the order in which they run. */
function orderLines(instances: readonly ShownInstance[]): readonly string[] {
  const running = instances.filter(({ absent, inBefore }) => !absent && !inBefore).toSorted((a, b) => compareTheta(a.theta, b.theta));
  return running.length < 2 ? [] : [`order      ${running.map(({ role, text }) => `${role} ${text}`).join(" then ")}`];
}

function loopLines(name: string, program: Program | undefined, instances: readonly ShownInstance[], { statement, buffer }: Obligation["subject"]): readonly string[] {
  if (program === undefined) return [];
  const marks = new Map(instances.map((it) => [it.statement, ">"]));
  if (statement !== "" && !marks.has(statement)) marks.set(statement, ">");
  const lines = sourceLoops(program, marks);
  const declared = program.buffers.filter((b) => b.name === buffer).map(({ kind, type, shape, place }) => `${kind} ${buffer} ${type}[${shape.join(",")}]${place === undefined ? "" : ` @ ${place.offset}`}`);
  return lines.length + declared.length === 0 ? [] : [`${name}:${declared.length > 0 ? ` ${declared.join(", ")}` : ""}`, ...lines.map((line) => `  ${line}`)];
}

export function replayLines(replay: Replay | undefined): readonly string[] {
  if (replay === undefined) return [];
  if (replay.kind === "not-replayed") return [`not replayed: ${replay.why}`];
  const { difference } = replay;
  if (difference === undefined) return [`replayed (${replay.vector}): ${replay.what}`];
  const { output, index, element, before, after, ulps } = difference;
  return [
    `replayed (${replay.vector}): output ${output}[${index.join(", ")}], element ${element}`,
    `  before ${before}`,
    `  after  ${after}${ulps === undefined ? "" : `  (${ulps} ulp apart)`}`,
  ];
}
