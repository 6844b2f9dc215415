/**
 * Mutants of the table that brings ONNX nodes to normal form (src/onnx/normalise): an
 * attribute that is not read, a default, a count from the other end, pads in another
 * order, a flag turned, an older reading of an operator. A wrong table makes such nodes;
 * a vector has to notice.
 */
import type { Attribute, GraphNode } from "../../../ir/graph/graph.js";
import type { RawNode } from "../../onnx/normalise/index.js";
import type { MutantRow } from "../row.js";
import { type NodeVector, differenceFrom } from "../vectors/vector.js";
import { wrongRewritings } from "./control-flow.js";
import { type SpoiledVector, spoiledRows } from "./spoiled-vectors.js";

interface Change {
  readonly name: string;
  readonly bug: string;
  /** Another value, or undefined where the change does not apply. */
  readonly to: (value: Attribute, attribute: string) => Attribute | undefined;
}

const flags = ["transA", "transB", "ceil_mode", "count_include_pad", "keepdims", "storage_order"];
const modes: readonly (readonly string[])[] = [["constant", "edge", "reflect", "wrap"], ["DCR", "CRD"], ["none", "tanh"], ["f32", "i8", "u8", "bool"]];
const precisions: readonly string[] = ["f32", "f16", "bf16"];

function listOf(value: Attribute): readonly number[] | undefined {
  return Array.isArray(value) ? value.filter((item: unknown) => typeof item === "number") : undefined;
}

function onList(to: (list: readonly number[], attribute: string) => readonly number[] | undefined): Change["to"] {
  return (value, attribute) => {
    const list = listOf(value);
    return list === undefined || list.length === 0 ? undefined : to(list, attribute);
  };
}

function onNumber(to: (value: number, attribute: string) => number | undefined): Change["to"] {
  return (value, attribute) => (typeof value === "number" ? to(value, attribute) : undefined);
}

const changes: readonly Change[] = [
  { name: "turned", bug: "a flag is read the other way round", to: onNumber((v, name) => (flags.includes(name) ? 1 - v : undefined)) },
  { name: "next-axis", bug: "an axis is counted from 1", to: onNumber((v, name) => (name === "axis" ? v + 1 : undefined)) },
  { name: "previous-axis", bug: "an axis is one too low", to: onNumber((v, name) => (name === "axis" && v > 0 ? v - 1 : undefined)) },
  { name: "doubled", bug: "a factor is twice what it is", to: onNumber((v, name) => (flags.includes(name) || name === "axis" ? undefined : 2 * v)) },
  { name: "zero", bug: "a factor is 0", to: onNumber((_v, name) => (flags.includes(name) || name === "axis" ? undefined : 0)) },
  { name: "one", bug: "a factor is 1", to: onNumber((_v, name) => (flags.includes(name) || name === "axis" ? undefined : 1)) },
  { name: "negated", bug: "a factor has the other sign", to: onNumber((v, name) => (flags.includes(name) || name === "axis" ? undefined : -v)) },
  { name: "reversed", bug: "a list is read from its end", to: onList((list) => list.toReversed()) },
  { name: "first-more", bug: "the first element of a list is one more", to: onList((list) => list.map((v, k) => (k === 0 ? v + 1 : v))) },
  { name: "last-more", bug: "the last element of a list is one more", to: onList((list) => list.map((v, k) => (k === list.length - 1 ? v + 1 : v))) },
  { name: "first-less", bug: "the first element of a list is one less", to: onList((list) => list.map((v, k) => (k === 0 ? v - 1 : v))) },
  { name: "halves-exchanged", bug: "what is before and what is after are exchanged", to: onList((list, name) => (name === "pads" ? [...list.slice(list.length / 2), ...list.slice(0, list.length / 2)] : undefined)) },
  { name: "interleaved", bug: "pads are read as pairs per axis", to: onList((list, name) => (name === "pads" ? list.map((_, k) => list[Math.floor(k / 2) + (k % 2) * (list.length / 2)] ?? 0) : undefined)) },
  { name: "emptied", bug: "a list is taken for absent", to: onList((list) => list.map(() => 0)) },
  { name: "all-ones", bug: "a list is replaced by ones", to: onList((list) => list.map(() => 1)) },
  { name: "other-mode", bug: "a mode is read as its neighbour", to: (value, attribute) => {
    if (typeof value !== "string") return undefined;
    const group = attribute === "precision" ? precisions : modes.find((names) => names.includes(value)) ?? [];
    return group[(group.indexOf(value) + 1) % group.length];
  } },
];

