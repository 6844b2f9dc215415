/**
 * What each pass is worth on a target: the bound of the program that a built directory's
 * schedule makes, and of the programs that it makes with one step left out. Those programs
 * are not proved; their bounds are bounds of code that is never shipped. Passes build on each
 * other, so the differences do not add up.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import { importOptionsIn } from "../evidence/fixed-inputs.js";
import { importModel } from "../onnx/import.js";
import { type BuiltPackage, parseObject } from "../run/package.js";
import { parseSchedule } from "../schedule.js";
import type { Board } from "../toolchain/boards.js";
import { type CodeForm, type Evaluated, evaluatorOf } from "./evaluate.js";

export interface SensitivityRequest {
  readonly board: Board;
  readonly core: Core;
  readonly memory: MemoryTiming;
  readonly form: CodeForm;
}

export interface Without {
  /** The step that is left out, from 1, and its pass. */
  readonly step: number;
  readonly pass: string;
  /** Null where there is none; `why` says so. */
  readonly bound: number | null;
  readonly why?: string;
  /** Bound without the pass, divided by that of the whole schedule. */
  readonly ratio: number | null;
}

export interface Sensitivity {
  /** Of the whole schedule. */
  readonly bound: number | null;
  readonly without: readonly Without[];
}

/** Throws a Refusal where the directory holds no evidence, or a schedule with lemmas: they change what the steps start from. */
export async function sensitivityOf({ folder, contract }: BuiltPackage, request: SensitivityRequest): Promise<Sensitivity> {
  const about = parseObject(textIn(folder, "evidence/model.json")) ?? {};
  const { steps, lemmas = [] } = parseSchedule(textIn(folder, "evidence/schedule.json"), "evidence/schedule.json");
  if (lemmas.length > 0) throw new Refusal("usage", "usage", "the build uses lemmas, so its steps do not start from the model", folder, "build without --lemma to compare passes");
  const { graph } = importModel(join(folder, "evidence/model", String(about["file"])), { ...importOptionsIn(folder, about), contract });
  const { evaluate } = await evaluatorOf({ ...request, graph, contract, cache: undefined });
  const whole = boundOf(await evaluate(steps, request.form));
  const without: Without[] = [];
  for (const [k, { pass }] of steps.entries()) {
    const found = await evaluate(steps.filter((_, j) => j !== k), request.form);
    const bound = boundOf(found);
    without.push({ step: k + 1, pass, bound, ...(found.kind === "none" ? { why: found.why } : {}), ratio: bound === null || whole === null ? null : bound / whole });
  }
  return { bound: whole, without };
}

function textIn(folder: string, path: string): string {
  try {
    return readFileSync(join(folder, path), "utf8");
  } catch {
    throw new Refusal("usage", "stale", `${path} is missing`, folder, "build it again");
  }
}

function boundOf(found: Evaluated): number | null {
  return found.kind === "bound" ? found.bound : null;
}

/** The most important pass first; those without effect in one line. */
export function sensitivityLines({ bound, without }: Sensitivity, unit: string): readonly string[] {
  const telling = without.filter((it) => it.bound !== bound).toSorted((a, b) => (b.ratio ?? Infinity) - (a.ratio ?? Infinity));
  const idle = without.filter((it) => it.bound === bound).map(({ pass }) => pass);
  const row = ({ pass, bound: left, ratio, why }: Without): string =>
    `  ${pass.padEnd(20)} ${(left?.toLocaleString("en") ?? "no bound").padStart(15)}  ${ratio === null ? why ?? "" : `× ${ratio.toFixed(3)}`}`;
  return [
    "", `without one pass (${bound?.toLocaleString("en") ?? "no"} ${unit} with all; these programs are not proved):`,
    ...telling.map(row),
    ...(idle.length > 0 ? [`  no difference: ${idle.join(", ")}`] : []),
  ];
}
