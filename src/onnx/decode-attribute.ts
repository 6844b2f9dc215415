/**
 * Decoding of AttributeProto. The discriminator `type` says which field holds the
 * value; files older than it leave it out, then the one field that is set decides.
 */
import { isUtf8 } from "node:buffer";
import { invalid } from "../../ir/prelude.js";
import { decodeTensor } from "./decode-tensor.js";
import {
  byteStrings, bytes, has, int64, int64s, type Message, message, number, numbers, text,
} from "./message-fields.js";
import type { OnnxAttribute, OnnxGraph } from "./model.js";

/** Field and AttributeProto.AttributeType of each kind of value. */
const valueFields: ReadonlyMap<string, number> = new Map([
  ["f", 1], ["i", 2], ["s", 3], ["t", 4], ["g", 5], ["floats", 6], ["ints", 7], ["strings", 8], ["tensors", 9],
  ["graphs", 10], ["sparse_tensor", 11], ["sparse_tensors", 12], ["tp", 13], ["type_protos", 14],
]);

/** Whose attributes they are, for diagnostics, and how the graphs among them are decoded. */
export interface AttributeOwner {
  readonly owner: string;
  readonly graph: (of: Message) => OnnxGraph;
}

/** Attributes by name. */
export function decodeAttributes(list: readonly Message[], { owner, graph }: AttributeOwner): ReadonlyMap<string, OnnxAttribute> {
  const attributes = new Map<string, OnnxAttribute>();
  for (const entry of list) {
    const name = text(entry, "name");
    if (name === "") invalid("attribute", "an attribute has no name", owner, "export the model again");
    if (attributes.has(name)) invalid("attribute", `attribute ${name} occurs twice`, owner, "keep one of them");
    attributes.set(name, decodeAttribute(entry, { owner, graph }));
  }
  return attributes;
}

function decodeAttribute(of: Message, { owner, graph }: AttributeOwner): OnnxAttribute {
  const reference = text(of, "ref_attr_name");
  const set = [...valueFields].filter(([field]) => has(of, field)).map(([, type]) => type);
  if (reference !== "") {
    if (set.length > 0) wrong(of, owner, `is both a value and a reference to ${reference}`);
    return { kind: "reference", name: reference };
  }
  const type = number(of, "type") || (set[0] ?? 0);
  if (set.some((other) => other !== type)) wrong(of, owner, "has a value of another kind than its type, or several");
  if (type === 0) wrong(of, owner, "has neither type nor value");
  return decodeValue(of, type, { owner, graph });
}

function decodeValue(of: Message, type: number, { owner, graph }: AttributeOwner): OnnxAttribute {
  switch (type) {
    case 1:
      return { kind: "float", value: number(of, "f") };
    case 2:
      return { kind: "int", value: int64(of, "i") };
    case 3:
      return decodeText(bytes(of, "s") ?? new Uint8Array());
    case 4:
      return { kind: "tensor", value: decodeTensor(message(of, "t") ?? wrong(of, owner, "is a tensor without value")) };
    case 5:
      return { kind: "graph", value: graph(message(of, "g") ?? wrong(of, owner, "is a graph without value")) };
    case 6:
      return { kind: "floats", value: numbers(of, "floats") };
    case 7:
      return { kind: "ints", value: int64s(of, "ints") };
    case 8:
      return decodeTexts(byteStrings(of, "strings"));
    case 10:
      return { kind: "graphs" };
    default:
      return { kind: "other" };
  }
}

/** Byte strings that are no text (a vendor's blob) are kept out of the way of normalisation. */
function decodeText(value: Uint8Array): OnnxAttribute {
  return isUtf8(value) ? { kind: "string", value: new TextDecoder("utf-8", { ignoreBOM: true }).decode(value) } : { kind: "other" };
}

function decodeTexts(values: readonly Uint8Array[]): OnnxAttribute {
  if (!values.every((value) => isUtf8(value))) return { kind: "other" };
  return { kind: "strings", value: values.map((value) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(value)) };
}

function wrong(of: Message, owner: string, why: string): never {
  return invalid("attribute", `attribute ${text(of, "name")} ${why}`, owner, "export the model again");
}
