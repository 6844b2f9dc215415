/**
 * Sequences and optional values: what they hold is known at import, so they are resolved
 * there and no trace of them is left in the graph. A name of one stands for the tensors it
 * holds (`Held`); an operator on it makes another such name, or copies of the tensors. What
 * is not known before the program runs is refused: a position that is computed, an input or
 * an output of the model that is no tensor, a choice between two of them.
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { invalid } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { asNode, composed } from "./compose.js";
import { plain } from "./elementwise.js";
import { concat } from "./layout.js";
import { type Normaliser, allowOnly, axisOf, constantInput, constantNode, flagOf, inputName, inputType, integersOf, intOf, normalNode } from "./node.js";
import type { Held, RawNode } from "./raw-node.js";
import { bodyOf, checkAlike } from "./subgraphs.js";

/** Operators of ai.onnx that are about sequences and optional values: what they leave in the graph is about tensors. */
const about: ReadonlySet<string> = new Set([
  "ConcatFromSequence", "Optional", "OptionalGetElement", "OptionalHasElement", "SequenceAt", "SequenceConstruct", "SequenceEmpty",
  "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap", "SplitToSequence",
]);

export function isAboutHeld({ op, domain }: Pick<RawNode, "op" | "domain">): boolean {
  return domain === "" && about.has(op);
}

/** Whether the operator may be given a sequence or an optional value; all others take tensors. */
export function takesHeld(node: Pick<RawNode, "op" | "domain">): boolean {
  return isAboutHeld(node) || (node.domain === "" && ["Identity", "If", "Loop"].includes(node.op));
}

/** What output `k` of the node holds from now on. */
function hold(node: RawNode, held: Held, k = 0): GraphNode[] {
  const output = node.outputs[k] ?? "";
  if (output !== "") node.control.hold(output, held);
  return [];
}

/** The tensors of the sequence that input `slot` is. */
function partsOf(node: RawNode, slot: number): readonly string[] {
  const name = inputName(node, slot);
  const held = node.control.held(name);
  if (held?.kind === "sequence") return held.parts;
  return invalid("not-a-tensor", `${node.op} takes ${name} as a sequence, and it is ${held === undefined ? "a tensor" : "an optional value"}`, node.name, "correct the input");
}

/** The position that input `slot` says, from the front; `end` where it is left out. */
function positionOf(node: RawNode, slot: number, [count, end]: readonly [count: number, end: number]): number {
  const given = constantInput(node, slot);
  if (given === undefined) return end;
  const [position = 0] = integersOf(node, given, "position");
  const from0 = position < 0 ? position + count : position;
  if (given.data.length === 1 && from0 >= 0 && from0 <= Math.max(end, count - 1)) return from0;
  return invalid("attribute-value", `${node.op} names position ${position} of a sequence of ${count}`, node.name, "correct the position");
}

export const sequenceConstruct: Normaliser = (node) => {
  allowOnly(node);
  const parts = node.inputs.map((_, k) => inputName(node, k));
  checkTypes(node, parts);
  return hold(node, { kind: "sequence", parts });
};

/** The tensors of a sequence have one element type; their shapes may differ. */
function checkTypes(node: RawNode, parts: readonly string[]): void {
  const types = parts.map((_, k) => node.typeOf(parts[k] ?? "")?.type);
  const other = types.find((type) => type !== types[0]);
  if (other !== undefined) invalid("type-mismatch", `${node.op} has a sequence of ${types[0]} and ${other}`, node.name, "give tensors of one element type");
}

export const sequenceEmpty: Normaliser = (node) => {
  allowOnly(node, "dtype");
  return hold(node, { kind: "sequence", parts: [] });
};

export const sequenceInsert: Normaliser = (node) => {
  allowOnly(node);
  const parts = partsOf(node, 0);
  const at = positionOf(node, 2, [parts.length, parts.length]);
  const inserted = parts.toSpliced(at, 0, inputName(node, 1));
  checkTypes(node, inserted);
  return hold(node, { kind: "sequence", parts: inserted });
};

export const sequenceErase: Normaliser = (node) => {
  allowOnly(node);
  const parts = partsOf(node, 0);
  const at = positionOf(node, 1, [parts.length, parts.length - 1]);
  if (parts.length === 0) invalid("attribute-value", "SequenceErase of an empty sequence", node.name, "correct the model");
  return hold(node, { kind: "sequence", parts: parts.toSpliced(at, 1) });
};

export const sequenceAt: Normaliser = (node) => {
  allowOnly(node);
  const parts = partsOf(node, 0);
  const part = parts[positionOf(node, 1, [parts.length, parts.length - 1])];
  if (part === undefined) return invalid("attribute-value", "SequenceAt of an empty sequence", node.name, "correct the model");
  return copyOf(node, part);
};

export const sequenceLength: Normaliser = (node) => {
  allowOnly(node);
  return [constantNode(node, node.outputs[0] ?? "", tensorOf("i64", [], [BigInt(partsOf(node, 0).length)]))];
};

/** Along `axis`, or along a new one. */
export const concatFromSequence: Normaliser = (node) => {
  allowOnly(node, "axis", "new_axis");
  const [parts, given] = [partsOf(node, 0), intOf(node, "axis")];
  const [first] = parts;
  if (first === undefined || given === undefined) return invalid("attribute-value", "ConcatFromSequence needs an axis and a sequence that is not empty", node.name, "correct the model");
  if (flagOf(node, "new_axis", 0) === 0) return concat(asNode(node, { op: "Concat", inputs: parts, attributes: new Map([["axis", { kind: "int", value: BigInt(given) }]]) }));
  checkAlike(node, parts, "the tensors of the sequence");
  const axis = axisOf(node, given, (node.typeOf(first)?.shape.length ?? 0) + 1);
  return composed(node, (made) => {
    if (parts.length === 1) made.output(0, "Unsqueeze", [first], { axes: [axis] });
    else made.output(0, "Concat", parts.map((part) => made.node("Unsqueeze", [part], { axes: [axis] })), { axis });
  });
};

