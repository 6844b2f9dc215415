/**
 * Wrong rewritings of If, Loop and Scan: a run too many or too few, values handed to the
 * wrong place or a run late, a condition read late or not at all, rows in another order.
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { type Tensor, tensorOf } from "../../../ir/tensor/tensor.js";
import type { RawNode } from "../../onnx/normalise/index.js";
import type { Subgraph, SubgraphRun } from "../../onnx/normalise/raw-node.js";
import type { NodeVector, Spoiling } from "../vectors/vector.js";
import type { SpoiledVector } from "./spoiled-vectors.js";

interface WrongRewriting {
  readonly ops: readonly string[];
  readonly name: string;
  readonly bug: string;
  readonly spoiling: Spoiling;
}

/** Changes of one run; `runs` counts those before it. */
interface RunChange {
  readonly inputs?: (inputs: readonly string[], runs: number, first: readonly string[]) => readonly string[];
  readonly outputs?: (outputs: readonly string[], before: readonly string[]) => readonly string[];
}

function changedRuns({ inputs, outputs }: RunChange): Spoiling {
  return { raw: (node) => {
    const seen: { readonly given: readonly string[]; readonly made: readonly string[] }[] = [];
    const change = (body: Subgraph) => (run: SubgraphRun): readonly string[] => {
      const given = inputs?.(run.inputs, seen.length, seen[0]?.given ?? run.inputs) ?? run.inputs;
      const made = body.run({ ...run, inputs: given });
      const before = seen.at(-1)?.made ?? made;
      seen.push({ given: run.inputs, made });
      return outputs?.(made, before) ?? made;
    };
    return withSubgraphs(node, (attribute) => {
      const body = node.control.subgraph(attribute);
      return body === undefined ? undefined : { ...body, run: change(body) };
    });
  } };
}

function withSubgraphs(node: RawNode, subgraph: RawNode["control"]["subgraph"]): RawNode {
  return { ...node, control: { ...node.control, subgraph } };
}

function exchanged<T>(list: readonly T[], a: number): readonly T[] {
  const [first, second] = [list[a], list[a + 1]];
  return first === undefined || second === undefined ? list : list.with(a, second).with(a + 1, first);
}

/** Another value of a constant input. */
function changedConstant(slot: number, to: (value: Tensor) => Tensor): Spoiling {
  return { raw: (node) => ({ ...node, constantOf: (name) => {
    const value = node.constantOf(name);
    return value === undefined || name !== node.inputs[slot] ? value : to(value);
  } }) };
}

function moreTrips(by: bigint): Spoiling {
  return changedConstant(0, ({ type, shape, data }) => tensorOf(type, shape, [BigInt(data[0] ?? 0) + by]));
}

function onNodes(op: string, to: (node: GraphNode) => GraphNode): Spoiling {
  return { normal: (node) => (node.op === op ? to(node) : node) };
}

/** The first input that is carried, by operator. */
const carriedFrom = (inputs: readonly string[]): number => (inputs.length > 3 ? 2 : 0);

const both = ["Loop", "Scan"];

const wrong: readonly WrongRewriting[] = [
  { ops: both, name: "carried-exchanged", bug: "two carried values are handed to each other's place", spoiling: changedRuns({ inputs: (inputs) => exchanged(inputs, carriedFrom(inputs)) }) },
  { ops: both, name: "carried-from-first", bug: "every run starts from the initial values", spoiling: changedRuns({ inputs: (inputs, _, first) => inputs.map((input, k) => (k >= carriedFrom(inputs) ? first[k] ?? input : input)) }) },
  { ops: both, name: "results-exchanged", bug: "two results of the body are taken for each other", spoiling: changedRuns({ outputs: (outputs) => exchanged(outputs, outputs.length > 3 ? 1 : 0) }) },
  { ops: both, name: "results-late", bug: "the results are those of the run before", spoiling: changedRuns({ outputs: (_, before) => before }) },
  { ops: ["Loop"], name: "iteration-number-stays", bug: "the iteration number stays 0", spoiling: changedRuns({ inputs: ([, ...inputs], _, [first = ""]) => [first, ...inputs] }) },
  { ops: ["Loop"], name: "condition-late", bug: "the condition is that of the run before", spoiling: changedRuns({ outputs: ([, ...outputs], [condition = ""]) => [condition, ...outputs] }) },
  { ops: ["Loop"], name: "condition-unread", bug: "the condition is not read", spoiling: { raw: (node) => ({ ...node, inputs: node.inputs.map((input, k) => (k === 1 ? null : input)) }) } },
  { ops: ["Loop"], name: "one-run-less", bug: "the last run is not made", spoiling: moreTrips(-1n) },
  { ops: ["Loop"], name: "one-run-more", bug: "a run too many is made", spoiling: moreTrips(1n) },
  { ops: ["Loop"], name: "resumes", bug: "a loop that ended goes on where its condition is true again", spoiling: onNodes("And", (node) => ({ ...node, op: "Identity", inputs: node.inputs.slice(1) })) },
  { ops: ["If", "Loop"], name: "selection-exchanged", bug: "the values for true and false are exchanged", spoiling: onNodes("Where", (node) => ({ ...node, inputs: [node.inputs[0] ?? null, node.inputs[2] ?? null, node.inputs[1] ?? null] })) },
  { ops: ["If", "Loop"], name: "selection-left-out", bug: "the value for true is always taken", spoiling: onNodes("Where", (node) => ({ ...node, op: "Identity", inputs: node.inputs.slice(1, 2) })) },
  { ops: both, name: "rows-reversed", bug: "rows are stacked from the last", spoiling: onNodes("Concat", (node) => ({ ...node, inputs: node.inputs.toReversed() })) },
  { ops: both, name: "row-repeated", bug: "the first row stands in place of the second", spoiling: onNodes("Concat", (node) => ({ ...node, inputs: node.inputs.with(1, node.inputs[0] ?? null) })) },
  { ops: ["If"], name: "branches-exchanged", bug: "each branch is taken for the other", spoiling: { raw: (node) => withSubgraphs(node, (attribute) => node.control.subgraph(attribute === "then_branch" ? "else_branch" : "then_branch")) } },
  { ops: ["If"], name: "condition-turned", bug: "a constant condition is read the other way round", spoiling: changedConstant(0, ({ type, shape, data }) => tensorOf(type, shape, [1 - Number(data[0] ?? 0)])) },
  { ops: ["Scan"], name: "lengths-unread", bug: "every sequence is taken for whole", spoiling: { raw: (node) => (node.opset < 9 ? { ...node, inputs: node.inputs.with(0, null) } : node) } },
];

/** The wrong rewritings as they apply to a vector. */
export function wrongRewritings(vector: NodeVector): readonly SpoiledVector[] {
  return wrong.filter(({ ops }) => ops.includes(vector.op)).map(({ name, bug, spoiling }) => ({ name: `${vector.op}.${name}`, bug, vector, spoiling }));
}
