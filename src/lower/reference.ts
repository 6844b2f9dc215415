/**
 * The reference program of a graph with its dataflow, made once for a graph object: what chooses a
 * schedule asks for it again and again, and of a small network it is most of what a choice
 * costs. A build imports the model itself, so that it starts from a program that no pass has seen.
 */
import type { Graph } from "../../ir/graph/graph.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import type { Staged } from "../pass.js";
import { referenceDataflow } from "./dataflow.js";

const made = new WeakMap<Graph, Map<MulAddContract, Staged>>();

/** The same object for the same graph object and contract; nobody changes it. Codes: those of `referenceProgram`, `fold-condition`. */
export function stagedReference(graph: Graph, contract: MulAddContract): Staged {
  const known = made.get(graph) ?? new Map<MulAddContract, Staged>();
  made.set(graph, known);
  const staged = known.get(contract) ?? lowered(graph, contract);
  known.set(contract, staged);
  return staged;
}

function lowered(graph: Graph, contract: MulAddContract): Staged {
  const program = referenceProgram(graph, contract);
  return { program, dataflow: referenceDataflow(program) };
}
