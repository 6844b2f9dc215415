/** Which names a subgraph takes from the scopes around it. */
import { invalid } from "../../ir/prelude.js";
import type { FlatNode, NestedGraph } from "./flat-node.js";
import type { OnnxGraph, OnnxNode } from "./model.js";
import type { Scope } from "./scope.js";

/** Every name that a graph defines: inputs, initializers, outputs of nodes. */
export function definedNames(graph: OnnxGraph): ReadonlySet<string> {
  return new Set([
    ...graph.inputs.map(({ name }) => name), ...graph.initializers.map(({ name }) => name), ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
}

/** A graph in a loop of another is asked for again in every run of that. */
const known = new WeakMap<OnnxGraph, readonly string[]>();

/** Names that the nodes of `graph` and of its subgraphs read and it does not define. */
export function freeNames(graph: OnnxGraph): readonly string[] {
  const found = known.get(graph);
  if (found !== undefined) return found;
  const defined = definedNames(graph);
  const read = graph.nodes.flatMap((node) => [...node.inputs, ...graphsOf(node).flatMap(([, inner]) => freeNames(inner))]);
  const free = [...new Set(read)].filter((name) => name !== "" && !defined.has(name));
  known.set(graph, free);
  return free;
}

/** Nodes of a graph and of the graphs in it. */
export function nodeCount(graph: OnnxGraph): number {
  return graph.nodes.reduce((sum, node) => graphsOf(node).reduce((inner, [, of]) => inner + nodeCount(of), sum + 1), 0);
}

function graphsOf(node: OnnxNode): readonly (readonly [string, OnnxGraph])[] {
  return [...node.attributes].flatMap(([name, attribute]) => (attribute.kind === "graph" ? [[name, attribute.value] as const] : []));
}

/** The subgraphs of the node at `position` and what they read; a name that nothing defines is refused with `no-producer` in time. */
export function subgraphsOf(node: OnnxNode, scope: Scope, position: number): Pick<FlatNode, "subgraphs" | "captures"> {
  const graphs = graphsOf(node);
  if (graphs.length === 0) return none;
  const subgraphs = new Map<string, NestedGraph>(graphs.map(([name, graph]) => [name, { graph, scope, position }]));
  const captures = new Set(graphs.flatMap(([, graph]) => freeNames(graph)).map(scope.tensor).filter((tensor) => tensor !== null));
  return { subgraphs, captures: [...captures] };
}

const none: Pick<FlatNode, "subgraphs" | "captures"> = { subgraphs: new Map(), captures: [] };

/** A graph that is handed to a function would read the names around the call. */
export function refuseGraphParameter(name: string, node: string): never {
  return invalid(
    "control-flow", `attribute ${name} of ${node} is a graph that a function is given`, node,
    "write the graph in the function, or inline the call",
  );
}
