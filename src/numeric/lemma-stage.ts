/**
 * The stage before the chain: lemmas rewrite the graph, their own problems go to a
 * solver, their side conditions become obligations, and the error of the outputs is
 * bounded over the declared box. Everything is computed from the original graph and
 * what was asked for, so an audit gets the same by calling it again.
 */
import type { Graph } from "../../ir/graph/graph.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Bound, boundOf } from "../../proofs/bounds/bound.js";
import { roundedConstant } from "../../proofs/bounds/constants.js";
import { approximate, around, printFraction } from "../../proofs/bounds/fixed.js";
import { errorOf, sizeOf } from "../../proofs/bounds/value.js";
import { type Claims, claims, ground } from "../../proofs/kernel/claims.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import type { Verdict } from "../../proofs/kernel/verdict.js";
import { lemmaNamed } from "../../proofs/lemmas/index.js";
import type { Lemma, Problem } from "../../proofs/lemmas/lemma.js";
import { type NetworkDistance, networkDistance } from "../../proofs/lemmas/quantised/network.js";
import { type LemmaStep, rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import type { StartSolver } from "../../proofs/provers/solver.js";
import { boxOnGrid, rangesIn } from "./box.js";
import type { NumericRequest, Replication } from "./request.js";

export type Tier = "T0" | "T2";

export interface LemmaStage {
  /** "lemmas", or "bound" where only a bound was asked for. */
  readonly name: string;
  /** What the chain starts from. */
  readonly graph: Graph;
  readonly request: NumericRequest;
  readonly original: Graph;
  readonly tier: Tier;
  readonly steps: readonly LemmaStep[];
  /** The lemmas used, each once. */
  readonly lemmas: readonly Lemma[];
  readonly bound: Bound | undefined;
  /** Where groups were put in integers: how far they, and the outputs, are from the model's own results. */
  readonly distance: NetworkDistance | undefined;
  /** Why there is no bound, where one is needed. */
  readonly unbounded: string | undefined;
  readonly obligations: readonly Obligation[];
  /** Verdicts that are not for the kernel to give, by obligation. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/** Throws Refusals: `lemma`, `parts`, `box`, and `error-budget` where the bound exceeds what was asked for. */
export async function lemmaStage(original: Graph, contract: MulAddContract, request: NumericRequest, solver: StartSolver): Promise<LemmaStage> {
  const { graph, measured, steps, claims: side, deviations } = rewriteGraph(original, request.lemmas);
  const name = steps.length > 0 ? "lemmas" : "bound";
  const used = [...new Set(steps.map(({ lemma }) => lemma))].map((lemma) => present(lemmaNamed(lemma), lemma));
  const verdicts = new Map<string, Verdict>();
  const proved = await proveLemmas(used, solver, verdicts);
  const rounded = deviations.size > 0 ? roundedConstant(original, contract) : undefined; // a fold may have used it
  const integers = steps.filter(({ lemma }) => lemma === "integer-quantised").map(({ node }) => node);
  if (integers.length > 0) checkAlone(request, steps.filter(({ lemma }) => lemma !== "integer-quantised" && lemmaNamed(lemma)?.tier !== "T0").length);
  const distance = integers.length > 0 ? networkDistance(original, measured, integers, contract) : undefined;
  const tier = used.some((lemma) => lemma.tier === "T2") && !isExact(distance) ? "T2" : "T0";
  const { bound, why } = distance !== undefined ? { bound: undefined, why: unboundedOutput(distance) } : rounded === undefined ? boundIn(graph, contract, request, deviations) : { bound: undefined, why: `${rounded}: import rounded this constant, and a fold of constants does not count that` };
  if (request.replication !== undefined) withinBudget(request.replication, tier, bound, distance);
  const into = claims(name);
  const needed = (tier === "T2" || request.box !== undefined) && why !== "";
  if (bound !== undefined) claimBound(into, bound);
  if (distance !== undefined) claimDistance(into, distance);
  if (bound === undefined && needed && !request.allowUnbounded) missingBound(into, why, verdicts);
  const unbounded = bound === undefined && needed ? why : undefined;
  const obligations = [...proved.obligations, ...side.obligations, ...into.obligations];
  return { name, graph, request, original, tier, steps, lemmas: used, bound, distance, unbounded, obligations, verdicts };
}

/** Rule L1: every problem of every lemma that is used, answered anew in each build. */
async function proveLemmas(used: readonly Lemma[], start: StartSolver, verdicts: Map<string, Verdict>): Promise<Claims> {
  const into = claims("lemmas");
  if (used.length === 0) return into;
  const solver = await start();
  try {
    for (const lemma of used) {
      for (const { name, says, text, assertions } of lemma.proofs) {
        const answer = await solver.check({ text, assertions, variables: [] });
        const detail = `${lemma.name}.${name}`;
        ground(into, { rule: "L1", detail, sentence: `${lemma.name}: ${says}.`, subject: nowhere }, answer.kind === "unsat", `evidence/lemmas/${problemFile(lemma, name)}: ${answer.kind}`);
        const verdict: Verdict = answer.kind === "unsat" ? { kind: "proved", by: solver.name } : answer.kind === "sat" ? { kind: "refuted", by: solver.name, counterexample: {} } : answer;
        verdicts.set(`lemmas/L1/${detail}`, verdict);
      }
    }
  } finally {
    await solver.close();
  }
  return into;
}

const nowhere = { node: "", statement: "", buffer: "" };

/** Where the text of a problem stands, from evidence/lemmas. */
export function problemFile(lemma: Lemma, problem: Problem["name"]): string {
  return `${lemma.name}/${problem}.smt2`;
}

function boundIn(graph: Graph, contract: MulAddContract, { box, elements }: NumericRequest, deviations: ReadonlyMap<string, readonly bigint[]>): { readonly bound: Bound | undefined; readonly why: string } {
  if (box === undefined) return { bound: undefined, why: "no input box was declared" };
  try {
    return { bound: boundOf({ graph, contract, box: boxOnGrid(rangesIn(box, graph.inputs)), deviations, ...(elements === undefined ? {} : { elements }) }), why: "" };
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "no-bound") throw error;
    return { bound: undefined, why: `${error.where ?? "the model"}: ${error.message}` };
  }
}

/** Rule B2, one claim per output. */
function claimBound(into: Claims, { outputs }: Bound): void {
  outputs.forEach(({ name, error }, k) => {
    const sentence = `Output ${name} is within ${approximate(error).toExponential(3)} of the model's meaning over the reals, for every input in the box.`;
    ground(into, { rule: "B2", detail: `output.${k}`, sentence, subject: nowhere }, true, `bound ${printFraction(error)}`);
  });
}

/** A distance is from the model's own results, so it stands alone: no bound over the reals, and no lemma that needs one. */
function checkAlone({ box }: NumericRequest, others: number): void {
  const remedy = "build with integer-quantised alone";
  if (others > 0) throw new Refusal("usage", "lemma", "integer-quantised is used with another lemma, whose error it would have to bound", undefined, remedy);
  if (box !== undefined) throw new Refusal("usage", "box", "a box is declared with integer-quantised, which holds for every input", undefined, "leave out --box");
}

/** No result of any group differs for equal operands. */
function isExact(distance: NetworkDistance | undefined): boolean {
  return distance?.groups.every(({ steps }) => steps === 0) ?? false;
}

function unboundedOutput({ outputs }: NetworkDistance): string {
  const open = outputs.find(({ distance }) => distance === undefined);
  return open === undefined ? "" : `${open.name}: nothing bounds how far an operator that is not rewritten carries a distance`;
}

/** Rule B2, one claim per group, for equal operands, and one per output, for every input. */
function claimDistance(into: Claims, { groups, outputs }: NetworkDistance): void {
  groups.forEach(({ name, op, steps, near, of, rounding }, k) => {
    const sentence = steps === 0 ? "For equal operands its result is the model's own, bit for bit." : `For equal operands its result is within ${countOfSteps(steps)} of the model's own.`;
    const found = near === 0 && steps === 0 ? `${op || "moves"}: no sum of ${of} is near a tie` : `${op}: ${near} of ${of} sums are within roundings of a tie, which are at most ${approximate(rounding).toExponential(2)} steps`;
    ground(into, { rule: "B2", detail: `group.${k}`, sentence, subject: { ...nowhere, node: name } }, true, found);
  });
  outputs.forEach((output, k) => {
    if (output.distance === undefined) return;
    ground(into, { rule: "B2", detail: `output.${k}`, sentence: `Output ${output.name} is ${distanceSentence(output)}, for every input.`, subject: nowhere }, true, `bound ${printFraction(output.distance)}`);
  });
}

/** Such as `1 step`. */
export function countOfSteps(count: number): string {
  return `${count} ${count === 1 ? "step" : "steps"}`;
}

/** How far an output is from the model's own. */
export function distanceSentence({ distance, integer, whole }: NetworkDistance["outputs"][number]): string {
  if (distance === undefined) return "at an unknown distance from the model's own result";
  if (distance === 0n) return "the model's own result, bit for bit";
  const size = integer ? countOfSteps(approximate(distance)) : approximate(distance).toExponential(3);
  return `within ${size} of the model's own result${whole ? ", which is all that its type has room for" : ""}`;
}

function missingBound(into: Claims, why: string, verdicts: Map<string, Verdict>): void {
  ground(into, { rule: "B2", detail: "bound", sentence: "The error of the outputs has a proven bound.", subject: nowhere }, false, why);
  verdicts.set(`${into.stage}/B2/bound`, { kind: "unknown", why: "no-bound", detail: `${why}; declare --box, or --allow-unbounded to go on without a bound` });
}

function exceeded(what: string, remedy: string): never {
  throw new Refusal("budget", "error-budget", what, undefined, remedy);
}

function withinBudget(replication: Replication, tier: Tier, bound: Bound | undefined, distance: NetworkDistance | undefined): void {
  if (replication === "exact") {
    if (tier !== "T0") exceeded("exact replication is asked for, and a lemma of tier T2 is used", "leave the lemma out, or allow an error");
    return;
  }
  const { maxAbsError, maxUlp } = replication;
  for (const { name, distance: error } of distance?.outputs ?? []) {
    if (maxUlp !== undefined) exceeded("integer-quantised has a distance in steps, not in ulp", "give the largest distance as a number");
    if (maxAbsError !== undefined && (error === undefined || error > around(maxAbsError)[0])) exceeded(`output ${name} can be ${error === undefined ? "any distance" : approximate(error).toPrecision(4)} from the model's, above ${maxAbsError}`, "leave the lemma out for some groups, or allow more");
  }
  for (const { name, error, summary } of bound?.outputs ?? []) {
    if (maxAbsError !== undefined && error > around(maxAbsError)[0]) exceeded(`the bound of output ${name} is ${approximate(error).toPrecision(4)}, above ${maxAbsError}`, "declare a smaller box, leave lemmas out, or allow more");
    const ulps = Math.max(...summary.cells.map((cell) => approximate(errorOf(cell)) / ulpAt(approximate(sizeOf(cell)))));
    if (maxUlp !== undefined && ulps > maxUlp) exceeded(`the bound of output ${name} is ${ulps.toPrecision(4)} ulp of its largest magnitude, above ${maxUlp}`, "declare a smaller box, leave lemmas out, or allow more");
  }
}

/** Distance of f32 numbers of magnitude x. */
function ulpAt(x: number): number {
  return 2 ** (Math.max(-126, Math.floor(Math.log2(x))) - 23);
}
