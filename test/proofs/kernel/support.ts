/**
 * Programs and witnesses written short, and what the kernel and the provers say of
 * them. A program is its loop text without origins and loop kinds; a case of a
 * witness is `conditions ? statement(point).path`, cases being separated by `;` and
 * `!` marking a case declared empty.
 */
import { type Condition, type IndexExpr, variable } from "../../../ir/loop/index-expr.js";
import { problemsOf } from "../../../ir/loop/assert.js";
import { type Environment, evalProgram } from "../../../ir/loop/eval.js";
import { parseProgram } from "../../../ir/loop/parse.js";
import type { Buffer, Program } from "../../../ir/loop/program.js";
import { invariant, present } from "../../../ir/prelude.js";
import { type Tensor, type TensorType, allocate, elementCount } from "../../../ir/tensor/tensor.js";
import { type CheckedStage, type ModelInterface, type StageOptions, beginChain, checkStage } from "../../../proofs/kernel/kernel.js";
import type { Rule } from "../../../proofs/kernel/obligation.js";
import type { Case, Dataflow, Instance, NodeInstance, PhiTarget, Witness } from "../../../proofs/kernel/witness.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import type { LedgerLine } from "../../../proofs/provers/ledger.js";

/** A program from its short text: buffers, an empty line, nodes. Loops are serial unless they say otherwise. */
export function program(text: string): Program {
  const lines = `program hand\n${text.replace(/^\n/, "").trimEnd()}\n`.split("\n").map((line) => {
    if (/^ *for /.test(line)) return line.replace(/(\.\.\d+)( \w+)? \{$/, (_, to: string, mode?: string) => `${to}${mode ?? " serial"} from "n" by "hand" {`);
    return /^ *\w+: /.test(line) ? `${line} from "n" by "hand"` : line;
  });
  const parsed = parseProgram(lines.join("\n"));
  invariant(problemsOf(parsed).length === 0, problemsOf(parsed).join("; "));
  return parsed;
}

function nodesOf(body: string): Program["body"] {
  return parseProgram(`program short\n\n${body}\n`).body;
}

/** `i, floordiv(j, 2)` as index expressions. */
export function point(text: string): readonly IndexExpr[] {
  const [node] = nodesOf(`s: b[${text}] = index(0) from "n" by "hand"`);
  invariant(node?.kind === "store", text);
  return node.index;
}

/** `i - 1 >= 0, j == 0` as conditions; the empty text is no condition. */
export function when(text: string): readonly Condition[] {
  if (text === "") return [];
  const [node] = nodesOf(`if ${text} {\n}`);
  invariant(node?.kind === "guard", text);
  return node.conditions;
}

function target(text: string): NodeInstance {
  const [, statement, at, path] = present(/^(\w+)\((.*)\)((?:\.\d+)*)$/.exec(text) ?? undefined, `instance ${text}`);
  return { statement: statement ?? "", point: point(at ?? ""), path: (path ?? "").split(".").slice(1).map(Number) };
}

function cases<T>(text: string, then: (text: string) => T): Case<T>[] {
  if (text.trim() === "") return [];
  return text.split(";").map((part) => {
    const [, guard, rest, empty] = present(/^(?:(.*)\?)?(.*?)(!?)$/.exec(part.trim()) ?? undefined, part);
    const it = { when: when((guard ?? "").trim()), then: then((rest ?? "").trim()) };
    return empty === "!" ? { ...it, empty: true } : it;
  });
}

export function phiCases(text: string): Case<PhiTarget>[] {
  return cases(text, (t) => (t === "dead" ? "dead" : target(t)));
}

export function instanceCases(text: string): Case<Instance>[] {
  return cases(text, (t) => ({ statement: target(t).statement, point: target(t).point }));
}

function mapped<T>(of: Readonly<Record<string, string>>, to: (text: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(of).map(([name, text]) => [name, to(text)]));
}

/** A dataflow in short: the cases of the loads of one store are separated by `|`. */
export interface ShortDataflow {
  readonly producers?: Readonly<Record<string, string>>;
  readonly finals: Readonly<Record<string, string>>;
  readonly once?: string;
}

export interface ShortWitness extends ShortDataflow {
  readonly phi: Readonly<Record<string, string>>;
}

export function dataflow({ producers = {}, finals, once = "" }: ShortDataflow): Dataflow {
  return {
    producers: mapped(producers, (text) => text.split("|").map(instanceCases)),
    finals: mapped(finals, instanceCases),
    once: once.split(" ").filter((name) => name !== ""),
  };
}

export function witness(short: ShortWitness): Witness {
  return { ...dataflow(short), phi: mapped(short.phi, phiCases) };
}

/** The model a program belongs to; weights are identity views of tensors named like their maps say. */
export function modelOf({ buffers }: Program, tensors: ReadonlyMap<string, TensorType> = new Map()): ModelInterface {
  const values = (kind: Buffer["kind"]) => buffers.filter((b) => b.kind === kind).map(({ name, label, type, shape }) => ({ name: label ?? name, type, shape }));
  return { inputs: values("input"), outputs: values("output"), tensors };
}

/** One step of a chain written by hand. */
export interface Step {
  readonly before: Program;
  readonly dataflow: Dataflow;
  readonly after: Program;
  readonly witness: Witness;
  readonly tensors?: ReadonlyMap<string, TensorType>;
}

/** What the kernel asks of a step; `start` are the obligations of `before` alone. */
export function ask(step: Step, enabled: (rule: Rule) => boolean = () => true): { readonly start: CheckedStage; readonly stage: CheckedStage } {
  const options = (stage: string): StageOptions => ({ stage, model: modelOf(step.before, step.tensors), enabled });
  const start = beginChain(options("start"), step.before, step.dataflow);
  return { start, stage: checkStage(options("step"), start.established, step.after, step.witness) };
}

export interface Judged {
  /** Lines about `before` alone. */
  readonly start: readonly LedgerLine[];
  readonly stage: readonly LedgerLine[];
}

export async function judge(step: Step): Promise<Judged> {
  const { start, stage } = ask(step);
  const lines = await discharge([...start.obligations, ...stage.obligations], { jobs: 1, solver: "auto" });
  return { start: lines.slice(0, start.obligations.length), stage: lines.slice(start.obligations.length) };
}

/** Lines that are not proved, as `verdict rule id`, for messages that say all. */
export function notProved(lines: readonly LedgerLine[]): string[] {
  return lines.filter((l) => l.verdict.kind !== "proved").map((l) => `${l.verdict.kind === "unknown" ? l.verdict.why : l.verdict.kind} ${l.id}`);
}

/** Rules with a refuted obligation. */
export function refutedRules(lines: readonly LedgerLine[]): Rule[] {
  return [...new Set(lines.filter((l) => l.verdict.kind === "refuted").map((l) => l.rule))];
}

/** A numbered fill: distinct values, so that a wrong wire shows. */
function filled({ type, shape }: TensorType, from: number): Tensor {
  const data = allocate(type, elementCount(shape));
  const numbers = data instanceof BigInt64Array || data instanceof BigUint64Array ? new Float64Array() : data;
  for (let k = 0; k < numbers.length; k++) numbers[k] = ((from + 3 * k) % 17) - 8 + k / 64;
  return { type, shape, data };
}

/** Numbered inputs for a program and numbered tensors for its weights. */
export function sampleEnvironment(of: Program, tensors: ReadonlyMap<string, TensorType> = new Map()): Environment {
  const inputs = of.buffers.filter((b) => b.kind === "input");
  return {
    inputs: new Map(inputs.map((b, k) => [b.name, filled(b, k)])),
    weights: new Map([...tensors].map(([name, type], k) => [name, filled(type, 5 + k)])),
  };
}

/** The outputs of a program on the sample environment, its placed temps in arenas. */
export function outputsOf(of: Program, tensors?: ReadonlyMap<string, TensorType>): unknown {
  return [...evalProgram(of, sampleEnvironment(of, tensors), { strict: true, arena: true })].map(([name, { data }]) => [name, [...data]]);
}

/** The loop variables of a point as themselves, for tests that need the identity. */
export function own(...names: readonly string[]): readonly IndexExpr[] {
  return names.map(variable);
}
