/**
 * Model-local functions are inlined: a call becomes the nodes of the body, with the
 * formal tensors replaced by the actual ones, the tensors of the body renamed, and
 * references to attributes replaced by the attributes of the call or their defaults.
 * The operator sets of a body are those the function imports.
 */
import { invalid, unsupported } from "../../ir/prelude.js";
import { refuseGraphParameter, subgraphsOf } from "./captures.js";
import { type Finding, finding } from "./findings.js";
import type { FlatNode } from "./flat-node.js";
import type { OnnxAttribute, OnnxFunction, OnnxModel, OnnxNode } from "./model.js";
import { type NameSupply, nameSupply } from "./names.js";
import { graphScope, localTensor, type Scope, visible } from "./scope.js";
import { opsetOf } from "./versions.js";

/** Calls may double at every level and loops run often, so the work (nodes and calls) is bounded, not the depth alone. */
const nodeLimit = 200_000;

/** Nodes that the runs of all subgraphs may be; a build of so many takes hours. */
export const unrolledLimit = 20_000;

/** Calls and subgraphs within each other. */
const depthLimit = 64;

export interface Inliner {
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  /** Tensor names: everything the model or an inlined body uses. */
  readonly tensors: NameSupply;
  readonly nodeNames: NameSupply;
  /** Nodes and calls so far, and nodes of runs of subgraphs, of the whole model. */
  readonly work: { done: number; unrolled: number };
  readonly nodes: FlatNode[];
  readonly findings: Finding[];
}

/** Codes: `duplicate-function`, `recursive-function`, `function-call`, `too-large`, `no-opset`. */
export function inlineFunctions(model: OnnxModel): Inliner {
  const { graph } = model;
  const inliner: Inliner = {
    functions: functionTable(model.functions),
    tensors: nameSupply(tensorNames(model)),
    nodeNames: nameSupply([]),
    work: { done: 0, unrolled: 0 },
    nodes: [],
    findings: [],
  };
  inlineNodes(inliner, graph.nodes, graphScope(model.opsets, graph));
  return inliner;
}

function tensorNames(model: OnnxModel): Iterable<string> {
  const { graph } = model;
  return [
    ...graph.inputs.map(({ name }) => name),
    ...graph.outputs.map(({ name }) => name),
    ...graph.initializers.map(({ name }) => name),
    ...graph.nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
    "", // never a name
  ];
}

function keyOf(of: { readonly domain: string; readonly overload: string }, op: string): string {
  return JSON.stringify([of.domain, op, of.overload]);
}

function functionTable(functions: readonly OnnxFunction[]): ReadonlyMap<string, OnnxFunction> {
  const table = new Map<string, OnnxFunction>();
  for (const definition of functions) {
    const key = keyOf(definition, definition.name);
    if (table.has(key)) {
      invalid(
        "duplicate-function", `function ${definition.domain}:${definition.name} is defined twice`, undefined,
        "keep one definition",
      );
    }
    table.set(key, definition);
  }
  return table;
}

/** Adds `nodes`, which stand in `scope`, to those of the inliner. */
export function inlineNodes(inliner: Inliner, nodes: readonly OnnxNode[], scope: Scope): void {
  nodes.forEach((node, k) => {
    const name = nodeName(inliner, node, { prefix: scope.prefix, k });
    const definition = inliner.functions.get(keyOf(node, node.op));
    countWork(inliner, name);
    if (definition === undefined) inliner.nodes.push(flatNode(node, name, { scope, k }));
    else inlineCall(inliner, { node, name, definition }, scope);
  });
}

/** A node or a call of a function more. */
function countWork({ work }: Inliner, where: string): void {
  if (++work.done > nodeLimit) tooLarge(`the model has more than ${nodeLimit} nodes once its functions are inlined`, where);
}

/** A run of a subgraph of `nodes` nodes. */
export function countRun({ work }: Inliner, nodes: number, where: string): void {
  work.unrolled += Math.max(1, nodes);
  if (work.unrolled > unrolledLimit) tooLarge(`the model has more than ${unrolledLimit} nodes in runs of subgraphs once its loops are unrolled`, where);
}

function tooLarge(why: string, where: string): never {
  return unsupported("too-large", why, where, "reduce the model");
}

/** Refuses what is called or nested too deeply with `too-large`. */
export function checkDepth({ depth }: Scope, where: string): void {
  if (depth < depthLimit) return;
  unsupported("too-large", `function calls and subgraphs are nested deeper than ${depthLimit}`, where, "inline functions in the model");
}

interface Position {
  readonly prefix: string;
  readonly k: number;
}

/** The name of the k-th node of a list whose names start with `prefix`. */
function nodeName({ nodeNames, findings }: Inliner, node: OnnxNode, { prefix, k }: Position): string {
  const wanted = `${prefix}${node.name || `node_${k}_${node.op}`}`;
  const name = nodeNames.fresh(wanted);
  if (node.name === "") {
    findings.push(finding("unnamed-node", name, `node ${k} (${node.op}) has no name and is called ${name} here`));
  } else if (name !== wanted) {
    findings.push(finding("duplicate-node-name", name, `several nodes are named ${wanted}; this one is called ${name} here`));
  }
  return name;
}

