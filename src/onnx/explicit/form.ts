/**
 * The explicit form of a model that import has built: its live nodes after inlining and in
 * execution order, each brought to one opset and to the explicit form of its operator. What
 * import computed becomes initializers, copies become wires.
 *
 * The form is made of ONNX nodes, before import takes operators apart, so it says no more and
 * no less than the model. That it means the same is not assumed: `fix.ts` imports it again.
 */
import { present } from "../../../ir/prelude.js";
import { type Tensor, bytesOfElements, sameType } from "../../../ir/tensor/tensor.js";
import type { BuiltGraph, ImportedNode } from "../build-graph.js";
import { statedAttributes } from "./attributes.js";
import { isAboutHeld } from "../normalise/sequences.js";
import type { ExplicitModel, ExplicitNode } from "./explicit-model.js";
import { type Draft, rewritingOf } from "./rules.js";
import { withoutCopies } from "./wires.js";

export interface FormOptions {
  readonly irVersion: number;
  /** The opset of ai.onnx that the form is in, and the versions of other domains. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Constants that depend on how multiply-add rounds: the form keeps the nodes that compute them. */
  readonly unstable: ReadonlySet<string>;
}

export function explicitModel(built: BuiltGraph, { irVersion, opsets, unstable }: FormOptions): ExplicitModel {
  const { graph, nodes, constants, types } = built;
  const known = new Map([...constants].filter(([name]) => !unstable.has(name)));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const made: ExplicitNode[] = [];
  for (const node of nodes) {
    if (hasSubgraph(node) || isAboutHeld(node.raw)) continue; // what it left in its place comes before it
    if (isCopy(node) && (outputs.has(node.raw.outputs[0] ?? "") || !known.has(node.raw.outputs[0] ?? ""))) made.push(copyOf(node));
    else if (!node.raw.outputs.every((output) => output === "" || known.has(output))) made.push(explicitNode(node, opsets.get("") ?? 0, known));
  }
  for (const copy of constantOutputs(built, made)) {
    made.push(copy);
    for (const input of copy.inputs) known.set(input ?? "", present(graph.constants.get(input ?? ""), "constant output"));
  }
  const wired = withoutCopies(made, { outputs, given: (name) => known.has(name) || graph.inputs.some((input) => input.name === name) });
  const typeOf = (name: string) => ({ name, ...present(types.get(wired.sourceOf(name)), `type of ${name}`) });
  const between = wired.nodes.flatMap((node) => node.outputs.filter((output) => output !== "" && !outputs.has(output)));
  return {
    name: graph.name, irVersion, opsets: used(opsets, wired.nodes),
    inputs: graph.inputs, outputs: graph.outputs, values: between.map(typeOf),
    initializers: initializersOf(wired.nodes, known), nodes: wired.nodes,
  };
}

function hasSubgraph({ raw }: ImportedNode): boolean {
  return [...raw.attributes.values()].some(({ kind }) => kind === "graph" || kind === "graphs");
}

/** Dropout is a copy in inference; its mask is a constant. */
function isCopy({ raw }: ImportedNode): boolean {
  return raw.domain === "" && (raw.op === "Identity" || raw.op === "Dropout");
}

function copyOf({ raw: { name, inputs, outputs } }: ImportedNode): ExplicitNode {
  return { name, op: "Identity", domain: "", attributes: new Map(), inputs: inputs.slice(0, 1), outputs: outputs.slice(0, 1) };
}

/** `known` receives the constants that the rewriting makes. */
function explicitNode({ raw, normal }: ImportedNode, opset: number, known: Map<string, Tensor>): ExplicitNode {
  const constant: Draft["constant"] = (slot, hint, value) => {
    const present = raw.inputs[slot] ?? "";
    const given = known.get(present);
    if (given !== undefined && sameTensor(given, value)) return present;
    const name = raw.fresh(`${raw.name}_${hint}`);
    known.set(name, value);
    return name;
  };
  const { op = raw.op, inputs = raw.inputs, overrides = {} } = rewritingOf({ raw, normal, opset, constant });
  return {
    name: raw.name, op, domain: raw.domain, attributes: statedAttributes({ raw, normal, op, opset, overrides }),
    inputs: inputs.slice(0, inputs.findLastIndex((input) => input !== null) + 1),
    outputs: raw.outputs.slice(0, raw.outputs.findLastIndex((output) => output !== "") + 1),
  };
}

export function sameTensor(a: Tensor, b: Tensor): boolean {
  return sameType(a, b) && Buffer.compare(bytesOfElements(a.data), bytesOfElements(b.data)) === 0;
}

/** The copies that import made of constants which are outputs. */
function constantOutputs({ graph, constants }: BuiltGraph, made: readonly ExplicitNode[]): readonly ExplicitNode[] {
  const written = new Set(made.flatMap(({ outputs }) => outputs));
  const copies = graph.nodes.filter(({ outputs: [output = ""] }) => constants.has(output) && !written.has(output));
  return copies.map(({ name, inputs, outputs }) => ({ name, op: "Identity", domain: "", attributes: new Map(), inputs, outputs }));
}

/** In the order of their first use. */
function initializersOf(nodes: readonly ExplicitNode[], known: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const initializers = new Map<string, Tensor>();
  for (const { inputs } of nodes) {
    for (const input of inputs) {
      const value = input === null ? undefined : known.get(input);
      if (input !== null && value !== undefined) initializers.set(input, value);
    }
  }
  return initializers;
}

function used(opsets: ReadonlyMap<string, number>, nodes: readonly ExplicitNode[]): ReadonlyMap<string, number> {
  const domains = new Set(["", ...nodes.map(({ domain }) => domain)]);
  return new Map([...opsets].filter(([domain]) => domains.has(domain)));
}
