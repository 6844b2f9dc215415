/**
 * From a decoded model to a Graph: functions inlined, nodes ordered and dead ones
 * dropped, every node brought to its normal form, every shape inferred by the
 * operator's own rule, and everything constant evaluated on the way.
 */
import type { Graph, GraphValue } from "../../ir/graph/graph.js";
import type { Tensor, TensorType } from "../../ir/tensor/tensor.js";
import { addInitializer, addNode } from "./add-node.js";
import { addConstant, type Builder, type BuildOptions, type ImportedNode } from "./builder.js";
import { declaredTypes } from "./declared-types.js";
import { type Finding, finding } from "./findings.js";
import { finishGraph } from "./finish-graph.js";
import { checkInterface, staticInputs } from "./fix-dims.js";
import { fixedInputs } from "./fix-inputs.js";
import { type FlatNode, readsOf } from "./flat-node.js";
import { inlineFunctions } from "./functions.js";
import { initializerTable } from "./initializers.js";
import type { OnnxModel, OnnxTensor } from "./model.js";
import { liveNodes, orderNodes } from "./order.js";

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
  const fixed = fixedInputs({ inputs: graph.inputs, initializers }, options.fixInputs ?? new Map(), options.fixDims);
  const inputs = graph.inputs.filter(({ name }) => !initializers.has(name) && !fixed.values.has(name));
  const given = new Set([...inputs.map(({ name }) => name), ...fixed.values.keys(), ...initializers.keys()]);
  const ordered = orderNodes(flat.nodes, given);
  const pinned = staticInputs(inputs, options.fixDims, fixed.pins);
  const builder: Builder = {
    options,
    declared: new Map(declaredTypes(graph)),
    inliner: flat,
    names: { tensors: flat.tensors, nodes: flat.nodeNames },
    opset: Number(model.opsets.get("") ?? 13n),
    types: new Map(pinned.types),
    constants: new Map(),
    derived: new Map(),
    held: new Map(),
    nodes: [],
    bounded: new Map(),
    imported: [],
    findings: [...modelFindings(model, initializers), ...flat.findings, ...ordered.findings, ...pinned.findings, ...fixed.findings],
  };
  for (const [name, value] of fixed.values) addConstant(builder, name, value);
  addLive(builder, ordered.nodes, { inputs: [...pinned.types.keys(), ...fixed.values.keys()], initializers, wanted: graph.outputs.map(({ name }) => name) });
  const values: readonly GraphValue[] = [...pinned.types].map(([name, type]) => ({ name, ...type }));
  const constants = new Map(builder.constants);
  const finished = finishGraph(builder, { name: graph.name || "model", inputs: values, outputs: graph.outputs });
  const whole = fixed.values.size === 0 ? finished : { ...finished, fixedInputs: fixed.values };
  return { graph: whole, findings: builder.findings, nodes: builder.imported, constants, types: builder.types };
}

interface Surroundings {
  readonly inputs: readonly string[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly wanted: readonly string[];
}

/** Adds the nodes and initializers that an output depends on, and reports the others. */
function addLive(builder: Builder, nodes: readonly FlatNode[], { inputs, initializers, wanted }: Surroundings): void {
  const live = liveNodes(nodes, wanted);
  const used = new Set(wanted);
  for (const node of live) for (const input of readsOf(node)) used.add(input);
  for (const name of inputs) {
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
