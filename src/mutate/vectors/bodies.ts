/** Subgraphs of vectors: a run is evaluated when the node asks for it, so that the node can go by its results. */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { present } from "../../../ir/prelude.js";
import type { Tensor } from "../../../ir/tensor/tensor.js";
import type { OnnxValueInfo } from "../../onnx/model.js";
import type { ControlFlow, Subgraph, SubgraphRun } from "../../onnx/normalise/raw-node.js";

/** A subgraph in normal form. */
export interface VectorBody {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly BodyNode[];
}

export type BodyNode = Pick<GraphNode, "op" | "inputs" | "outputs"> & Partial<Pick<GraphNode, "attributes">>;

/** What has been evaluated so far. */
export interface Running {
  readonly values: Map<string, Tensor>;
  readonly constants: Map<string, Tensor>;
  /** `spoiled`: by the rewriting that is tried; nodes of a body are the model's. */
  readonly evaluate: (node: GraphNode, spoiled: boolean) => void;
}

/** The control flow of a node whose attributes hold `bodies`. */
export function controlFlowOf(bodies: Readonly<Record<string, VectorBody>>, running: Running): ControlFlow {
  return {
    subgraph: (attribute) => {
      const body = bodies[attribute];
      return body === undefined ? undefined : subgraphOf(body, running);
    },
    add: (nodes) => nodes.forEach((node) => step(running, node, true)),
    held: () => undefined,
    hold: () => undefined,
    note: () => undefined,
  };
}

function step({ constants, values, evaluate }: Running, node: GraphNode, spoiled: boolean): void {
  evaluate(node, spoiled);
  if (node.inputs.some((name) => name !== null && !constants.has(name))) return;
  for (const name of node.outputs) constants.set(name, present(values.get(name), name));
}

function subgraphOf(body: VectorBody, running: Running): Subgraph {
  const declared = (name: string): OnnxValueInfo => ({ name, type: { kind: "missing" } });
  return { inputs: body.inputs.map(declared), outputs: body.outputs.map(declared), nodes: body.nodes.length, run: (run) => runOf(body, running, run) };
}

/** Names that the body does not define are those of the vector. */
function runOf({ inputs, outputs, nodes }: VectorBody, running: Running, run: SubgraphRun): readonly string[] {
  const names = new Map(inputs.map((name, k) => [name, run.inputs[k] ?? ""]));
  for (const name of nodes.flatMap((node) => node.outputs)) names.set(name, `${run.label}/${name}`);
  const meant = (name: string): string => names.get(name) ?? name;
  nodes.forEach(({ op, attributes = {}, ...node }, k) => step(running, {
    name: `${run.label}/${k}`, op, domain: "", opset: 22, attributes,
    inputs: node.inputs.map((name) => (name === null ? null : meant(name))), outputs: node.outputs.map(meant),
  }, false));
  return outputs.map(meant);
}
