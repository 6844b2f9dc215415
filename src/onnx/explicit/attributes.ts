/**
 * Attributes of a node in explicit form: all that the schema has, with the value that the
 * normal form worked out (pads for auto_pad, an axis from the front), the value of the node, or
 * the default. What has no value by any of these, such as the clip of an LSTM, stays away.
 */
import type { Attribute, GraphNode } from "../../../ir/graph/graph.js";
import type { RawAttribute, RawNode } from "../normalise/raw-node.js";
import { type AttributeKind, type AttributeSchema, attributeSchemas } from "../operator-schemas.js";
import type { Attributes } from "./explicit-model.js";

export type { Attributes } from "./explicit-model.js";

/** Values that a rule states itself; undefined: the attribute is left out. */
export type Overrides = Readonly<Record<string, RawAttribute | undefined>>;

export interface Stated {
  readonly raw: RawNode;
  readonly normal: readonly GraphNode[];
  readonly op: string;
  /** The opset of the form. */
  readonly opset: number;
  readonly overrides?: Overrides;
}

/** Attributes by name, in alphabetical order. Operators of other domains keep theirs. */
export function statedAttributes({ raw, normal, op, opset, overrides = {} }: Stated): Attributes {
  if (raw.domain !== "") return sorted([...raw.attributes]);
  const form = normal.find((node) => node.op === op);
  const stated = attributeSchemas(op, opset).flatMap((schema): (readonly [string, RawAttribute])[] => {
    const value = schema.name in overrides ? overrides[schema.name] : valueOf(schema, raw, form);
    return value === undefined ? [] : [[schema.name, value]];
  });
  return sorted(stated);
}

function sorted(entries: readonly (readonly [string, RawAttribute])[]): Attributes {
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function valueOf(schema: AttributeSchema, raw: RawNode, form: GraphNode | undefined): RawAttribute | undefined {
  if (schema.name === "auto_pad") return { kind: "string", value: "NOTSET" };
  const worked = form === undefined ? undefined : fromForm(schema.kind, form.attributes[schema.name]);
  return worked ?? fromFront(schema, raw) ?? fromDefault(schema);
}

/** An attribute of the normal form that is of the schema's kind. */
function fromForm(kind: AttributeKind, value: Attribute | undefined): RawAttribute | undefined {
  if (typeof value === "number") return kind === "i" ? ofInt(value) : kind === "f" ? { kind: "float", value } : undefined;
  if (typeof value === "string") return kind === "s" ? ofText(value) : undefined;
  if (!Array.isArray(value)) return undefined;
  if (kind === "ss" && value.every((item) => typeof item === "string")) return { kind: "strings", value };
  if (!value.every((item) => typeof item === "number")) return undefined;
  return kind === "is" ? ofInts(value) : undefined;
}

/** The node's own value, its axes counted from the front. */
function fromFront({ name }: AttributeSchema, raw: RawNode): RawAttribute | undefined {
  const given = raw.attributes.get(name);
  const rank = raw.inputs[0] === null || raw.inputs[0] === undefined ? undefined : raw.typeOf(raw.inputs[0])?.shape.length;
  if (rank === undefined || (name !== "axis" && name !== "axes")) return given;
  const forward = (axis: bigint): bigint => (axis < 0n ? axis + BigInt(rank) : axis);
  if (given?.kind === "int") return { kind: "int", value: forward(given.value) };
  return given?.kind === "ints" ? { kind: "ints", value: given.value.map(forward) } : given;
}

function fromDefault({ kind, fallback }: AttributeSchema): RawAttribute | undefined {
  if (fallback === undefined) return undefined;
  const items = fallback.replace(/^\[|\]$/g, "").split(",");
  switch (kind) {
    case "i": return ofInt(Number(fallback));
    case "f": return { kind: "float", value: Math.fround(Number(fallback)) };
    case "s": return ofText(fallback);
    case "is": return ofInts(items.map(Number));
    case "ss": return { kind: "strings", value: items };
    case "fs":
    case "t": return undefined;
  }
}

export function ofInt(value: number): RawAttribute {
  return { kind: "int", value: BigInt(value) };
}

export function ofInts(values: readonly number[]): RawAttribute {
  return { kind: "ints", value: values.map(BigInt) };
}

export function ofText(value: string): RawAttribute {
  return { kind: "string", value };
}

/** `axis = 1`, for people; of a tensor only that it is one. */
export function printAttribute(name: string, attribute: RawAttribute): string {
  switch (attribute.kind) {
    case "int":
    case "float":
    case "string": return `${name} = ${attribute.value}`;
    case "ints":
    case "floats":
    case "strings": return `${name} = [${attribute.value.join(",")}]`;
    default: return name;
  }
}
