/**
 * Reading a raw node: attributes with their kinds checked and their defaults stated,
 * inputs whose values shape the result, and the refusals that name both.
 */
import type { Attribute, GraphNode } from "../../../ir/graph/graph.js";
import { invalid, unsupported } from "../../../ir/prelude.js";
import type { Tensor, TensorType } from "../../../ir/tensor/tensor.js";
import { DynamicShape } from "../dynamic-shape.js";
import type { RawAttribute, RawNode } from "./raw-node.js";

/** Brings one ONNX node to normal form: usually one node, sometimes none or several. */
export type Normaliser = (node: RawNode) => GraphNode[];

/** Refuses every attribute that is not in `names`. */
export function allowOnly(node: RawNode, ...names: readonly string[]): void {
  for (const name of node.attributes.keys()) {
    if (!names.includes(name)) {
      invalid("unknown-attribute", `${node.op} has no attribute ${name} in opset ${node.opset}`, node.name, `${misspelt(name, names)}remove ${name} or correct the opset`);
    }
  }
}

/** An attribute one letter away may be what was meant; passing over the misspelt one would compute with its default. */
function misspelt(name: string, names: readonly string[]): string {
  const meant = names.find((other) => isOneLetterAway(name, other));
  return meant === undefined ? "" : `write ${meant} if that is meant, `;
}

/** Equal but for one letter that is missing, too many or another. */
function isOneLetterAway(a: string, b: string): boolean {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && long[at] === short[at]) at++;
  const rest = long.length === short.length ? short.slice(at + 1) : short.slice(at);
  return long.slice(at + 1) === rest;
}

function attributeOf<K extends RawAttribute["kind"]>(node: RawNode, name: string, kind: K): Extract<RawAttribute, { kind: K }> | undefined {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return undefined;
  if (isKind(attribute, kind)) return attribute;
  return invalid("attribute-type", `${node.op} attribute ${name} is of type ${attribute.kind}, not ${kind}`, node.name, `give ${name} as ${kind}`);
}

function isKind<K extends RawAttribute["kind"]>(attribute: RawAttribute, kind: K): attribute is Extract<RawAttribute, { kind: K }> {
  return attribute.kind === kind;
}

/** An int64 that is used as a size, an axis or a flag. */
export function safeInteger(node: RawNode, value: bigint, what: string): number {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  return invalid("attribute-value", `${node.op} ${what} ${value} is no possible size`, node.name, `correct ${what}`);
}

export function intOf(node: RawNode, name: string): number | undefined {
  const value = attributeOf(node, name, "int")?.value;
  return value === undefined ? undefined : safeInteger(node, value, name);
}

export function intsOf(node: RawNode, name: string): readonly number[] | undefined {
  return attributeOf(node, name, "ints")?.value.map((value) => safeInteger(node, value, name));
}

export function floatOf(node: RawNode, name: string): number | undefined {
  return attributeOf(node, name, "float")?.value;
}

export function stringOf(node: RawNode, name: string): string | undefined {
  return attributeOf(node, name, "string")?.value;
}

export function floatsOf(node: RawNode, name: string): readonly number[] | undefined {
  return attributeOf(node, name, "floats")?.value;
}

export function stringsOf(node: RawNode, name: string): readonly string[] | undefined {
  return attributeOf(node, name, "strings")?.value;
}

export function tensorAttribute(node: RawNode, name: string): Tensor | undefined {
  return attributeOf(node, name, "tensor")?.value;
}

/** 0 or 1. */
export function flagOf(node: RawNode, name: string, fallback: 0 | 1): 0 | 1 {
  const value = intOf(node, name) ?? fallback;
  if (value === 0 || value === 1) return value;
  return invalid("attribute-value", `${node.op} attribute ${name} is ${value}, not 0 or 1`, node.name, `set ${name} to 0 or 1`);
}

/** Refuses a value of an attribute that the tool does not cover. */
export function refuseValue(node: RawNode, name: string, value: unknown, remedy: string): never {
  return unsupported("attribute-value", `${node.op} with ${name} = ${String(value)} is not supported`, node.name, remedy);
}

