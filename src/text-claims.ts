/**
 * The claims about emitted text that no earlier program enters: what was read is what
 * was printed, weights are the model's, scalar functions are their definitions, the
 * self test's vector is what the meanings give, flow facts are exact. Made by a build,
 * and made anew by whoever checks a built directory.
 */
import { createHash } from "node:crypto";
import type { InterfaceNotes, ReadBack } from "../backends/backend.js";
import { evalGraph } from "../ir/graph/eval.js";
import type { Graph } from "../ir/graph/graph.js";
import { printProgram } from "../ir/loop/print.js";
import type { Program } from "../ir/loop/program.js";
import { present } from "../ir/prelude.js";
import { scalarFunction } from "../ir/scalar/ops.js";
import type { MulAddContract } from "../ir/tensor/meaning.js";
import { type Tensor, bytesOfElements } from "../ir/tensor/tensor.js";
import { type Claims, claims, ground } from "../proofs/kernel/claims.js";
import { exactCounts } from "../proofs/reference/timing.js";
import { differenceOf, weightContents } from "../proofs/reference/derived.js";
import { flowFactsOf } from "../wcet/facts/flow-facts.js";
import { vectorFor } from "./run/vectors.js";

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
    sameNotes(into, read, interfaceNotes(graph));
  }
  sameFunctions(into, read);
  const { loops, guards } = flowFactsOf(read.program);
  exactCounts(into, read.program, {
    exported: new Map(Object.entries(loops)),
    annotated: read.annotated.loops,
    guards: { exported: guards, annotated: read.annotated.guards },
  });
  return into;
}

/** What the text has to say of inputs that were fixed and outputs that are bounded. */
export function interfaceNotes({ fixedInputs = new Map(), boundedOutputs = new Map() }: Graph): InterfaceNotes {
  return {
    fixed: [...fixedInputs].map(([name, { type, shape, data }]) => ({ name, type, shape, digest: createHash("sha256").update(bytesOfElements(data)).digest("hex") })),
    bounded: [...boundedOutputs].map(([name, { axis, count }]) => ({ name, axis, count })),
  };
}

export interface Vector {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Evaluating a large model takes seconds, and emission and claims need the same vector. */
const evaluated = new WeakMap<Graph, Map<MulAddContract, Vector>>();

/** One vector with the outputs that the meanings give, for the self test; a copy for each caller, as the printer is not trusted. */
export function knownVector(graph: Graph, contract: MulAddContract): Vector {
  const known = evaluated.get(graph) ?? new Map<MulAddContract, Vector>();
  evaluated.set(graph, known);
  const vector = known.get(contract) ?? evaluatedVector(graph, contract);
  known.set(contract, vector);
  return structuredClone(vector);
}

function evaluatedVector(graph: Graph, contract: MulAddContract): Vector {
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

function sameNotes(into: Claims, { notes }: ReadBack, due: InterfaceNotes): void {
  for (const [kind, sentence] of [["fixed", "The inputs that the header says are fixed are those of the build, with the digests of their values."], ["bounded", "The outputs that the header says are bounded are those of the model, with their axes and counts."]] as const) {
    if (notes[kind].length + due[kind].length === 0) continue;
    const holds = textOf(notes[kind]) === textOf(due[kind]);
    ground(into, { rule: "W7", detail: `${kind}-notes`, sentence, subject: nowhere }, holds, holds ? `${due[kind].length} equal` : "the header names others");
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
