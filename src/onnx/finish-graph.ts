/**
 * The last step of building a graph: outputs are checked, outputs that turned out
 * constant get a copying node, and everything that folding left without a use is
 * dropped, so that the graph holds what its outputs depend on and nothing else.
 */
import type { Graph, GraphNode, GraphValue } from "../../ir/graph/graph.js";
import { invalid, invariant, present, unsupported } from "../../ir/prelude.js";
import { printTensorType } from "../../ir/tensor/tensor.js";
import type { Builder } from "./builder.js";
import { rejectEmpty } from "./extents.js";
import { finding } from "./findings.js";
import type { OnnxValueInfo } from "./model.js";
import { keepNarrow } from "./narrow-constants.js";
import { liveNodes } from "./order.js";

interface Interface {
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** Codes: `not-a-tensor`, `no-producer`, `output-is-input`, `zero-dim`. */
export function finishGraph(builder: Builder, { name, inputs, outputs }: Interface): Graph {
  const wanted = outputs.map((output) => output.name);
  wanted.forEach((output) => checkOutput(builder, output, inputs));
  const parts = new Map([...builder.bounded].filter(([name]) => wanted.includes(name)));
  for (const [output, { axis, count }] of parts) {
    if (!wanted.includes(count)) wanted.push(count);
    builder.findings.push(finding("bounded-output", output, `output ${output} is ${printTensorType(present(builder.types.get(output), output))}, which holds every result: the part in use along axis ${axis} is what the output ${count} counts, the rest is 0`));
  }
  const copied = wanted.filter((output) => builder.constants.has(output));
  copied.forEach((output) => copyConstant(builder, output));
  for (const { name: output, type } of outputs) {
    if (type.kind !== "tensor" || type.dims === undefined) {
      builder.findings.push(finding("untyped-output", output, `output ${output} has no declared shape`));
    }
  }
  keepNarrow(builder);
  const live = liveNodes(builder.nodes, wanted);
  const nodes = builder.nodes.filter((node) => live.has(node));
  assertNames(nodes);
  const graph = prune(builder, { name, inputs, wanted, nodes });
  return parts.size === 0 ? graph : { ...graph, boundedOutputs: parts };
}

function checkOutput({ types, held }: Builder, output: string, inputs: readonly GraphValue[]): void {
  if (held.has(output)) unsupported("not-a-tensor", `the graph output ${output} is a sequence or an optional value`, output, "let the model give tensors only");
  const type = types.get(output);
  if (type === undefined) {
    return invalid("no-producer", `nothing makes the graph output ${output}`, output, "add the node that computes it");
  }
  if (inputs.length > 0) rejectEmpty(type.shape, output); // a model without inputs is only evaluated
  if (inputs.some(({ name }) => name === output)) {
    unsupported("output-is-input", `${output} is both input and output of the graph`, output, "put an Identity node between them");
  }
}

/** Moves the constant under another name and makes the output a copy of it. */
function copyConstant(builder: Builder, output: string): void {
  const { constants, derived, types, nodes, names, findings } = builder;
  const value = names.tensors.fresh(`${output}_value`);
  const node = names.nodes.fresh(`${output}_copy`);
  const moved = (name: string): string => (name === output ? value : name);
  constants.set(value, present(constants.get(output), output));
  types.set(value, present(types.get(output), output));
  constants.delete(output);
  for (const [name, maker] of [...derived]) {
    derived.delete(name);
    derived.set(moved(name), renamed(maker, moved));
  }
  nodes.forEach((other, k) => (nodes[k] = renamed(other, moved)));
  nodes.push({ name: node, op: "Identity", domain: "", opset: builder.opset, attributes: {}, inputs: [value], outputs: [output] });
  findings.push(finding("constant-output", output, `output ${output} is constant`));
}

function renamed(node: GraphNode, moved: (name: string) => string): GraphNode {
  return { ...node, inputs: node.inputs.map((input) => (input === null ? null : moved(input))), outputs: node.outputs.map(moved) };
}

function assertNames(nodes: readonly GraphNode[]): void {
  const names = new Set(nodes.map(({ name }) => name));
  invariant(names.size === nodes.length, "two nodes of the graph have one name");
}

interface Kept {
  readonly name: string;
  readonly inputs: readonly GraphValue[];
  readonly wanted: readonly string[];
  readonly nodes: readonly GraphNode[];
}

function prune(builder: Builder, { name, inputs, wanted, nodes }: Kept): Graph {
  const constants = usedConstants(builder, nodes);
  const typeOf = (tensor: string) => present(builder.types.get(tensor), `type of ${tensor}`);
  const tensors = [...inputs.map((input) => input.name), ...constants, ...nodes.flatMap(({ outputs }) => outputs)];
  return {
    name,
    inputs,
    outputs: wanted.map((output) => ({ name: output, ...typeOf(output) })),
    constants: new Map([...builder.constants].filter(([tensor]) => constants.has(tensor))),
    nodes,
    types: new Map(tensors.map((tensor) => [tensor, typeOf(tensor)])),
    derived: new Map([...builder.derived].filter(([tensor]) => constants.has(tensor))),
  };
}

/** Constants that a node reads, and those from which they were derived. */
function usedConstants({ constants, derived }: Builder, nodes: readonly GraphNode[]): ReadonlySet<string> {
  const used = new Set<string>();
  const pending: (string | null)[] = nodes.flatMap(({ inputs }) => inputs);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === null || used.has(name) || !constants.has(name)) continue;
    used.add(name);
    for (const input of derived.get(name)?.inputs ?? []) pending.push(input);
  }
  return used;
}
