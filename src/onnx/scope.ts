/**
 * Scopes: what a name means where it stands, in the graph, in one call of a function or in
 * one run of a subgraph. A subgraph reads the names of the scopes around it; a function
 * reads none but its own. Source: ONNX IR.md, "Graphs" and "Value Names".
 */
import type { OnnxAttribute, OnnxGraph, OnnxNode, Opsets } from "./model.js";
import type { NameSupply } from "./names.js";

export interface Scope {
  readonly opsets: Opsets;
  /** What names of nodes begin with: "" in the graph, `call/` in a body. */
  readonly prefix: string;
  /** Functions being inlined, outermost first. */
  readonly calls: readonly string[];
  /** Calls and subgraphs around the nodes. */
  readonly depth: number;
  /** The tensor of the model that a name stands for, null for an omitted one. */
  readonly tensor: (name: string) => string | null;
  /** The value of an attribute of the function around the nodes. */
  readonly attribute: (name: string) => OnnxAttribute | undefined;
  /** Whether a subgraph of the node at `position` can read `name`. */
  readonly sees: (name: string, position: number) => boolean;
}

/** The scope of the model's graph, where every name is its own. */
export function graphScope(opsets: Opsets, graph: OnnxGraph): Scope {
  return {
    opsets, prefix: "", calls: [], depth: 0,
    tensor: (name) => (name === "" ? null : name),
    attribute: () => undefined,
    sees: visible([...graph.inputs, ...graph.initializers].map(({ name }) => name), graph.nodes),
  };
}

/** Names that are there from the start, and outputs of earlier nodes in the order of the file, as the checker of ONNX has it. */
export function visible(given: readonly string[], nodes: readonly OnnxNode[]): Scope["sees"] {
  let places: Map<string, number> | undefined; // few lists of nodes hold subgraphs that ask
  return (name, position) => {
    places ??= new Map([...nodes.flatMap(({ outputs }, k) => outputs.map((output) => [output, k] as const)), ...given.map((own) => [own, -1] as const)]);
    return (places.get(name) ?? Infinity) < position;
  };
}

export interface LocalName {
  readonly prefix: string;
  readonly name: string;
}

/** The tensor that `name` is known as, or one of the scope's own, made up when first asked for. */
export function localTensor(tensors: NameSupply, known: Map<string, string | null>, { prefix, name }: LocalName): string | null {
  const found = known.get(name);
  if (found !== undefined) return found;
  const made = tensors.fresh(`${prefix}${name}`);
  known.set(name, made);
  return made;
}
