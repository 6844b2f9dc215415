/**
 * The bound of a candidate: its schedule is run without proofs, the C is compiled and linked
 * for the target with the marks, and the ELF is analysed. What a candidate costs is never
 * guessed; that it is right is proved later, of the winner alone. Equal C under equal flags
 * has one answer, which a folder may keep from one search to the next.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FloatCompare } from "../../backends/backend.js";
import { printCandidate } from "../../backends/c/emit.js";
import { type Optimisation, compileFlags } from "../../backends/c/flags.js";
import { runName } from "../../backends/c/names.js";
import type { Graph } from "../../ir/graph/graph.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import type { Program } from "../../ir/loop/program.js";
import { Refusal } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { analyse } from "../../wcet/analyse.js";
import type { Core, MemoryTiming } from "../../wcet/cores/core.js";
import { stagedReference } from "../lower/reference.js";
import type { Staged } from "../pass.js";
import { fallbackPlacement, pipeline } from "../pipeline.js";
import type { ScheduleStep } from "../schedule.js";
import { type PlannedStep, afterKeptStep, afterStep, planSteps } from "../steps.js";
import { compileForBoard } from "../toolchain/board.js";
import type { Board } from "../toolchain/boards.js";
import { writeEmission } from "../toolchain/compile.js";
import { requireTool, versionOf } from "../toolchain/tools.js";
import { type AnswerForm, answersIn } from "./answers.js";
import { analysisDigest } from "./analysis-digest.js";
import { siteOf } from "./nests.js";

/** How a program is written in C and compiled: no schedule says that, and every form is read back and proved alike. */
export interface CodeForm {
  readonly optimisation: Optimisation;
  readonly floatCompare: FloatCompare;
}

export interface Subject {
  readonly graph: Graph;
  readonly contract: MulAddContract;
  readonly board: Board;
  readonly core: Core;
  readonly memory: MemoryTiming;
  /** Flags after the pinned ones; default: none. */
  readonly extra?: readonly string[];
  /** Where answers are kept; undefined keeps them for this search only. */
  readonly cache: string | undefined;
}

export type Evaluated =
  /** `bySite`: the part of the bound inside the loops of each nest. */
  | { readonly kind: "bound"; readonly bound: number; readonly bySite: ReadonlyMap<string, number> }
  | { readonly kind: "none"; readonly why: string };

export interface Evaluator extends Programs {
  readonly evaluate: (steps: readonly ScheduleStep[], form: CodeForm) => Promise<Evaluated>;
  /** Compilations so far, and answers taken from the folder. */
  readonly counts: () => { readonly compiled: number; readonly known: number };
  /** The compiler that was asked. */
  readonly compiler: string;
}

/** Throws a Refusal `tool-missing` at once where the cross compiler is not there. */
export async function evaluatorOf(subject: Subject): Promise<Evaluator> {
  const compiler = await versionOf(requireTool(`${subject.board.prefix}gcc`, `to build for ${subject.board.target}`));
  const programs = programsOf(subject);
  const answers = answersIn(subject.cache, boundForm);
  const analysis = analysisDigest();
  let compiled = 0;
  let known = 0;
  const evaluate = async (steps: readonly ScheduleStep[], { optimisation, floatCompare }: CodeForm): Promise<Evaluated> => {
    const program = programs.after(steps);
    const files = printCandidate(program, { model: "model", weights: subject.graph.constants, floatCompare });
    const key = keyOf([analysis, compiler, optimisation, ...files.map(({ text }) => text)], subject);
    const answer = answers.get(key);
    if (answer !== undefined) {
      known++;
      return answer;
    }
    compiled++;
    const found = await bounded(subject, program, files, optimisation);
    answers.set(key, found);
    return found;
  };
  return { ...programs, evaluate, counts: () => ({ compiled, known }), compiler };
}

