/**
 * The tensors that a second reading holds: those of the graph by name, and those of functions
 * and of graphs in attributes, which import names `call/name` or `node/run/name`, with a number
 * behind where that is taken. Several may have one name within.
 */
import type { OnnxGraph, OnnxNode, OnnxTensor } from "../../onnx/model.js";
import type { SecondReading } from "./model.js";

export interface Tensors {
  readonly own: ReadonlyMap<string, OnnxTensor>;
  /** Tensors of functions and subgraphs that a constant of this name can be. */
  readonly inner: (name: string) => readonly OnnxTensor[];
}

type Named = readonly (readonly [string, OnnxTensor])[];

export function tensorsOf({ graph, functions }: SecondReading): Tensors {
  const inner = new Map<string, OnnxTensor[]>();
  for (const [name, tensor] of [...heldBy([...graph.nodes, ...functions.flatMap(({ nodes }) => nodes)]), ...functions.flatMap(({ nodes }) => carriedBy(nodes))]) {
    const others = inner.get(name);
    if (others === undefined) inner.set(name, [tensor]);
    else others.push(tensor);
  }
  return { own: new Map(tensorsIn(graph)), inner: (name) => endings(name).flatMap((ending) => inner.get(ending) ?? []) };
}

function tensorsIn({ initializers, nodes }: OnnxGraph): Named {
  return [...initializers.map((tensor) => [tensor.name, tensor] as const), ...carriedBy(nodes)];
}

function carriedBy(nodes: readonly OnnxNode[]): Named {
  return nodes.flatMap((node): Named => {
    const value = node.op === "Constant" ? node.attributes.get("value") : undefined;
    return value?.kind === "tensor" ? [[node.outputs[0] ?? "", value.value]] : [];
  });
}

/** Of the graphs that nodes hold, at any depth. */
function heldBy(nodes: readonly OnnxNode[]): Named {
  const pending = [...nodes];
  const found: (readonly [string, OnnxTensor])[] = [];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const attribute of node.attributes.values()) {
      if (attribute.kind !== "graph") continue;
      found.push(...tensorsIn(attribute.value));
      pending.push(...attribute.value.nodes);
    }
  }
  return found;
}

/** What follows each slash, with and without a number behind. */
function endings(name: string): readonly string[] {
  const parts = name.split("/");
  return parts.slice(1).flatMap((_, k) => {
    const ending = parts.slice(k + 1).join("/");
    return [...new Set([ending, ending.replace(/_\d+$/, "")])];
  });
}
