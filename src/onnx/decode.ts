/**
 * Decoding: the bytes of an ONNX file to the records of `model.ts`, one to one.
 * Trusted, therefore without interpretation: what the specification forbids is
 * refused, everything else is handed on as it stands.
 */
import protobuf from "protobufjs";
import { invalid } from "../../ir/prelude.js";
import { decodeAttributes } from "./decode-attribute.js";
import { decodeTensor } from "./decode-tensor.js";
import { rejectForeign } from "./foreign-file.js";
import {
  has, int64, type Message, message, messages, number, text, texts,
} from "./message-fields.js";
import type {
  OnnxDim, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxType, OnnxValueInfo, Opsets,
} from "./model.js";
import { messageType } from "./schema.js";
import { checkWire } from "./wire.js";

/**
 * Decodes a ModelProto; `what` names the file. Refuses with `not-onnx`, `truncated`,
 * `too-large`, or the code of the part that is wrong.
 */
export function decodeModel(bytes: Uint8Array, what: string): OnnxModel {
  rejectForeign(bytes, what);
  const { decoded, unknownFields } = decodeMessage(bytes, "ModelProto", what);
  const graph = message(decoded, "graph");
  if (graph === undefined || !has(decoded, "ir_version")) {
    return invalid(
      "not-onnx", `${what} is no ONNX model: it has no ${graph === undefined ? "graph" : "IR version"}`, undefined,
      "give the path of an .onnx model",
    );
  }
  return {
    irVersion: int64(decoded, "ir_version"),
    producer: `${text(decoded, "producer_name")} ${text(decoded, "producer_version")}`.trim(),
    opsets: decodeOpsets(decoded),
    graph: decodeGraph(graph),
    functions: messages(decoded, "functions").map(decodeFunction),
    trainingGraphs: messages(decoded, "training_info").length,
    unknownFields,
  };
}

/** Decodes a serialised TensorProto, the form of ONNX test data. */
export function decodeTensorFile(bytes: Uint8Array, what: string): OnnxTensor {
  return decodeTensor(decodeMessage(bytes, "TensorProto", what).decoded);
}

interface Decoded {
  readonly decoded: Message;
  readonly unknownFields: number;
}

function decodeMessage(bytes: Uint8Array, type: string, what: string): Decoded {
  const { unknownFields } = checkWire(bytes, messageType(type), what);
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = true;
  return { decoded: messageType(type).decode(reader), unknownFields };
}

/** "ai.onnx" is another spelling of the default domain. */
function decodeDomain(of: Message): string {
  const domain = text(of, "domain");
  return domain === "ai.onnx" ? "" : domain;
}

function decodeOpsets(of: Message): Opsets {
  const opsets = new Map<string, bigint>();
  for (const entry of messages(of, "opset_import")) {
    const domain = decodeDomain(entry);
    const version = int64(entry, "version");
    const other = opsets.get(domain);
    if (other !== undefined && other !== version) {
      invalid(
        "opset-twice", `operator set ${domain || "ai.onnx"} is imported as version ${other} and ${version}`, undefined,
        "keep one opset_import per domain",
      );
    }
    opsets.set(domain, version);
  }
  return opsets;
}

function decodeGraph(of: Message): OnnxGraph {
  return {
    name: text(of, "name"),
    nodes: messages(of, "node").map(decodeNode),
    initializers: messages(of, "initializer").map(decodeTensor),
    sparseInitializers: messages(of, "sparse_initializer").length,
    inputs: messages(of, "input").map(decodeValueInfo),
    outputs: messages(of, "output").map(decodeValueInfo),
    valueInfos: messages(of, "value_info").map(decodeValueInfo),
  };
}

function decodeNode(of: Message): OnnxNode {
  const op = text(of, "op_type");
  const name = text(of, "name");
  if (op === "") invalid("no-operator", "a node has no operator type", name || undefined, "export the model again");
  return {
    name,
    op,
    domain: decodeDomain(of),
    overload: text(of, "overload"),
    inputs: texts(of, "input"),
    outputs: texts(of, "output"),
    attributes: decodeAttributes(messages(of, "attribute"), { owner: name || op, graph: decodeGraph }),
  };
}

function decodeFunction(of: Message): OnnxFunction {
  const name = text(of, "name");
  return {
    name,
    domain: decodeDomain(of),
    overload: text(of, "overload"),
    inputs: texts(of, "input"),
    outputs: texts(of, "output"),
    attributes: texts(of, "attribute"),
    defaults: decodeAttributes(messages(of, "attribute_proto"), { owner: `function ${name}`, graph: decodeGraph }),
    nodes: messages(of, "node").map(decodeNode),
    opsets: decodeOpsets(of),
  };
}

function decodeValueInfo(of: Message): OnnxValueInfo {
  const name = text(of, "name");
  const type = message(of, "type");
  return { name, type: type === undefined ? { kind: "missing" } : decodeType(type, name) };
}

const otherTypes = [
  ["sequence_type", "sequence"], ["map_type", "map"], ["optional_type", "optional"],
  ["sparse_tensor_type", "sparse"], ["opaque_type", "opaque"],
] as const;

function decodeType(of: Message, name: string): OnnxType {
  const other = otherTypes.find(([field]) => has(of, field));
  const tensor = message(of, "tensor_type");
  if (tensor === undefined) return { kind: other === undefined ? "missing" : other[1] };
  if (other !== undefined) {
    invalid("two-types", `the type of ${name} is both a tensor and a ${other[1]}`, name, "export the model again");
  }
  const shape = message(tensor, "shape");
  return {
    kind: "tensor",
    dataType: number(tensor, "elem_type"),
    dims: shape === undefined ? undefined : messages(shape, "dim").map((dim) => decodeDim(dim, name)),
  };
}

function decodeDim(of: Message, name: string): OnnxDim {
  const parameter = text(of, "dim_param");
  if (!has(of, "dim_value")) return parameter === "" ? { kind: "unknown" } : { kind: "parameter", name: parameter };
  if (parameter !== "") {
    invalid("two-types", `a dimension of ${name} is both a number and the parameter ${parameter}`, name, "export the model again");
  }
  return { kind: "value", value: int64(of, "dim_value") };
}