/** Readings of an older or newer version of an operator. */
const readings: readonly (readonly [op: string, from: number, to: number])[] = [["Softmax", 22, 11], ["Softmax", 11, 13], ["LogSoftmax", 22, 11], ["Clip", 7, 13], ["ReduceSum", 22, 11], ["Pad", 22, 10], ["Slice", 22, 9], ["Split", 22, 12], ["Squeeze", 22, 11], ["Unsqueeze", 22, 11]];

export function importMutants(): MutantRow[] {
  return spoiledRows("import", spoiledForms, equivalents);
}

function spoiledForms(vector: NodeVector): readonly SpoiledVector[] {
  return [...ignored(vector), ...reread(vector), ...changed(vector), ...exchanged(vector), ...wrongRewritings(vector)];
}

/** An attribute that the model states and the table does not read. */
function ignored(vector: NodeVector): SpoiledVector[] {
  return Object.keys(vector.attributes).map((attribute) => ({
    name: `${vector.op}.${attribute}.ignored`, bug: `${attribute} is not read: the default is taken`, vector,
    spoiling: { raw: (node: RawNode) => ({ ...node, attributes: new Map([...node.attributes].filter(([name]) => name !== attribute)) }) },
  }));
}

function reread(vector: NodeVector): SpoiledVector[] {
  return readings.filter(([op, from]) => op === vector.op && from === vector.opset).map(([op, , to]) => ({
    name: `${op}.as-in-opset-${to}`, bug: `read as opset ${to} defines it`, vector, spoiling: { raw: (node: RawNode) => ({ ...node, opset: to }) },
  }));
}

/** Which attributes the normal form has is found by looking at it. */
function changed(vector: NodeVector): SpoiledVector[] {
  return normalAttributes(vector).flatMap(([attribute, value]) => changes.flatMap(({ name, bug, to }): SpoiledVector[] => {
    const other = to(value, attribute);
    if (other === undefined || JSON.stringify(other) === JSON.stringify(value)) return [];
    return [{ name: `${vector.op}.${attribute}.${name}`, bug: `${attribute}: ${bug}`, vector, spoiling: { normal: (node) => withAttribute(node, attribute, other) } }];
  }));
}

function withAttribute(node: GraphNode, name: string, value: Attribute): GraphNode {
  return name in node.attributes ? { ...node, attributes: { ...node.attributes, [name]: value } } : node;
}

function normalAttributes(vector: NodeVector): readonly (readonly [string, Attribute])[] {
  const seen: (readonly [string, Attribute])[] = [];
  lookAt(vector, (node) => {
    seen.push(...Object.entries(node.attributes));
  });
  return seen;
}

function lookAt(vector: NodeVector, look: (node: GraphNode) => void): void {
  differenceFrom(vector, { normal: (node) => {
    look(node);
    return node;
  } });
}

/** Two inputs in each other's place. */
function exchanged(vector: NodeVector): SpoiledVector[] {
  const pairs = vector.inputs.slice(1).map((_, k) => [k, k + 1] as const);
  return pairs.map(([a, b]) => ({
    name: `${vector.op}.inputs.${a}-and-${b}-exchanged`, bug: `inputs ${a} and ${b} are exchanged`, vector,
    spoiling: { raw: (node) => ({ ...node, inputs: node.inputs.map((input, k) => (k === a ? (node.inputs[b] ?? null) : k === b ? (node.inputs[a] ?? null) : input)) }) },
  }));
}

const commutes = "the operator gives the same bits with these operands exchanged, every NaN being one value";
const set = "the axes are a set: the meaning asks whether an axis is among them";
const read = "a list is read from where it stands; the versions differ in which attributes they refuse";

const equivalents: Readonly<Record<string, string>> = {
  "Add.inputs.*": commutes, "Mul.inputs.*": commutes, "Sum.inputs.0*": commutes, "Mean.inputs.0*": commutes, "Equal.inputs.*": commutes,
  "And.inputs.*": commutes, "Or.inputs.*": commutes, "Xor.inputs.*": commutes,
  "Conv.kernel_shape.ignored": "the default is the shape of W, and another kernel_shape is refused",
  "DequantizeLinear.width.doubled": "packed and taken apart with the same wider fields: the same elements in more bytes",
  "Split.num_outputs.ignored": "the default is the number of outputs, and another number is refused",
  "Squeeze.as-in-opset-11": read, "Unsqueeze.as-in-opset-11": read,
  "Squeeze.axes.reversed": set, "Unsqueeze.axes.reversed": set, "Softmax.axes.reversed": set,
};
