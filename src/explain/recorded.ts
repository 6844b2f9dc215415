/**
 * An obligation of a built directory, or of the evidence kept of a failed build, made
 * again by the kernel from the recorded programs and witnesses, with its verdict.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseProgram } from "../../ir/loop/parse.js";
import type { Program } from "../../ir/loop/program.js";
import { Refusal } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { type Established, beginChain, checkStage } from "../../proofs/kernel/kernel.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import type { Counterexample, Verdict } from "../../proofs/kernel/verdict.js";
import type { Witness } from "../../proofs/kernel/witness.js";
import { interfaceIn, readObject } from "../evidence/reprove.js";
import { parseWitness } from "../evidence/witness-text.js";
import { importModel } from "../onnx/import.js";
import { parseObject } from "../run/package.js";
import { replay } from "../run/replay.js";
import type { Refuted } from "./counterexample.js";

export interface Recorded {
  /** The line of verdicts.json. */
  readonly line: Readonly<Record<string, unknown>>;
  /** Undefined for a claim that is about no program, or that only a build makes. */
  readonly obligation: Obligation | undefined;
  readonly before: Program | undefined;
  readonly after: Program | undefined;
  readonly witness: Witness | undefined;
}

/** Throws a Refusal where the folder has no evidence or no such obligation. */
export function recordedIn(folder: string, id: string): Recorded {
  const stages = join(folder, "evidence/stages");
  if (!existsSync(stages)) throw new Refusal("usage", "no-build", `${folder} has no evidence`, folder, "name a directory that obligato built, or one of --keep-failed");
  const names = readdirSync(stages).toSorted();
  for (const [k, name] of names.entries()) {
    const line = lineIn(join(stages, name), id);
    if (line !== undefined) return { line, ...madeAgain(folder, names.slice(0, k + 1), id) };
  }
  throw new Refusal("usage", "unknown-word", `${folder} has no obligation ${id}`, folder, "copy an id from a verdicts.json in its evidence");
}

function lineIn(stage: string, id: string): Recorded["line"] | undefined {
  const lines = readFileSync(join(stage, "verdicts.json"), "utf8").split("\n");
  return lines.map((text) => parseObject(text.replace(/,$/, ""))).find((entry) => entry?.["id"] === id);
}

/** The chain up to the stage, as the kernel saw it. */
function madeAgain(folder: string, stages: readonly string[], id: string): Omit<Recorded, "line"> {
  const model = interfaceIn(folder, readObject(folder, "evidence/model.json"));
  let before: Established | undefined;
  let found: Omit<Recorded, "line"> = { obligation: undefined, before: undefined, after: undefined, witness: undefined };
  for (const stage of stages) {
    const at = join(folder, "evidence/stages", stage);
    if (!existsSync(join(at, "program.loop"))) continue;
    const program = parseProgram(readFileSync(join(at, "program.loop"), "utf8"));
    const witness = parseWitness(readFileSync(join(at, "witness.json"), "utf8"), `${stage}/witness.json`);
    const given = { stage: stage.replace(/^\d+-/, ""), model };
    const { obligations, established } = before === undefined ? beginChain(given, program, witness) : checkStage(given, before, program, witness);
    found = { obligation: obligations.find((o) => o.id === id), before: before?.program, after: program, witness };
    before = established;
  }
  return found;
}

/** The recorded refutation with its replay, if there is one and the programs are at hand; the model gives the weights. */
export function refutedFrom(recorded: Recorded, model: string | undefined): (Refuted & { readonly weights: ReadonlyMap<string, Tensor> }) | undefined {
  const { obligation, before, after, witness, line } = recorded;
  const verdict = verdictOf(line["verdict"]);
  if (verdict?.kind !== "refuted" || obligation === undefined || after === undefined) return undefined;
  const weights = model === undefined ? undefined : importModel(model).graph.constants;
  const needed = [...(before?.buffers ?? []), ...after.buffers].some(({ kind }) => kind === "weight");
  const seen = weights === undefined && needed ? { kind: "not-replayed" as const, vectors: 0, why: "the weights are needed: give --model" } : replay({ before, after, weights: weights ?? new Map() });
  return { obligation, before, after, witness, line: { verdict, detail: typeof line["detail"] === "string" ? line["detail"] : "" }, replay: seen, weights: weights ?? new Map() };
}

function verdictOf(value: unknown): Verdict | undefined {
  if (typeof value !== "object" || value === null || !("kind" in value) || value.kind !== "refuted") return undefined;
  const point: unknown = "counterexample" in value ? value.counterexample : {};
  const counterexample: Counterexample = typeof point === "object" && point !== null ? Object.fromEntries(Object.entries(point).map(([name, at]) => [name, Number(at)])) : {};
  return { kind: "refuted", by: "by" in value ? String(value.by) : "", counterexample };
}