/** Programs that schedules make, not proved. */
export interface Programs {
  /** The program after these steps. */
  readonly after: (steps: readonly ScheduleStep[]) => Program;
  /** The program as the first step with this pass meets it. */
  readonly before: (pass: string, steps: readonly ScheduleStep[]) => Program;
  /** After these steps and no placement, with its dataflow. */
  readonly staged: (steps: readonly ScheduleStep[]) => Staged;
}

/** More steps on a program, not proved, with a place for every temporary at the end. */
export function continued(staged: Staged, steps: readonly ScheduleStep[]): Program {
  return placed(planned(steps).reduce(afterStep, staged));
}

function placed(staged: Staged): Program {
  return fallbackPlacement.run(staged, {})?.after ?? staged.program;
}

/** Runs steps without proofs; what two schedules begin with alike is run once. */
export function programsOf(subject: Pick<Subject, "graph" | "contract">): Programs {
  const run = stepRunner(subject);
  return {
    after: (steps) => placed(run(steps)),
    before: (pass, steps) => run(steps.slice(0, steps.findIndex((step) => step.pass === pass))).program,
    staged: run,
  };
}

function stepRunner({ graph, contract }: Pick<Subject, "graph" | "contract">): (steps: readonly ScheduleStep[]) => Staged {
  const first = stagedReference(graph, contract);
  return (steps) => planned(steps).reduce((before, step) => (isShared(step) ? afterKeptStep : afterStep)(before, step), first);
}

function planned(schedule: readonly ScheduleStep[]): readonly PlannedStep[] {
  return planSteps({ schedule, until: undefined, skip: [] }, pipeline);
}

/** Candidates differ from the tiles on; programs after that are not kept. */
function isShared({ pass }: PlannedStep): boolean {
  return pipeline.indexOf(pass) < pipeline.findIndex(({ name }) => name === "tile-loops");
}

async function bounded({ board, core, memory, extra = [] }: Subject, program: Program, files: Parameters<typeof writeEmission>[1]["files"], optimisation: Optimisation): Promise<Evaluated> {
  const folder = mkdtempSync(join(tmpdir(), "obligato-search-"));
  try {
    await writeEmission(folder, { files, harness: [] });
    const { binary } = await compileForBoard({ board, folder, model: "model", program, optimisation, extra });
    const { loops, guards, namesakes } = codeFactsOf(program);
    const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
    const found = await analyse({ elf: readFileSync(binary), where: "the candidate", entry: runName("model"), totals, guards: guards.map(({ taken }) => taken), namesakes, core, memory });
    if (found.kind === "none") return { kind: "none", why: found.reasons[0] ?? "no bound" };
    return { kind: "bound", bound: Number(found.bound), bySite: sitesOf(found.byLoop) };
  } catch (error) {
    if (error instanceof Refusal && error.refusal !== "tool-missing") return { kind: "none", why: error.message.split("\n")[0] ?? error.code };
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sitesOf(byLoop: readonly { readonly of: string; readonly cost: number }[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { of, cost } of byLoop) {
    const site = siteOf(of) ?? "";
    sums.set(site, (sums.get(site) ?? 0) + cost);
  }
  return sums;
}

function keyOf(texts: readonly string[], { board: { target }, core, memory, extra = [] }: Subject): string {
  const flags = [...compileFlags({ compiler: "gcc", target, optimisation: "O2" }), ...extra];
  const hash = createHash("sha256");
  for (const text of ["2", target, core.name, core.source, JSON.stringify(memory), ...flags, ...texts]) hash.update(`${text.length} ${text}`);
  return hash.digest("hex");
}

const boundForm: AnswerForm<Evaluated> = {
  write: (answer) => (answer.kind === "none" ? answer : { ...answer, bySite: Object.fromEntries(answer.bySite) }),
  read: ({ kind, why, bound, bySite }) => {
    if (kind === "none" && typeof why === "string") return { kind, why };
    if (kind !== "bound" || typeof bound !== "number" || typeof bySite !== "object" || bySite === null) return undefined;
    return { kind, bound, bySite: new Map(Object.entries(bySite).map(([site, cost]) => [site, Number(cost)])) };
  },
};
