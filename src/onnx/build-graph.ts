/**
 * From a decoded model to a Graph: functions inlined, nodes ordered and dead ones
 * dropped, every node brought to its normal form, every shape inferred by the
 * operator's own rule, and everything constant evaluated on the way.
 */
import type { Graph, GraphNode, GraphValue } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import type { OperatorDefinition, OperatorNode } from "../../ir/ops/operator.js";
import { invalid, invariant, present, unsupported } from "../../ir/prelude.js";
import type { Tensor, TensorType } from "../../ir/tensor/tensor.js";
import { addConstant, addDerived, addRuntime, type Builder, type BuildOptions, freshName, type ImportedNode } from "./builder.js";
import { checkDeclared, declaredTypes } from "./declared-types.js";
import { checkedShape } from "./extents.js";
import { type Finding, finding } from "./findings.js";
import { finishGraph } from "./finish-graph.js";
import { checkInterface, staticInputs } from "./fix-dims.js";
import type { FlatNode } from "./flat-node.js";
import { carriedValue, foldNode } from "./fold-constants.js";
import { inlineFunctions } from "./functions.js";
import type { OnnxGraph, OnnxModel, OnnxTensor } from "./model.js";
import { normaliseNode } from "./normalise/index.js";
import { liveNodes, orderNodes } from "./order.js";
import { profileNode, profileTensor } from "./profile.js";
import { rawNode } from "./raw.js";
import { readTensor } from "./tensors.js";

export type { ImportedNode } from "./builder.js";

export interface BuiltGraph {
  readonly graph: Graph;
  readonly findings: readonly Finding[];
  /** The nodes of the model that an output depends on, with what each became, in execution order. */
  readonly nodes: readonly ImportedNode[];
  /** Every constant under the model's names, before outputs that are constant were given a copy. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** The type of every tensor of these nodes. */
  readonly types: ReadonlyMap<string, TensorType>;
}

/** Builds the graph of `model`. Refuses as its parts do; see the codes there. */
export function buildGraph(model: OnnxModel, options: BuildOptions): BuiltGraph {
  const { graph } = model;
  checkInterface(graph.inputs, graph.outputs);
  const initializers = initializerTable(graph);
  const flat = inlineFunctions(model);
  const inputs = graph.inputs.filter(({ name }) => !initializers.has(name));
  const given = new Set([...inputs.map(({ name }) => name), ...initializers.keys()]);
  const ordered = orderNodes(flat.nodes, given);
  const pinned = staticInputs(inputs, options.fixDims);
  const builder: Builder = {
    options,
    declared: declaredTypes(graph),
    names: { tensors: flat.tensors, nodes: flat.nodeNames },
    opset: Number(model.opsets.get("") ?? 13n),
    types: new Map(pinned.types),
    constants: new Map(),
    derived: new Map(),
    nodes: [],
    imported: [],
    findings: [...modelFindings(model, initializers), ...flat.findings, ...ordered.findings, ...pinned.findings],
  };
  addLive(builder, ordered.nodes, { inputs: pinned.types, initializers, wanted: graph.outputs.map(({ name }) => name) });
  const values: readonly GraphValue[] = [...pinned.types].map(([name, type]) => ({ name, ...type }));
  const constants = new Map(builder.constants);
  const finished = finishGraph(builder, { name: graph.name || "model", inputs: values, outputs: graph.outputs });
  return { graph: finished, findings: builder.findings, nodes: builder.imported, constants, types: builder.types };
}

interface Surroundings {
  readonly inputs: ReadonlyMap<string, TensorType>;
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly wanted: readonly string[];
}

/** Adds the nodes and initializers that an output depends on, and reports the others. */
function addLive(builder: Builder, nodes: readonly FlatNode[], { inputs, initializers, wanted }: Surroundings): void {
  const live = liveNodes(nodes, wanted);
  const used = new Set<string | null>(wanted);
  for (const node of live) for (const input of node.inputs) used.add(input);
  for (const name of inputs.keys()) {
    if (!used.has(name)) builder.findings.push(finding("unused-input", name, `no output depends on input ${name}`));
  }
  for (const [name, tensor] of initializers) {
    if (used.has(name)) addInitializer(builder, name, tensor);
    else builder.findings.push(finding("unused-initializer", name, `no output depends on ${name}; it was dropped`));
  }
  for (const node of nodes) {
    if (live.has(node)) addNode(builder, node);
    else builder.findings.push(finding("dead-node", node.name, `no output depends on ${node.op} ${node.name}; it was dropped`));
  }
}

function initializerTable(graph: OnnxGraph): ReadonlyMap<string, OnnxTensor> {
  const table = new Map<string, OnnxTensor>();
  if (graph.sparseInitializers > 0) {
    unsupported("sparse-tensor", "the model has sparse initializers", undefined, "store them as dense tensors");
  }
  for (const tensor of graph.initializers) {
    if (tensor.name === "") invalid("no-name", "an initializer has no name", undefined, "export the model again");
    if (table.has(tensor.name)) {
      invalid(
        "duplicate-name", `there are two initializers named ${tensor.name}`, tensor.name,
        "name every initializer differently",
      );
    }
    table.set(tensor.name, tensor);
  }
  return table;
}

