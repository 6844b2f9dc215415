/**
 * The last arrow: the final program as C, read back from its text alone. What the
 * kernel then checks is the program that was read; beside it stand the claims about
 * weights, scalar functions, the known vector and the flow facts.
 */
import { basename } from "node:path";
import type { Emission, FloatCompare, ReadBack } from "../backends/backend.js";
import { emitC } from "../backends/c/emit.js";
import { modelIdentifier } from "../backends/c/names.js";
import { checkedReadBack } from "../backends/c/round-trip.js";
import type { Program } from "../ir/loop/program.js";
import type { MulAddContract } from "../ir/tensor/meaning.js";
import { identityWitness } from "../proofs/kernel/kernel.js";
import type { Obligation } from "../proofs/kernel/obligation.js";
import type { Dataflow, Witness } from "../proofs/kernel/witness.js";
import { type FlowFacts, flowFactsOf } from "../wcet/facts/flow-facts.js";
import type { ImportedModel } from "./onnx/import.js";
import { interfaceNotes, knownVector, textClaims } from "./text-claims.js";

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
  readonly request: { readonly model: string; readonly contract: MulAddContract; readonly floatCompare?: FloatCompare | undefined };
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
  const emission = emitC(program, { model, weights: imported.graph.constants, golden, floatCompare: request.floatCompare, notes: interfaceNotes(imported.graph) });
  const read = checkedReadBack(emission.files);
  const facts = flowFactsOf(read.program);
  const { obligations } = textClaims({ stage: "read-back", emitted: program, read, graph: imported.graph, contract: request.contract });
  const pass = { name: "read-back", summary: "the C, read from its text" };
  const witness = identityWitness(read.program, dataflow);
  return { code: { model, emission, read, facts }, step: { pass, after: read.program, witness, besides: obligations } };
}