export function inputName(node: RawNode, slot: number): string {
  return node.inputs[slot] ?? invalid("input-count", `${node.op} has no input ${slot}`, node.name, "give every input the operator needs");
}

/** The type of an input that must be there; import infers types in execution order. */
export function inputType(node: RawNode, slot: number): TensorType {
  const name = inputName(node, slot);
  return node.typeOf(name) ?? invalid("unknown-tensor", `${node.op} reads ${name}, which nothing defines before it`, node.name, "order the nodes and define every tensor");
}

/** The value of an optional input that shapes the result, and so must be a constant. */
export function constantInput(node: RawNode, slot: number): Tensor | undefined {
  const name = node.inputs[slot];
  if (name === undefined || name === null) return undefined;
  const value = node.constantOf(name);
  if (value !== undefined) return value;
  throw new DynamicShape(`${node.op} takes ${name} from the computation, but it decides the shape of the result`, node.name, name);
}

/**
 * A position that slicing clamps to the tensor anyway: what lies beyond every tensor,
 * such as the greatest int64 for "to the end", is brought to the safe integers.
 */
export function positionsOf(node: RawNode, name: string, slot: number): readonly number[] | undefined {
  const listed = attributeOf(node, name, "ints")?.value ?? constantInput(node, slot)?.data;
  if (listed === undefined) return undefined;
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return [...listed].map((value) => {
    const position = BigInt(value);
    return Number(position > limit ? limit : position < -limit ? -limit : position);
  });
}

export function integersOf(node: RawNode, tensor: Tensor, what: string): readonly number[] {
  return [...tensor.data].map((value) => safeInteger(node, BigInt(value), what));
}

/** A list that older opsets give as an attribute and newer ones as an input. */
export function listOrInput(node: RawNode, name: string, slot: number): readonly number[] | undefined {
  const listed = intsOf(node, name);
  if (listed !== undefined) return listed;
  const tensor = constantInput(node, slot);
  return tensor === undefined ? undefined : integersOf(node, tensor, name);
}

/** `axis` counted from the front; `rank` itself is allowed only where `end` is said. */
export function axisOf(node: RawNode, axis: number, rank: number, end: "end" | "inside" = "inside"): number {
  const from0 = axis < 0 ? axis + rank : axis;
  if (from0 >= 0 && from0 < rank + (end === "end" ? 1 : 0)) return from0;
  return invalid("axis", `${node.op} axis ${axis} does not exist in a tensor of rank ${rank}`, node.name, "correct the axis");
}

/** `axes` counted from the front, ascending; no axis twice. */
export function axesOf(node: RawNode, axes: readonly number[], rank: number): readonly number[] {
  const ascending = axes.map((axis) => axisOf(node, axis, rank)).toSorted((a, b) => a - b);
  if (new Set(ascending).size !== ascending.length) {
    invalid("axis", `${node.op} names an axis twice: ${axes.join(", ")}`, node.name, "name each axis once");
  }
  return ascending;
}

export interface NormalForm {
  readonly op?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Inputs of the normal form, where they are not those of the node. */
  readonly inputs?: readonly (string | null)[];
}

/** The normal form as a node with the name and the outputs of `node`, trailing omitted inputs and outputs dropped. */
export function normalNode(node: RawNode, { op = node.op, attributes = {}, inputs = node.inputs }: NormalForm = {}): GraphNode {
  return {
    name: node.name, op, domain: node.domain, opset: node.opset, attributes,
    inputs: dropTrailing(inputs, null), outputs: dropTrailing(node.outputs, ""),
  };
}

function dropTrailing<T>(list: readonly T[], absent: T): readonly T[] {
  return list.slice(0, list.findLastIndex((item) => item !== absent) + 1);
}

/** A node of the normal form that holds a constant; import turns it into a constant of the graph. */
export function constantNode(node: RawNode, output: string, value: Tensor): GraphNode {
  return { name: node.fresh(`${node.name}_constant`), op: "Constant", domain: "", opset: node.opset, attributes: { value }, inputs: [], outputs: [output] };
}