function modelFindings(model: OnnxModel, initializers: ReadonlyMap<string, OnnxTensor>): readonly Finding[] {
  const findings: Finding[] = [];
  if (model.unknownFields > 0) {
    findings.push(finding("unknown-field", undefined, `${model.unknownFields} fields of the file are unknown and were ignored`));
  }
  if (model.trainingGraphs > 0) findings.push(finding("training-graph", undefined, "the training part of the model was ignored"));
  // Before IR version 4 every initializer had to be listed among the inputs.
  if (model.irVersion < 4n) return findings;
  for (const { name } of model.graph.inputs) {
    if (initializers.has(name)) {
      findings.push(finding(
        "overridable-initializer", name, `initializer ${name} is also a graph input; it is taken as a constant`,
      ));
    }
  }
  return findings;
}

function addInitializer(builder: Builder, name: string, tensor: OnnxTensor): void {
  const value = readTensor(tensor, { where: name, external: builder.options.external });
  checkDeclared(name, value, { declared: builder.declared, by: `initializer ${name}` });
  builder.findings.push(...profileTensor(name, value));
  addConstant(builder, name, value);
}

function addNode(builder: Builder, node: FlatNode): void {
  rejectControlFlow(node);
  const { types, constants, options } = builder;
  const fresh = (hint: string): string => freshName(builder, hint);
  const raw = rawNode(node, { types, constants, external: options.external, fresh });
  const normal = normaliseNode(raw);
  builder.imported.push({ raw, normal });
  for (const part of normal) addNormal(builder, withNamedOutputs(builder, part));
  builder.findings.push(...profileNode(raw, normal));
}

function rejectControlFlow(node: FlatNode): void {
  for (const [name, { kind }] of node.attributes) {
    if (kind !== "graph") continue;
    unsupported(
      "control-flow", `${node.op} ${node.name} runs a subgraph (${name})`, node.name,
      "export the model without control flow: unroll loops and fix conditions",
    );
  }
}

/** Trailing omitted outputs are dropped, others get a name that nothing reads. */
function withNamedOutputs(builder: Builder, node: GraphNode): GraphNode {
  if (!node.outputs.includes("")) return node;
  const outputs = node.outputs.slice(0, node.outputs.findLastIndex((output) => output !== "") + 1);
  return { ...node, outputs: outputs.map((output, k) => output || freshName(builder, `${node.name}_unused_${k}`)) };
}

function addNormal(builder: Builder, node: GraphNode): void {
  const carried = carriedValue(node);
  const definition = node.domain === "obligato" ? undefined : operatorFor(node.domain, node.op); // what only lemmas put there
  if (carried !== undefined) addDerived(builder, node, [carried]);
  else if (definition === undefined) refuseOperator(node);
  else infer(builder, node, definition);
}

function refuseOperator(node: GraphNode): never {
  const operator = node.domain === "" ? node.op : `${node.domain}:${node.op}`;
  return unsupported(
    "operator", `operator ${operator} is not supported`, node.name,
    "express it with supported operators, or give it as a model function",
  );
}

function infer(builder: Builder, node: GraphNode, definition: OperatorDefinition): void {
  const view = operatorNode(builder, node);
  const types = definition.shape(view);
  invariant(types.length >= node.outputs.length, `${node.op} ${node.name} has more outputs than types`);
  node.outputs.forEach((output, k) => {
    const type = present(types[k], "output type");
    invariant(type.shape.every(Number.isSafeInteger), `${node.op} ${node.name} gives the shape [${type.shape.join(",")}]`);
    checkedShape(type.shape.map(BigInt), type.type, output);
  });
  const constants = constantInputs(builder, node);
  const { contract } = builder.options;
  const folded = constants === undefined ? undefined : foldNode(definition, view, { inputs: constants, contract });
  if (folded !== undefined) addDerived(builder, node, folded);
  else addRuntime(builder, node, types);
  if (constants !== undefined && folded === undefined) {
    builder.findings.push(finding(
      "not-folded", node.name,
      `${node.op} ${node.name} has constant inputs only, but is too large to be computed at import`,
    ));
  }
}

function operatorNode({ types, constants }: Builder, node: GraphNode): OperatorNode {
  return {
    name: node.name,
    op: node.op,
    opset: node.opset,
    attributes: node.attributes,
    inputs: node.inputs.map((input) => (input === null ? null : present(types.get(input), `type of ${input}`))),
    outputCount: node.outputs.length,
    constant: (slot) => constants.get(node.inputs[slot] ?? ""),
  };
}

/** The inputs of a node if all of them are constants. */
function constantInputs({ constants }: Builder, node: GraphNode): readonly (Tensor | null)[] | undefined {
  const values = node.inputs.map((input) => (input === null ? null : constants.get(input)));
  return values.every((value) => value !== undefined) ? values : undefined;
}
