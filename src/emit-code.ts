/**
 * The last arrow: the final program as C, read back from its text alone. What the
 * kernel then checks is the program that was read; beside it stand the claims about
 * weights, scalar functions, the known vector and the flow facts.
 */
import { basename } from "node:path";
import type { Emission, ReadBack } from "../backends/backend.js";
import { emitC } from "../backends/c/emit.js";
import { modelIdentifier } from "../backends/c/names.js";
import { checkedReadBack } from "../backends/c/round-trip.js";
import { evalGraph } from "../ir/graph/eval.js";
import type { Graph } from "../ir/graph/graph.js";
import { printProgram } from "../ir/loop/print.js";
import type { Program } from "../ir/loop/program.js";
import { present } from "../ir/prelude.js";
import { scalarFunction } from "../ir/scalar/ops.js";
import type { MulAddContract } from "../ir/tensor/meaning.js";
import type { Tensor } from "../ir/tensor/tensor.js";
import { type Claims, claims, ground } from "../proofs/kernel/claims.js";
import { differenceOf, weightContents } from "../proofs/reference/derived.js";
import { identityWitness } from "../proofs/kernel/kernel.js";
import type { Obligation } from "../proofs/kernel/obligation.js";
import { exactCounts } from "../proofs/kernel/timing.js";
import type { Dataflow, Witness } from "../proofs/kernel/witness.js";
import { type FlowFacts, flowFactsOf } from "../wcet/facts/flow-facts.js";
import type { ImportedModel } from "./onnx/import.js";
import { vectorFor } from "./run/vectors.js";

/** Everything that comes out of a build besides evidence. */
export interface Code {
  /** Prefix of every external C name. */
  readonly model: string;
  readonly emission: Emission;
  readonly read: ReadBack;
  readonly facts: FlowFacts;
}

export interface EmitTask {
  readonly program: Program;
  readonly dataflow: Dataflow;
  readonly imported: ImportedModel;
  readonly request: { readonly model: string; readonly contract: MulAddContract };
}

export interface ReadBackStep {
  readonly pass: { readonly name: string; readonly summary: string };
  readonly after: Program;
  readonly witness: Witness;
  readonly besides: readonly Obligation[];
}

/** Prints, reads back, and makes the claims that need no `before`. */
export function emitAndReadBack({ program, dataflow, imported, request }: EmitTask): { readonly code: Code; readonly step: ReadBackStep } {
  const model = modelIdentifier(basename(request.model).replace(/\.onnx$/, ""));
  const golden = knownVector(imported.graph, request.contract);
  const emission = emitC(program, { model, weights: imported.graph.constants, golden });
  const read = checkedReadBack(emission.files);
  const facts = flowFactsOf(read.program);
  const { obligations } = textClaims({ stage: "read-back", emitted: program, read, graph: imported.graph, contract: request.contract });
  const pass = { name: "read-back", summary: "the C, read from its text" };
  const witness = identityWitness(read.program, dataflow);
  return { code: { model, emission, read, facts }, step: { pass, after: read.program, witness, besides: obligations } };
}

export interface TextTask {
  readonly stage: string;
  readonly emitted: Program;
  readonly read: ReadBack;
  /** Undefined where the model is not at hand: then nothing is claimed of weights and the known vector. */
  readonly graph: Graph | undefined;
  readonly contract: MulAddContract;
}

/** The claims about a text that no earlier program enters. */
export function textClaims({ stage, emitted, read, graph, contract }: TextTask): Claims {
  const into = claims(stage);
  sameText(into, emitted, read.program);
  if (graph !== undefined) {
    weightContents(into, read.program, read.weights, graph.constants);
    sameVector(into, read, knownVector(graph, contract));
  }
  sameFunctions(into, read);
  exactCounts(into, read.program, {
    exported: new Map(Object.entries(flowFactsOf(read.program).loops)),
    annotated: new Map(read.bounds.map(({ loop, bound }) => [loop, bound])),
  });
  return into;
}

interface Vector {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** One vector with the outputs that the meanings give, for the self test. */
function knownVector(graph: Graph, contract: MulAddContract): Vector {
  const inputs = vectorFor(graph.inputs, 1);
  const byName = new Map(graph.inputs.map(({ name }, k) => [name, present(inputs[k], name)]));
  return { inputs, outputs: [...evalGraph(graph, byName, contract).values()] };
}

const nowhere = { node: "", statement: "", buffer: "" };

function sameText(into: Claims, emitted: Program, read: Program): void {
  const [a, b] = [printProgram(emitted), printProgram(read)];
  const lines = b.split("\n");
  const at = a.split("\n").findIndex((line, k) => line !== lines[k]);
  const detail = a === b ? `${lines.length} lines are equal` : `line ${at + 1}: read ${lines[at] ?? "nothing"}`;
  ground(into, { rule: "W0", detail: "text", sentence: "The program read from the C has the text of the program that was printed.", subject: nowhere }, a === b, detail);
}

/** Definitions as text; bigints have none in JSON. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? `${part}n` : part)) ?? "nothing";
}

function sameFunctions(into: Claims, { functions }: ReadBack): void {
  for (const [op, found] of functions) {
    const holds = textOf(found) === textOf(scalarFunction(op));
    ground(into, { rule: "W7", detail: `function.${op}`, sentence: `The C function for ${op} is the definition of ${op}.`, subject: nowhere }, holds, holds ? "equal" : "the terms differ");
  }
}

function sameVector(into: Claims, { golden }: ReadBack, due: Vector): void {
  const expected = [...due.inputs, ...due.outputs];
  const found = golden === undefined ? [] : [...golden.inputs, ...golden.outputs];
  expected.forEach((value, k) => {
    const difference = differenceOf(found[k], value);
    ground(into, { rule: "W7", detail: `known-vector.${k}`, sentence: `Tensor ${k} of the self test is what the model's meaning gives.`, subject: nowhere }, difference === undefined, difference ?? "equal");
  });
}
