/**
 * The driver: from an ONNX file to proved C. It knows no pass by name: it asks each
 * step of the schedule for a program and a witness, lets the kernel make the
 * obligations, has them discharged, and goes on only if every one is proved.
 */
import { dirname } from "node:path";
import type { Graph } from "../ir/graph/graph.js";
import type { Program } from "../ir/loop/program.js";
import { claims } from "../proofs/kernel/claims.js";
import { type CheckedStage, type Established, beginChain, checkStage, interfaceOf } from "../proofs/kernel/kernel.js";
import type { Obligation } from "../proofs/kernel/obligation.js";
import type { Witness } from "../proofs/kernel/witness.js";
import { startSolver } from "../proofs/provers/discharge.js";
import { KnownQuestions } from "../proofs/provers/known.js";
import { derivedConstants } from "../proofs/reference/derived.js";
import type { BuildRequest, BuildResult, Progress } from "./build-result.js";
import { endToEnd } from "./compose/coverage.js";
import { composePhi } from "./compose/phi.js";
import { type Code, emitAndReadBack } from "./emit-code.js";
import { stagedReference } from "./lower/reference.js";
import { type LemmaStage, lemmaStage } from "./numeric/lemma-stage.js";
import { asksNothing } from "./numeric/request.js";
import { rejectEmpty } from "./onnx/extents.js";
import { importModel } from "./onnx/import.js";
import type { Pass, Staged } from "./pass.js";
import { fallbackPlacement, pipeline } from "./pipeline.js";
import { adviceOn } from "./schedule/matches.js";
import { type Chain, Stopped, record, settle } from "./settle.js";
import { planSteps } from "./steps.js";

export type * from "./build-result.js";

/** Throws a Refusal for what a person can mend; a claim that is not proved is a result. */
export async function buildModel(request: BuildRequest, report: Progress): Promise<BuildResult> {
  const steps = planSteps(request, request.passes ?? pipeline);
  report.stage("import");
  const { fixDims, fixInputs = new Map(), contract, model } = request;
  const original = importModel(model, { fixDims, fixInputs, contract, folder: dirname(model) });
  for (const { name, shape } of original.graph.outputs) rejectEmpty(shape, name); // a constant can be empty, an array of C cannot
  const numeric = await numericStage(request, original.graph, report);
  const imported = numeric === undefined ? original : { ...original, graph: numeric.graph };
  const chain: Chain = { request, imported, steps, report, stages: [], advice: [], answers: new Map(), known: new KnownQuestions() };
  const result = (): Pick<BuildResult, "request" | "imported" | "steps" | "stages" | "numeric" | "advice"> =>
    ({ request, imported, steps, stages: chain.stages, numeric, advice: chain.advice });
  try {
    if (numeric !== undefined) await settleNumeric(chain, numeric);
    const code = await runChain(chain);
    return { ...result(), outcome: request.prove ? "proved" : "unchecked", failure: undefined, code };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    const outcome = error.failure.lines.some(({ verdict }) => verdict.kind === "refuted") ? "refuted" : "unknown";
    return { ...result(), outcome, failure: error.failure, code: undefined };
  }
}

async function numericStage({ numeric, contract, solver }: BuildRequest, graph: Graph, report: Progress): Promise<LemmaStage | undefined> {
  if (numeric === undefined || asksNothing(numeric)) return undefined;
  report.stage("lemmas");
  return lemmaStage(graph, contract, numeric, () => startSolver(solver));
}

/** The rewriting before the chain: its own claims, and the bound on the error of the outputs. */
async function settleNumeric(chain: Chain, { name, obligations, verdicts }: LemmaStage): Promise<void> {
  if (obligations.length === 0) return;
  const summary = name === "lemmas" ? "the graph rewritten by lemmas, and its error bounded" : "the error of the outputs bounded";
  await settle(chain, { name, summary, program: undefined, witness: undefined, verdicts }, () => ({ obligations }), undefined);
}

