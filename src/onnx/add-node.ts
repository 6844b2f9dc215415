/**
 * A node or an initializer added to the graph under construction: brought to normal form,
 * its shape inferred by the operator's own rule, and evaluated where everything it reads is
 * constant.
 */
import type { GraphNode } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import type { OperatorDefinition, OperatorNode } from "../../ir/ops/operator.js";
import { invariant, present, unsupported } from "../../ir/prelude.js";
import { type Tensor, printTensorType } from "../../ir/tensor/tensor.js";
import { boundedOutputs, rejectBounded } from "./bounded.js";
import { addConstant, addDerived, addRuntime, type Builder, freshName } from "./builder.js";
import { checkDeclared, dropScalars } from "./declared-types.js";
import { DynamicShape, inputsBehind } from "./dynamic-shape.js";
import { checkedShape } from "./extents.js";
import { finding } from "./findings.js";
import type { FlatNode } from "./flat-node.js";
import { carriedValue, foldNode } from "./fold-constants.js";
import type { OnnxTensor } from "./model.js";
import { rounded, widened } from "./halves.js";
import { normaliseNode } from "./normalise/index.js";
import { type ControlFlow, noControlFlow, type RawNode } from "./normalise/raw-node.js";
import { isAboutHeld, takesHeld } from "./normalise/sequences.js";
import { profileNode, profileTensor } from "./profile.js";
import { rawNode } from "./raw.js";
import { subgraphOf } from "./subgraph.js";
import { readTensor } from "./tensors.js";
import { widthIn, withWidths } from "./widths.js";

export function addInitializer(builder: Builder, name: string, tensor: OnnxTensor): void {
  const value = readTensor(tensor, { where: name, external: builder.options.external });
  checkDeclared(name, value, { declared: builder.declared, by: `initializer ${name}` });
  builder.findings.push(...profileTensor(name, value));
  addConstant(builder, name, value);
}

/** Adds what `node` becomes. Control flow adds the runs of its subgraphs by the same way. */
export function addNode(builder: Builder, node: FlatNode): void {
  rejectBounded(node, builder.bounded);
  const { types, constants, options } = builder;
  checkTensors(builder, node);
  const fresh = (hint: string): string => freshName(builder, hint);
  const raw = rawNode(node, { types, constants, external: options.external, fresh, control: controlFlow(builder, node) });
  const computed = widened(raw);
  addAll(builder, node, computed.before);
  const unstated = node.op === "If" && node.domain === "" ? dropScalars(builder.declared, node.outputs) : [];
  const normal = normalised(builder, computed.node);
  builder.imported.push({ raw, normal, origin: "model" });
  addAll(builder, node, rounded(computed, normal));
  builder.findings.push(...profileNode(raw, normal));
  for (const output of unstated) reportScalar(builder, output);
}

/** A refusal for a shape that depends on data names the inputs that decide it. */
function normalised(builder: Builder, raw: RawNode): readonly GraphNode[] {
  try {
    return normaliseNode(raw);
  } catch (error) {
    throw error instanceof DynamicShape ? error.behind(inputsBehind(builder, error.tensor)) : error;
  }
}

/** Refuses a sequence or an optional value where the operator takes tensors. */
function checkTensors({ held }: Builder, { name, op, domain, inputs }: FlatNode): void {
  const found = takesHeld({ op, domain }) ? undefined : inputs.find((input) => input !== null && held.has(input));
  if (found === undefined || found === null) return;
  unsupported("not-a-tensor", `${op} takes ${found}, which is a sequence or an optional value`, name, "give it a tensor: SequenceAt, ConcatFromSequence and OptionalGetElement give one");
}

/** A scalar may be declared where the branches of If give another shape: reported, as ONNX Runtime does, not refused. */
function reportScalar({ types, findings }: Builder, output: string): void {
  const found = types.get(output);
  if (found === undefined || found.shape.length === 0) return;
  findings.push(finding("declared-scalar", output, `${output} is declared as a scalar, and the branches of If make it ${printTensorType(found)}`));
}

function addAll(builder: Builder, node: FlatNode, normal: readonly GraphNode[]): void {
  for (const part of normal) {
    if (node.subgraphs.size > 0 || isAboutHeld(node)) addLeft(builder, part);
    addNormal(builder, withNamedOutputs(builder, part));
  }
}

/** What control flow makes of its subgraphs' results, and what sequences leave, is no node of the model, and reads what none there does. */
function addLeft(builder: Builder, part: GraphNode): void {
  rejectBounded(part, builder.bounded);
  const { types, constants } = builder;
  const raw: RawNode = {
    ...part, attributes: new Map(), typeOf: (name) => types.get(name), constantOf: (name) => constants.get(name),
    fresh: (hint) => freshName(builder, hint), control: noControlFlow,
  };
  builder.imported.push({ raw, normal: [part], origin: "control-flow" });
}

function controlFlow(builder: Builder, node: FlatNode): ControlFlow {
  return {
    subgraph: (attribute) => {
      const nested = node.subgraphs.get(attribute);
      return nested === undefined ? undefined : subgraphOf(builder, { node, attribute, nested }, { addInitializer, addNode });
    },
    add: (nodes) => addAll(builder, node, nodes),
    held: (name) => builder.held.get(name),
    hold: (name, held) => builder.held.set(name, held),
    note: (code, reason) => builder.findings.push(finding(code, node.name, reason)),
  };
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
  const types = withWidths(node, view.inputs, definition.shape(view));
  invariant(types.length >= node.outputs.length, `${node.op} ${node.name} has more outputs than types`);
  node.outputs.forEach((output, k) => {
    const type = present(types[k], "output type");
    invariant(type.shape.every(Number.isSafeInteger), `${node.op} ${node.name} gives the shape [${type.shape.join(",")}]`);
    checkedShape(type.shape.map(BigInt), type.type, output);
  });
  for (const [output, part] of boundedOutputs(node, definition, view, builder.bounded)) builder.bounded.set(output, part);
  const constants = definition.bounded === undefined ? constantInputs(builder, node) : undefined;
  const { contract } = builder.options;
  const folded = constants === undefined ? undefined : foldNode(definition, view, { inputs: constants, contract });
  if (folded !== undefined) addDerived(builder, node, folded.map((value, k) => ({ ...value, ...widthIn(present(types[k], "output type")) })));
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

/** The inputs of a node if all of them are constants. What is packed stays so in memory: it is taken apart where it is read. */
function constantInputs({ constants }: Builder, node: GraphNode): readonly (Tensor | null)[] | undefined {
  if (node.op === "Unpack") return undefined;
  const values = node.inputs.map((input) => (input === null ? null : constants.get(input)));
  return values.every((value) => value !== undefined) ? values : undefined;
}