/** Parts of the extents that `split` lists, or of that one extent and what is left; of 1 without it, the axis dropped where keepdims is 0. */
export const splitToSequence: Normaliser = (node) => {
  allowOnly(node, "axis", "keepdims");
  const { type, shape } = inputType(node, 0);
  const axis = axisOf(node, intOf(node, "axis") ?? 0, shape.length);
  const sizes = constantInput(node, 1);
  const extents = extentsOf(node, shape[axis] ?? 0, sizes === undefined ? 1 : sizes.shape.length === 0 ? integersOf(node, sizes, "split")[0] ?? 0 : integersOf(node, sizes, "split"));
  const drop = sizes === undefined && flagOf(node, "keepdims", 1) === 0;
  const parts = extents.map(() => node.fresh(`${node.outputs[0] ?? node.name}_part`));
  const squeezed = drop ? parts.map((part) => squeezedOf(node, part, axis)) : [];
  hold(node, { kind: "sequence", parts: drop ? squeezed.map(({ outputs: [only = ""] }) => only) : parts });
  const kept = extents.flatMap((extent, k) => (extent > 0 ? [k] : []));
  const none = parts.filter((_, k) => extents[k] === 0).map((part) => constantNode(node, part, tensorOf(type, shape.with(axis, 0), [])));
  const split = { ...normalNode(node, { op: "Split", attributes: { axis, split: kept.map((k) => extents[k] ?? 0) }, inputs: [inputName(node, 0)] }), outputs: kept.map((k) => parts[k] ?? "") };
  return [...kept.length === 0 ? [] : [split], ...none, ...squeezed];
};

/** The part without its axis of extent 1. */
function squeezedOf(node: RawNode, part: string, axis: number): GraphNode {
  return { ...normalNode(node, { op: "Squeeze", attributes: { axes: [axis] }, inputs: [part] }), name: node.fresh(`${node.name}_Squeeze`), outputs: [node.fresh(part)] };
}

function extentsOf(node: RawNode, extent: number, split: number | readonly number[]): readonly number[] {
  if (typeof split === "number") {
    if (split < 1) invalid("attribute-value", `SplitToSequence into parts of ${split}`, node.name, "give a positive extent");
    return Array.from({ length: Math.ceil(extent / split) }, (_, k) => Math.min(split, extent - k * split));
  }
  if (split.reduce((sum, part) => sum + part, 0) === extent && split.every((part) => part >= 0)) return split;
  return invalid("shape-mismatch", `SplitToSequence into [${split.join(", ")}] does not fit the extent ${extent}`, node.name, "correct split");
}

/** The body once per tensor of the first sequence; further inputs are sequences of that length, or tensors that every run is given. */
export const sequenceMap: Normaliser = (node) => {
  allowOnly(node, "body");
  const body = bodyOf(node, "body");
  const count = partsOf(node, 0).length;
  const given = node.inputs.map((_, slot) => (node.control.held(inputName(node, slot))?.kind === "sequence" ? partsOf(node, slot) : new Array<string>(count).fill(inputName(node, slot))));
  if (given.some(({ length }) => length !== count)) invalid("shape-mismatch", `SequenceMap has sequences of ${given.map(({ length }) => length).join(" and ")}`, node.name, "give sequences of one length");
  if (body.inputs.length !== given.length || body.outputs.length < node.outputs.length) invalid("subgraph", "the body of SequenceMap does not fit its inputs and outputs", node.name, "make the graph fit the node");
  const runs = Array.from({ length: count }, (_, k) => body.run({ label: String(k), inputs: given.map((parts) => parts[k] ?? "") }));
  node.outputs.forEach((_, slot) => hold(node, { kind: "sequence", parts: runs.map((run) => run[slot] ?? "") }, slot));
  return [];
};

/** `name` under the name of output 0: a copy of a tensor, or the same held value. */
function copyOf(node: RawNode, name: string): GraphNode[] {
  const held = node.control.held(name);
  return held === undefined ? [normalNode(node, { op: "Identity", inputs: [name] })] : hold(node, held);
}

export const optional: Normaliser = (node) => {
  allowOnly(node, "type");
  return hold(node, { kind: "optional", value: node.inputs[0] ?? undefined });
};

/** Since opset 18 a tensor or a sequence is an optional value that holds itself. */
export const optionalGetElement: Normaliser = (node) => {
  allowOnly(node);
  const name = inputName(node, 0);
  const held = node.control.held(name);
  if (held?.kind !== "optional") return copyOf(node, name);
  return copyOf(node, held.value ?? invalid("not-a-tensor", `OptionalGetElement of ${name}, which holds nothing`, node.name, "correct the model"));
};

export const optionalHasElement: Normaliser = (node) => {
  allowOnly(node);
  const name = node.inputs[0] ?? null;
  const held = name === null ? undefined : node.control.held(name);
  const has = name !== null && (held?.kind !== "optional" || held.value !== undefined);
  return [constantNode(node, node.outputs[0] ?? "", tensorOf("bool", [], [has ? 1 : 0]))];
};

/** Of a tensor, or of what stands for several. */
export const identity: Normaliser = (node) => {
  const [name] = node.inputs;
  return name !== undefined && name !== null && node.control.held(name) !== undefined ? copyOf(node, name) : plain(node);
};