async function runChain(chain: Chain): Promise<Code> {
  const { request, imported, steps } = chain;
  const { graph } = imported;
  await checkConstants(chain, graph);
  const first = await begin(chain, stagedReference(graph, request.contract));
  let current = first;
  let segment: Segment = { from: first, stages: chain.stages.length, summary: "the C against the operators' meanings, nothing in between" };
  for (const [k, { pass, options }] of steps.entries()) {
    chain.report.stage(pass.name);
    const result = pass.run(current.staged, options);
    if (request.schedule !== undefined) chain.advice.push(...adviceOn(k + 1, pass, options, current.staged.program, result !== undefined));
    if (result === undefined) continue;
    current = await advance(chain, current, { pass, ...result });
    if (result.witness.backward === true) segment = { from: current, stages: chain.stages.length, summary: `the C against the program after ${chain.stages.at(-1)?.name ?? pass.name}, nothing in between` };
  }
  const placed = fallbackPlacement.run(current.staged, {});
  if (placed !== undefined) current = await advance(chain, current, { pass: fallbackPlacement, ...placed });
  const { code, last } = await readBackStage(chain, current);
  await proveEndToEnd(chain, segment, last);
  return code;
}

/** What the end-to-end claims start from: φ of the stages before a backward one does not compose with those after. */
interface Segment {
  readonly from: Current;
  /** Stages up to there. */
  readonly stages: number;
  readonly summary: string;
}

/** A program of the chain: what passes see of it, and what the kernel knows of it. */
interface Current {
  readonly staged: Staged;
  readonly established: Established;
}

async function checkConstants(chain: Chain, graph: Graph): Promise<void> {
  if (graph.derived.size === 0) return;
  const into = claims("import");
  derivedConstants(into, graph, chain.request.contract);
  const stage = { name: "import", summary: "constants that import derived", program: undefined, witness: undefined };
  await settle(chain, stage, () => into, undefined);
}

async function begin(chain: Chain, { program: reference, dataflow }: Staged): Promise<Current> {
  const options = { stage: "reference", model: interfaceOf(chain.imported.graph) };
  const stage = { name: "reference", summary: "the operators' meanings as loops", program: reference, witness: dataflow };
  const { established } = await settle(chain, stage, () => beginChain(options, reference, dataflow), undefined);
  return { staged: { program: established.program, dataflow }, established };
}

interface Step {
  readonly pass: Pick<Pass, "name" | "summary">;
  readonly after: Program;
  readonly witness: Witness;
  /** Claims of the last stage that are not about two programs. */
  readonly besides?: readonly Obligation[];
}

async function advance(chain: Chain, before: Current, { pass, after, witness, besides = [] }: Step): Promise<Current> {
  const name = stageName(chain, pass.name);
  const options = { stage: name, model: interfaceOf(chain.imported.graph) };
  const stage = { name, summary: pass.summary, program: after, witness };
  const make = (): CheckedStage => {
    const { obligations, established } = checkStage(options, before.established, after, witness);
    return { obligations: [...obligations, ...besides], established };
  };
  const { established } = await settle(chain, stage, make, before.staged.program);
  return { staged: { program: established.program, dataflow: witness }, established }; // the text the kernel read, not the pass's objects
}

/** A pass that runs twice makes two stages. */
function stageName({ stages }: Chain, pass: string): string {
  const taken = stages.filter(({ name }) => name === pass || name.startsWith(`${pass}-`)).length;
  return taken === 0 ? pass : `${pass}-${taken + 1}`;
}

async function readBackStage(chain: Chain, current: Current): Promise<{ readonly code: Code; readonly last: Current }> {
  chain.report.stage("read-back");
  const { program, dataflow } = current.staged;
  const { code, step } = emitAndReadBack({ program, dataflow, imported: chain.imported, request: chain.request });
  return { code, last: await advance(chain, current, step) };
}

/**
 * The program read back, directly against the reference: no program in between enters a
 * claim. The chain has decided the build already; what is open here is told by name.
 */
async function proveEndToEnd(chain: Chain, { from: { established }, stages, summary }: Segment, { staged }: Current): Promise<void> {
  chain.report.stage(endToEnd);
  const start = performance.now();
  const links = chain.stages.slice(stages).flatMap(({ program, witness }) => (program !== undefined && witness !== undefined && "phi" in witness ? [{ program, phi: witness.phi }] : []));
  const witness = { ...staged.dataflow, phi: composePhi(established, links) };
  const options = { stage: endToEnd, model: interfaceOf(chain.imported.graph) };
  const { obligations } = checkStage(options, established, staged.program, witness);
  await record(chain, { name: endToEnd, summary, program: staged.program, witness }, obligations, start);
}
