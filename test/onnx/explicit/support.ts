/** Explicit forms of small models, read back as the decoder sees them. */
import { decodeModel } from "../../../src/onnx/decode.js";
import { type FixedModel, fixModel } from "../../../src/onnx/explicit/fix.js";
import type { FixInputs } from "../../../src/onnx/fix-inputs.js";
import { openModel } from "../../../src/onnx/import.js";
import type { OnnxAttribute, OnnxGraph, OnnxNode } from "../../../src/onnx/model.js";
import { readTensor } from "../../../src/onnx/tensors.js";
import { type Fields, graph, model, node, value } from "../../support/onnx-model.js";

export function fixed(source: Uint8Array | string, pins: Readonly<Record<string, number>> = {}, dataFile?: string, fixInputs: FixInputs = new Map()): FixedModel {
  const { model: decoded, external } = openModel(source);
  return fixModel({ model: decoded, fixDims: new Map(Object.entries(pins)), fixInputs, external: external.read, producer: ["test", "1"], dataFile });
}

export function graphOf({ bytes }: Pick<FixedModel, "bytes">): OnnxGraph {
  return decodeModel(bytes, "the form").graph;
}

export interface OneNode {
  readonly of: Fields;
  readonly opset: number;
  readonly input: readonly number[];
  readonly initializer?: readonly Fields[];
}

/** A model whose one node makes `y` of `x`. */
export function oneNode({ of, opset, input, initializer = [] }: OneNode): Uint8Array {
  return model(graph([of], { input: [value("x", input)], output: [value("y", undefined)], initializer }), { opset_import: [{ domain: "", version: opset }] });
}

export function relu(opset: number): Uint8Array {
  return oneNode({ of: node("Relu", ["x"], ["y"]), opset, input: [2] });
}

/** What a node says, as short texts; constants as their elements. */
export function written(of: OnnxGraph, { op, inputs, attributes }: OnnxNode): string {
  const constants = new Map(of.initializers.map((tensor) => [tensor.name, tensor]));
  const taken = inputs.map((name) => {
    const tensor = constants.get(name);
    return tensor === undefined ? name || "none" : `[${readTensor(tensor, { where: name, external: () => new Uint8Array() }).data.join(",")}]`;
  });
  return `${op}(${taken.join(" ")}) ${[...attributes].map(([name, attribute]) => `${name}=${valueOf(attribute)}`).join(" ")}`.trim();
}

function valueOf(attribute: OnnxAttribute): string {
  if (!("value" in attribute) || attribute.kind === "tensor" || attribute.kind === "graph") return attribute.kind;
  return String(attribute.value);
}

/** The only node of the explicit form. */
export function soleNode(source: Uint8Array): string {
  const of = graphOf(fixed(source));
  const [only] = of.nodes;
  return of.nodes.length === 1 && only !== undefined ? written(of, only) : `${of.nodes.length} nodes`;
}
