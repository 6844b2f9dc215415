/**
 * Copies become wires: readers of a copy read what it copies. A copy that is an output of the
 * graph gives its name to the tensor it copies; it stays where that is an input, a constant or
 * another output.
 */
import type { ExplicitNode } from "./explicit-model.js";

export interface Surroundings {
  /** Names of the outputs of the graph. */
  readonly outputs: ReadonlySet<string>;
  /** Whether a name is an input of the graph or a constant. */
  readonly given: (name: string) => boolean;
}

export interface Wired {
  readonly nodes: readonly ExplicitNode[];
  /** What a tensor was called before. */
  readonly sourceOf: (name: string) => string;
}

/** `nodes` are in execution order and stay so; every `Identity` among them is taken as a copy. */
export function withoutCopies(nodes: readonly ExplicitNode[], { outputs, given }: Surroundings): Wired {
  const sources = new Map<string, string>();
  const names = new Map<string, string>();
  const kept: ExplicitNode[] = [];
  for (const node of nodes) {
    const [from, to] = [node.inputs[0] ?? "", node.outputs[0] ?? ""];
    if (node.op !== "Identity" || node.domain !== "") {
      kept.push(node);
      continue;
    }
    const source = sources.get(from) ?? from;
    sources.set(to, source);
    if (!outputs.has(to)) continue;
    if (given(source) || outputs.has(source) || names.has(source)) kept.push({ ...node, inputs: [source] });
    else names.set(source, to);
  }
  const keptOutputs = new Set(kept.flatMap((node) => node.outputs));
  const called = (name: string): string => {
    const source = keptOutputs.has(name) ? name : sources.get(name) ?? name;
    return names.get(source) ?? source;
  };
  const old = new Map([...names].map(([source, name]) => [name, source]));
  const rewired = kept.map((node) => ({
    ...node, inputs: node.inputs.map((input) => (input === null ? null : called(input))), outputs: node.outputs.map((output) => names.get(output) ?? output),
  }));
  return { nodes: rewired, sourceOf: (name) => old.get(name) ?? name };
}
