/**
 * An ONNX file, decoded a second time, with field numbers taken from onnx-ml.proto of
 * the specification (IR version 14). It gives the records of src/onnx/model.ts, of
 * which it takes the types and nothing else, so that the two decodings can be compared.
 */
import { isUtf8 } from "node:buffer";
import type {
  OnnxAttribute, OnnxDim, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxType, OnnxValueInfo,
} from "../../onnx/model.js";
import { type Message, child, content, contents, doubles, floats, has, integer, integers, messages, readMessage, text, texts } from "./reader.js";

/** `unknownFields` needs a schema of everything; this reader knows only what it reads. */
export type SecondReading = Omit<OnnxModel, "unknownFields">;

/** Throws a Refusal where the bytes are no protobuf message. */
export function readModelAgain(bytes: Uint8Array): SecondReading {
  const model = readMessage(bytes);
  return {
    irVersion: integer(model, 1),
    producer: `${text(model, 2)} ${text(model, 3)}`.trim(),
    opsets: opsetsIn(messages(model, 8)),
    graph: graphIn(child(model, 7) ?? new Map()),
    functions: messages(model, 25).map(functionIn),
    trainingGraphs: contents(model, 20).length,
  };
}

function domainIn(message: Message, number: number): string {
  const domain = text(message, number);
  return domain === "ai.onnx" ? "" : domain;
}

function opsetsIn(entries: readonly Message[]): ReadonlyMap<string, bigint> {
  return new Map(entries.map((entry) => [domainIn(entry, 1), integer(entry, 2)]));
}

function graphIn(graph: Message): OnnxGraph {
  return {
    name: text(graph, 2),
    nodes: messages(graph, 1).map(nodeIn),
    initializers: messages(graph, 5).map(tensorIn),
    sparseInitializers: contents(graph, 15).length,
    inputs: messages(graph, 11).map(valueIn),
    outputs: messages(graph, 12).map(valueIn),
    valueInfos: messages(graph, 13).map(valueIn),
  };
}

function nodeIn(node: Message): OnnxNode {
  return {
    name: text(node, 3), op: text(node, 4), domain: domainIn(node, 7), overload: text(node, 8),
    inputs: texts(node, 1), outputs: texts(node, 2), attributes: attributesIn(messages(node, 5)),
  };
}

function functionIn(of: Message): OnnxFunction {
  return {
    name: text(of, 1), domain: domainIn(of, 10), overload: text(of, 13),
    inputs: texts(of, 4), outputs: texts(of, 5), attributes: texts(of, 6),
    defaults: attributesIn(messages(of, 11)), nodes: messages(of, 7).map(nodeIn), opsets: opsetsIn(messages(of, 9)),
  };
}

function attributesIn(list: readonly Message[]): ReadonlyMap<string, OnnxAttribute> {
  return new Map(list.map((attribute) => [text(attribute, 1), attributeIn(attribute)]));
}

/** Field of the value by AttributeType. */
const valueFields = [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 22, 23, 14, 15] as const;

function attributeIn(of: Message): OnnxAttribute {
  const reference = text(of, 21);
  if (reference !== "") return { kind: "reference", name: reference };
  const stated = Number(integer(of, 20));
  const type = stated === 0 ? valueFields.findIndex((field) => field !== 0 && has(of, field)) : stated;
  switch (type) {
    case 1: return { kind: "float", value: floats(of, 2)[0] ?? 0 };
    case 2: return { kind: "int", value: integer(of, 3) };
    case 3: return isUtf8(content(of, 4) ?? new Uint8Array()) ? { kind: "string", value: text(of, 4) } : { kind: "other" };
    case 4: return { kind: "tensor", value: tensorIn(child(of, 5) ?? new Map()) };
    case 5: return { kind: "graph", value: graphIn(child(of, 6) ?? new Map()) };
    case 6: return { kind: "floats", value: floats(of, 7) };
    case 7: return { kind: "ints", value: integers(of, 8) };
    case 8: return contents(of, 9).every((bytes) => isUtf8(bytes)) ? { kind: "strings", value: texts(of, 9) } : { kind: "other" };
    case 10: return { kind: "graphs" };
    default: return { kind: "other" };
  }
}

function tensorIn(of: Message): OnnxTensor {
  const entries = messages(of, 13).map((entry) => [text(entry, 1), text(entry, 2)] as const);
  return {
    name: text(of, 8),
    dims: integers(of, 1),
    dataType: Number(integer(of, 2)),
    raw: content(of, 9),
    floats: floats(of, 4),
    int32s: integers(of, 5).map((value) => Number(BigInt.asIntN(32, value))),
    int64s: integers(of, 7),
    doubles: doubles(of, 10),
    uint64s: integers(of, 11).map((value) => BigInt.asUintN(64, value)),
    strings: contents(of, 6).length,
    external: integer(of, 14) === 1n ? new Map(entries) : undefined,
    segmented: has(of, 3),
  };
}

function valueIn(of: Message): OnnxValueInfo {
  const type = child(of, 2);
  return { name: text(of, 1), type: type === undefined ? { kind: "missing" } : typeIn(type) };
}

const otherTypes = [[4, "sequence"], [5, "map"], [9, "optional"], [8, "sparse"], [7, "opaque"]] as const;

function typeIn(of: Message): OnnxType {
  const tensor = child(of, 1);
  if (tensor === undefined) return { kind: otherTypes.find(([field]) => has(of, field))?.[1] ?? "missing" };
  const shape = child(tensor, 2);
  return { kind: "tensor", dataType: Number(integer(tensor, 1)), dims: shape === undefined ? undefined : messages(shape, 1).map(dimIn) };
}

function dimIn(of: Message): OnnxDim {
  if (has(of, 1)) return { kind: "value", value: integer(of, 1) };
  const name = text(of, 2);
  return name === "" ? { kind: "unknown" } : { kind: "parameter", name };
}