interface Place {
  readonly scope: Scope;
  readonly k: number;
}

function flatNode(node: OnnxNode, name: string, { scope, k }: Place): FlatNode {
  const attributes = new Map<string, OnnxAttribute>();
  for (const [key, value] of node.attributes) {
    const resolved = value.kind === "reference" ? scope.attribute(value.name) : value;
    if (value.kind === "reference" && resolved?.kind === "graph") refuseGraphParameter(key, name);
    if (resolved !== undefined) attributes.set(key, resolved);
    else if (scope.calls.length === 0) {
      invalid("attribute", `attribute ${key} refers to a function's attribute outside any function`, name, "export the model again");
    }
  }
  return {
    name,
    op: node.op,
    domain: node.domain,
    opset: opsetOf(scope.opsets, node.domain, name),
    attributes,
    inputs: withoutOmittedTail(node.inputs.map(scope.tensor)),
    outputs: node.outputs.map((output) => scope.tensor(output) ?? ""),
    ...subgraphsOf(node, scope, k),
  };
}

/** Trailing omitted inputs are the same as none. */
function withoutOmittedTail(inputs: readonly (string | null)[]): readonly (string | null)[] {
  return inputs.slice(0, inputs.findLastIndex((input) => input !== null) + 1);
}

interface Call {
  readonly node: OnnxNode;
  readonly name: string;
  readonly definition: OnnxFunction;
}

function inlineCall(inliner: Inliner, call: Call, scope: Scope): void {
  const { node, name, definition } = call;
  const key = keyOf(definition, definition.name);
  checkNesting(call, key, scope);
  checkCall(call);
  inliner.findings.push(finding(
    "function-inlined", name,
    `${name} calls the model's own function ${definition.domain}:${definition.name}, which is inlined`,
  ));
  const outputs = definition.outputs.map((formal, k) => ({ formal, to: scope.tensor(node.outputs[k] ?? "") }));
  const actual = new Map<string, string | null>([["", null]]);
  definition.inputs.forEach((formal, k) => actual.set(formal, scope.tensor(node.inputs[k] ?? "")));
  const handedOn = outputs.filter(({ formal }) => actual.has(formal)); // outputs that are inputs: no node makes them
  for (const { formal, to } of outputs) if (to !== null && !actual.has(formal)) actual.set(formal, to);
  const inner: Scope = {
    opsets: definition.opsets.size === 0 ? scope.opsets : definition.opsets,
    prefix: `${name}/`,
    calls: [...scope.calls, key],
    depth: scope.depth + 1,
    tensor: (formal) => localTensor(inliner.tensors, actual, { prefix: `${name}/`, name: formal }),
    attribute: callAttributes(call, scope),
    sees: visible(definition.inputs, definition.nodes),
  };
  inlineNodes(inliner, definition.nodes, inner);
  for (const { formal, to } of handedOn) handOn(inliner, inner, { from: actual.get(formal) ?? null, to });
}

function checkNesting({ name, definition }: Call, key: string, scope: Scope): void {
  if (scope.calls.includes(key)) {
    invalid(
      "recursive-function", `function ${definition.name} calls itself`, name,
      "ONNX functions cannot be recursive: export the model again",
    );
  }
  checkDepth(scope, name);
}

interface Copy {
  readonly from: string | null;
  readonly to: string | null;
}

/** A function output that is one of its inputs becomes a copy. */
function handOn(inliner: Inliner, scope: Scope, { from, to }: Copy): void {
  if (to === null) return;
  const name = inliner.nodeNames.fresh(`${scope.prefix}${to}`);
  if (from === null) invalid("function-call", `output ${to} is an input that the call omits`, name, "give the call that input");
  const opset = opsetOf(scope.opsets, "", name);
  inliner.nodes.push({ name, op: "Identity", domain: "", opset, attributes: new Map(), inputs: [from], outputs: [to], subgraphs: new Map(), captures: [] });
}

function checkCall({ node, name, definition }: Call): void {
  const wrong = (why: string): never => invalid(
    "function-call", `the call of function ${definition.name} ${why}`, name,
    "make the call fit the function's definition",
  );
  if (node.inputs.length > definition.inputs.length) {
    wrong(`has ${node.inputs.length} inputs, the function has ${definition.inputs.length}`);
  }
  if (node.outputs.length > definition.outputs.length) {
    wrong(`has ${node.outputs.length} outputs, the function has ${definition.outputs.length}`);
  }
  if (new Set(definition.inputs).size < definition.inputs.length) wrong("is to a function with two inputs of one name");
  if (new Set(definition.outputs).size < definition.outputs.length) wrong("is to a function with two outputs of one name");
  for (const key of node.attributes.keys()) {
    if (!definition.attributes.includes(key) && !definition.defaults.has(key)) {
      wrong(`has the attribute ${key}, which the function has not`);
    }
  }
}

function callAttributes({ node, definition }: Call, outer: Scope): (name: string) => OnnxAttribute | undefined {
  return (name) => {
    const given = node.attributes.get(name) ?? definition.defaults.get(name);
    return given?.kind === "reference" ? outer.attribute(given.name) : given;
  };
}
