/**
 * The runs of a subgraph. A run is its nodes put into the graph under construction, with
 * names of their own: the tensors that the node hands over stand for the inputs, names
 * that the subgraph does not define are those around it, and its initializers are shared
 * by all runs. What is noticed about the nodes is reported for the first run.
 */
import { invalid } from "../../ir/prelude.js";
import type { Builder } from "./builder.js";
import { definedNames, freeNames, nodeCount } from "./captures.js";
import { checkDeclared } from "./declared-types.js";
import { finding } from "./findings.js";
import { type FlatNode, type NestedGraph, readsOf } from "./flat-node.js";
import { checkDepth, countRun, inlineNodes } from "./functions.js";
import { initializerTable } from "./initializers.js";
import type { OnnxTensor, OnnxValueInfo } from "./model.js";
import type { Subgraph, SubgraphRun } from "./normalise/raw-node.js";
import { liveNodes, orderNodes } from "./order.js";
import { localTensor, type Scope, visible } from "./scope.js";

export interface Held {
  readonly node: FlatNode;
  readonly attribute: string;
  readonly nested: NestedGraph;
}

/** How the graph under construction grows. */
export interface Adding {
  readonly addInitializer: (builder: Builder, name: string, tensor: OnnxTensor) => void;
  readonly addNode: (builder: Builder, node: FlatNode) => void;
}

