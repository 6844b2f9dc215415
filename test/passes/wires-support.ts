/** What the tests of wire passes share: programs with their dataflow, runs of passes, and proofs of the stages. */
import { assertProgram } from "../../ir/loop/assert.js";
import { type Environment, evalProgram } from "../../ir/loop/eval.js";
import { parseProgram } from "../../ir/loop/parse.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { bytesOfElements } from "../../ir/tensor/tensor.js";
import { type ModelInterface, beginChain, checkStage, interfaceOf } from "../../proofs/kernel/kernel.js";
import type { Dataflow } from "../../proofs/kernel/witness.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import { discharge } from "../../proofs/provers/discharge.js";
import { referenceDataflow } from "../../src/lower/dataflow.js";
import { importModel } from "../../src/onnx/import.js";
import type { Pass, PassOptions, Staged } from "../../src/pass.js";
import { randomInputs } from "../loop/support.js";
import { modelPath } from "../ops/onnx-cases.js";

/** A reference program: its dataflow, its interface and something to run it on. */
export interface Start {
  readonly staged: Staged;
  readonly model: ModelInterface;
  readonly environment: Environment;
}

/** `body` in the text form, without origins; without weights, its inputs and outputs are its interface. Its dataflow is found where it is a reference program. */
export function startOf(body: string, dataflowOf: (program: Program) => Dataflow = referenceDataflow): Start {
  const text = body.replace(/^( *(?:for [^{]*serial|\w+: [^\n]*\S))/gm, '$1 from "node" by "lower"');
  const program = parseProgram(`program hand\n${text.trimStart()}`);
  const valueOf = ({ name, label, type, shape }: Buffer) => ({ name: label ?? name, type, shape });
  const of = (kind: Buffer["kind"]) => program.buffers.filter((buffer) => buffer.kind === kind).map(valueOf);
  return {
    staged: { program, dataflow: dataflowOf(program) },
    model: { inputs: of("input"), outputs: of("output"), tensors: new Map() },
    environment: randomInputs(program, new Map(), 17),
  };
}

/** The reference program of a network. */
export function startOfNetwork(folder: string): Start {
  const { graph } = importModel(modelPath(folder));
  const program = referenceProgram(graph, "separate");
  const staged = { program, dataflow: referenceDataflow(program) };
  return { staged, model: interfaceOf(graph), environment: randomInputs(program, graph.constants, 17) };
}

export interface StageReport {
  readonly pass: string;
  readonly program: Program;
  /** Outputs equal, bit for bit, with temporaries apart and in their arenas. */
  readonly same: boolean;
  readonly obligations: number;
  /** What is not proved, with the reason. */
  readonly open: readonly string[];
}

/** Each pass on what the one before made; a pass with nothing to do makes no stage. */
export async function runStages(start: Start, passes: readonly Pass[], options: PassOptions = {}): Promise<StageReport[]> {
  const reports: StageReport[] = [];
  let before = start.staged;
  let { established } = beginChain({ stage: "reference", model: start.model }, before.program, before.dataflow);
  const expected = outputBits(before.program, start.environment, false);
  for (const pass of passes) {
    const result = pass.run(before, options);
    if (result === undefined) continue;
    assertProgram(result.after);
    const checked = checkStage({ stage: pass.name, model: start.model }, established, result.after, result.witness);
    const lines = await discharge(checked.obligations, { jobs: 1, solver: "auto" });
    const open = lines.filter((line) => line.verdict.kind !== "proved").map((line) => `${line.id}: ${line.verdict.kind}: ${line.detail}`);
    const same = [false, true].every((arena) => outputBits(result.after, start.environment, arena) === expected);
    reports.push({ pass: pass.name, program: result.after, same, obligations: lines.length, open });
    before = { program: result.after, dataflow: result.witness };
    established = checked.established;
  }
  return reports;
}

function outputBits(program: Program, environment: Environment, arena: boolean): string {
  const outputs = evalProgram(program, environment, { arena });
  return [...outputs].map(([name, { data }]) => `${name} ${Buffer.from(bytesOfElements(data)).toString("hex")}`).join("\n");
}
