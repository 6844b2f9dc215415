/**
 * Mutants of operator meanings against the node tests of ONNX: the same changes as for the
 * vectors (kinds/meanings.ts), and the stored outputs have to notice. The vectors are ours;
 * here what notices was written by others.
 */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { present } from "../../ir/prelude.js";
import { evalMeaning } from "../../ir/tensor/eval.js";
import type { Meaning } from "../../ir/tensor/meaning.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { type Tolerance, agreement } from "../testing/compare.js";
import { storedForm } from "../testing/stored-form.js";
import { changedMeanings } from "./kinds/meanings.js";

/** A node test that the right meanings pass. */
export interface NodeTest {
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly expected: readonly Tensor[];
}

/** How many wrong meanings of an operator were made, and which tests noticed how many. */
export interface OperatorScore {
  readonly made: number;
  readonly noticed: number;
}

type Change = (meaning: Meaning) => Meaning;

/** By operator of the normal form, in the order in which they occur; of an operator without a wrong meaning there is none. */
export function scoreByOperator(tests: readonly NodeTest[], tolerance: Tolerance): ReadonlyMap<string, OperatorScore> {
  const named = new Set(tests.flatMap(({ graph }) => graph.nodes.map(({ op }) => op)));
  const scores = [...named].map((op) => [op, scoreOperator(op, tests, tolerance)] as const);
  return new Map(scores.filter(([, { made }]) => made > 0));
}

/** The wrong meanings of one operator against the tests that have it; one that is noticed is not tried again. */
export function scoreOperator(op: string, tests: readonly NodeTest[], tolerance: Tolerance): OperatorScore {
  const noticed = new Map<string, boolean>();
  for (const test of tests) {
    for (const { name, change } of changesOf(test.graph, op)) {
      if (noticed.get(name) !== true) noticed.set(name, notices(test, tolerance, op, change));
    }
  }
  return { made: noticed.size, noticed: [...noticed.values()].filter(Boolean).length };
}

/** Of the first node that is of the operator. */
function changesOf(graph: Graph, op: string): ReturnType<typeof changedMeanings> {
  const node = graph.nodes.find((own) => own.op === op);
  return node === undefined ? [] : changedMeanings(op, meaningOf(node, graph));
}

function meaningOf(node: GraphNode, graph: Graph): Meaning {
  return present(operatorFor(node.domain, node.op), `operator ${node.op}`).meaning(operatorNode(node, graph));
}

/** Whether an output of the graph, every node of the operator changed, is outside of the tolerance. */
function notices({ graph, inputs, expected }: NodeTest, tolerance: Tolerance, op: string, change: Change): boolean {
  const values = new Map([...graph.constants, ...inputs]);
  try {
    for (const node of graph.nodes) {
      const meaning = meaningOf(node, graph);
      const given = node.inputs.map((name) => (name === null ? null : present(values.get(name), name)));
      const outputs = evalMeaning(node.op === op ? change(meaning) : meaning, given, "separate");
      node.outputs.forEach((name, k) => values.set(name, present(outputs[k], name)));
    }
    const outputs = storedForm(graph, graph.outputs.map(({ name }) => present(values.get(name), name)));
    return expected.some((stored, k) => !agreement(stored, present(outputs[k], "output"), tolerance).within);
  } catch {
    return true; // a wrong meaning may read outside of a tensor, overflow, or count too many
  }
}
