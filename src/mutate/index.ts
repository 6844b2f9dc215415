/**
 * Mutation of the proofs: every wrong pass of the catalogue goes to the kernel, its
 * obligations to the provers, and both programs to the interpreter. An entry is killed
 * when an obligation is refuted; what is only unknown kills nothing.
 */
import { variable } from "../../ir/loop/index-expr.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { type EnabledRules, claims } from "../../proofs/kernel/claims.js";
import { weightContents } from "../../proofs/reference/derived.js";
import { type CheckedStage, type ModelInterface, beginChain, checkStage, identityWitness } from "../../proofs/kernel/kernel.js";
import type { Obligation, Rule } from "../../proofs/kernel/obligation.js";
import { discharge } from "../../proofs/provers/discharge.js";
import type { LedgerLine } from "../../proofs/provers/ledger.js";
import { type Replay, replay } from "../run/replay.js";
import { catalogue } from "./catalogue.js";
import type { Original, WrongPass } from "./entry.js";
import { laneOrders } from "./lanes.js";
import type { MutantRow } from "./row.js";
import { sourceOf } from "./sources.js";

export type { EnabledRules } from "../../proofs/kernel/claims.js";

/** What became of one wrong pass; `by` is the identifier of the first refuted obligation. */
export interface Row extends MutantRow {
  readonly kind: "pass";
  /** The instance that falsifies it; empty for ground facts. */
  readonly counterexample: Readonly<Record<string, number>>;
  /** What the kernel compared, for ground facts. */
  readonly detail: string;
  /** Rules with a refuted obligation. */
  readonly rules: readonly Rule[];
  readonly obligations: number;
  /** Obligations neither proved nor refuted. */
  readonly unknown: readonly string[];
  /** Outputs of both programs, run. */
  readonly replay: Replay;
}

export interface CatalogueOptions {
  /** Name of the one entry to run. */
  readonly only?: string;
  /** Solver instances at once. */
  readonly jobs?: number;
  readonly enabled?: EnabledRules;
}

/** Checks and replays the catalogue, all entries in one discharge. */
export async function runCatalogue(options: CatalogueOptions = {}): Promise<Row[]> {
  const entries = catalogue.filter(({ name }) => options.only === undefined || name === options.only);
  const lines = await settle(entries.map((it) => obligationsOf(it, options.enabled)), options.jobs);
  return entries.map((it, k) => rowOf(it, lines[k] ?? []));
}

/** Each `before` compared with itself: what is not proved of a program that is right. */
export async function checkOriginals(jobs?: number): Promise<readonly LedgerLine[]> {
  return (await settle(originalObligations().map(({ obligations }) => obligations), jobs)).flat();
}

/** The obligations of each `before`, of its own and as a stage that changes nothing. */
export function originalObligations(): readonly { readonly name: string; readonly obligations: readonly Obligation[] }[] {
  const originals = [...new Map(catalogue.map((it) => [it.before, it])).values()];
  return originals.map(({ name, before }) => {
    const { first, stage } = started(`${name}-self`, before, undefined);
    const witness = identityWitness(before.program, before.dataflow);
    const again = checkStage({ ...stage, stage: `${name}-again` }, first.established, before.program, witness);
    return { name: `the program before ${name}`, obligations: [...first.obligations, ...again.obligations] };
  });
}

function started(stage: string, { program, dataflow, tensors }: Original, enabled: EnabledRules | undefined) {
  const options = { stage, model: modelOf(program, tensors), ...(enabled === undefined ? {} : { enabled }) };
  return { stage: options, first: beginChain(options, program, dataflow) };
}

/** The interface and tensors of the model that `program` stands for. */
export function modelOf(program: Program, tensors: ReadonlyMap<string, Tensor>): ModelInterface {
  const values = (kind: Buffer["kind"]) =>
    program.buffers.filter((buffer) => buffer.kind === kind).map(({ name, label, type, shape }) => ({ name: label ?? name, type, shape }));
  return { inputs: values("input"), outputs: values("output"), tensors };
}

/** Only the wrong stage's own obligations; `before` is taken as justified. */
export function obligationsOf(it: WrongPass, enabled?: EnabledRules): readonly Obligation[] {
  const { stage, first } = started(it.name, it.before, enabled);
  const checked: CheckedStage = checkStage(stage, first.established, it.after, it.witness);
  if (it.contents === undefined) return checked.obligations;
  const into = claims(it.name, enabled);
  weightContents(into, it.after, it.contents, it.before.tensors);
  return [...checked.obligations, ...into.obligations];
}

/** One discharge for all, so that a solver starts once; the lines again by entry. */
async function settle(groups: readonly (readonly Obligation[])[], jobs = 1): Promise<LedgerLine[][]> {
  const lines = await discharge(groups.flat(), { jobs, solver: "auto" });
  let from = 0;
  return groups.map((group) => lines.slice(from, (from += group.length)));
}

function rowOf(it: WrongPass, lines: readonly LedgerLine[]): Row {
  const refuted = lines.filter(({ verdict }) => verdict.kind === "refuted");
  const first = refuted[0];
  const replay = replayed(it);
  return {
    name: it.name, kind: "pass", bug: it.bug,
    killed: refuted.length > 0,
    by: first?.id ?? "",
    counterexample: first?.verdict.kind === "refuted" ? first.verdict.counterexample : {},
    detail: first?.detail ?? "",
    rules: [...new Set(refuted.map(({ rule }) => rule))],
    obligations: lines.length,
    unknown: lines.filter(({ verdict }) => verdict.kind === "unknown").map(({ id }) => id),
    source: sourceOf(it),
    replayed: replay.kind === "confirmed",
    replay,
  };
}

/** The first order of execution that shows a difference. */
function replayed(it: WrongPass): Replay {
  const after = it.runs ?? it.after;
  const { before: { program: before, tensors } } = it;
  const weights = tensors;
  const tries = [after, ...laneOrders(after)].map((program) => ({ before, after: program, weights }));
  const results = tries.map((task) => (it.contents === undefined ? replay(task) : replayContents(it, task.after)));
  return results.find(({ kind }) => kind === "confirmed") ?? results[0] ?? { kind: "not-replayed", vectors: 0, why: "nothing was run" };
}

/** With the contents a pass wrote out: each weight buffer is then a tensor of its own, under the identity map. */
function replayContents({ before, contents = new Map() }: WrongPass, after: Program): Replay {
  const own = (name: string): string => `contents of ${name}`;
  const weights = new Map([...before.tensors, ...[...contents].map(([name, tensor]): [string, Tensor] => [own(name), tensor])]);
  const identity = (buffer: Buffer) => ({ tensor: own(buffer.name), index: buffer.shape.map((_, axis) => variable(`d${axis}`)) });
  const buffers = after.buffers.map((buffer) => (contents.has(buffer.name) ? { ...buffer, map: identity(buffer) } : buffer));
  return replay({ before: before.program, after: { ...after, buffers }, weights });
}