/** What all runs of one subgraph have in common. */
interface Body extends Held {
  readonly formals: readonly OnnxValueInfo[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly defined: ReadonlySet<string>;
  /** Names that mean the same in every run: the initializers. */
  readonly shared: Map<string, string>;
  readonly adding: Adding;
}

/** Codes: `no-name`, `duplicate-name`, `too-large`; a run refuses as its nodes do. */
export function subgraphOf(builder: Builder, held: Held, adding: Adding): Subgraph {
  const { graph, scope } = held.nested;
  checkDepth(scope, held.node.name);
  const initializers = initializerTable(graph);
  const shared = new Map([...initializers.keys()].map((name) => [name, builder.names.tensors.fresh(`${held.node.name}/${name}`)]));
  const formals = graph.inputs.filter(({ name }) => !initializers.has(name));
  const body: Body = { ...held, formals, initializers, shared, defined: definedNames(graph), adding };
  checkNames(builder, body);
  let runs = 0;
  return {
    inputs: formals, outputs: graph.outputs, nodes: nodeCount(graph),
    run: (run) => runOnce(runs++ === 0 ? builder : { ...builder, findings: [] }, body, run),
  };
}

/** Names of a subgraph are its own. ONNX forbids the others; where the checker of ONNX lets one pass, the inner meaning counts. */
function checkNames(builder: Builder, { node, attribute, nested, formals, initializers }: Body): void {
  const { graph, scope, position } = nested;
  const where = `${attribute} of ${node.name}`;
  const given = [...formals.map(({ name }) => name), ...initializers.keys()];
  const twice = given.find((name, k) => name === "" || given.indexOf(name) !== k);
  if (twice === "") invalid("no-name", `an input of ${where} has no name`, node.name, "export the model again");
  if (twice !== undefined) invalid("duplicate-name", `two inputs of ${where} are named ${twice}`, node.name, "name every input differently");
  const hidden = graph.nodes.flatMap(({ outputs }) => outputs).find((name) => name !== "" && scope.sees(name, position));
  if (hidden !== undefined) {
    invalid("duplicate-name", `a node in ${where} makes ${hidden}, which is a name around it too`, node.name, "name every tensor differently");
  }
  for (const name of given.filter((own) => scope.sees(own, position))) {
    builder.findings.push(finding("shadowed-name", node.name, `${name} in ${where} has the name of a tensor around it; within, it is its own`));
  }
}

function runOnce(builder: Builder, body: Body, run: SubgraphRun): readonly string[] {
  const { node, nested: { graph }, formals, initializers, shared } = body;
  countRun(builder.inliner, graph.nodes.length, node.name);
  const names = new Map<string, string | null>(shared);
  formals.forEach(({ name }, k) => names.set(name, run.inputs[k] ?? null));
  nameOutputs(body, names, run);
  const scope = scopeOf(builder, body, { names, label: run.label });
  declare(builder, body, names, scope);
  const nodes: FlatNode[] = [];
  inlineNodes({ ...builder.inliner, nodes, findings: builder.findings }, graph.nodes, scope);
  const outputs = graph.outputs.map(({ name }) => outputOf(body, scope, name));
  const ordered = orderNodes(nodes, new Set([...run.inputs, ...shared.values(), ...around(body)]));
  builder.findings.push(...ordered.findings);
  const live = liveNodes(ordered.nodes, outputs);
  const used = new Set([...outputs, ...[...live].flatMap(readsOf)]);
  for (const [name, tensor] of initializers) {
    const known = shared.get(name) ?? name;
    if (used.has(known) && !builder.types.has(known)) body.adding.addInitializer(builder, known, tensor);
  }
  for (const inner of ordered.nodes) {
    if (live.has(inner)) body.adding.addNode(builder, inner);
    else builder.findings.push(finding("dead-node", inner.name, `no output depends on ${inner.op} ${inner.name}; it was dropped`));
  }
  return outputs;
}

/** Outputs that nodes make have the names that are wished for, the first of two that are one tensor. */
function nameOutputs({ nested: { graph }, defined }: Body, names: Map<string, string | null>, { outputs = [] }: SubgraphRun): void {
  graph.outputs.forEach(({ name }, k) => {
    const wanted = outputs[k] ?? "";
    if (wanted !== "" && defined.has(name) && !names.has(name)) names.set(name, wanted);
  });
}

interface Names {
  readonly names: Map<string, string | null>;
  readonly label: string;
}

function scopeOf({ names: { tensors } }: Builder, { node, nested, defined }: Body, { names, label }: Names): Scope {
  const { graph, scope, position } = nested;
  const prefix = `${node.name}/${label}/`;
  const own = visible([...graph.inputs, ...graph.initializers].map(({ name }) => name), graph.nodes);
  return {
    ...scope, prefix, depth: scope.depth + 1,
    tensor: (name) => {
      if (name === "") return null;
      return defined.has(name) ? localTensor(tensors, names, { prefix, name }) : scope.tensor(name);
    },
    sees: (name, at) => own(name, at) || scope.sees(name, position),
  };
}

/** Types that the subgraph declares hold in every run: of its inputs now, of what its nodes make once that is inferred. */
function declare({ declared, types }: Builder, { node, nested: { graph }, formals, defined }: Body, names: ReadonlyMap<string, string | null>, scope: Scope): void {
  const inputs = new Set(formals.map(({ name }) => name));
  for (const { name, type } of [...graph.inputs, ...graph.outputs, ...graph.valueInfos]) {
    const tensor = defined.has(name) ? scope.tensor(name) : null;
    if (tensor === null) continue;
    const found = inputs.has(name) ? types.get(names.get(name) ?? "") : undefined;
    if (found === undefined) declared.set(tensor, [...declared.get(tensor) ?? [], type]);
    else checkDeclared(name, found, { declared: new Map([[name, [type]]]), by: node.name });
  }
}

function around({ nested: { graph, scope } }: Body): readonly string[] {
  return freeNames(graph).map(scope.tensor).filter((name) => name !== null);
}

function outputOf({ node, attribute, defined }: Body, scope: Scope, name: string): string {
  const tensor = defined.has(name) ? scope.tensor(name) : null;
  return tensor ?? invalid(
    "no-producer", `nothing in ${attribute} of ${node.name} makes its output ${name || "without name"}`, node.name,
    "add the node that computes it; an Identity where it is a tensor around the subgraph",
  );
}
