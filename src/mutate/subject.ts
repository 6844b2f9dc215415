/**
 * The network that mutants of whole builds start from: a padded convolution, Relu, a
 * pool, and a product with a bias, small enough to walk every instance, and large
 * enough for every pass to have work. Built here, field by field, and never proved:
 * its proof is the business of the tests.
 */
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import type { Graph } from "../../ir/graph/graph.js";
import { type ModelInterface, interfaceOf } from "../../proofs/kernel/kernel.js";
import type { Dataflow, Witness } from "../../proofs/kernel/witness.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { type Code, emitAndReadBack } from "../emit-code.js";
import { referenceDataflow } from "../lower/dataflow.js";
import { buildGraph } from "../onnx/build-graph.js";
import type { ImportedModel } from "../onnx/import.js";
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from "../onnx/model.js";
import { fallbackPlacement, pipeline } from "../pipeline.js";

/** One stage: what a pass made of the program before it, and the story it tells. */
export interface SubjectStage {
  readonly name: string;
  readonly before: { readonly program: Program; readonly dataflow: Dataflow };
  readonly after: Program;
  readonly witness: Witness;
}

export interface Subject {
  readonly graph: Graph;
  readonly model: ModelInterface;
  readonly reference: { readonly program: Program; readonly dataflow: Dataflow };
  readonly stages: readonly SubjectStage[];
  /** The last program of the chain, which was printed as C. */
  readonly program: Program;
  readonly code: Code;
}

let made: Subject | undefined;

/** Made once. */
export function subject(): Subject {
  return (made ??= makeSubject());
}

function makeSubject(): Subject {
  const { graph } = buildGraph(network(), { fixDims: new Map(), contract: "separate", external: () => new Uint8Array() });
  const program = referenceProgram(graph, "separate");
  const reference = { program, dataflow: referenceDataflow(program) };
  const stages: SubjectStage[] = [];
  let current = reference;
  for (const pass of [...pipeline, fallbackPlacement]) {
    const result = pass.run(current, {});
    if (result === undefined) continue;
    const after = parseProgram(printProgram(result.after));
    stages.push({ name: pass.name, before: current, after, witness: result.witness });
    current = { program: after, dataflow: result.witness };
  }
  const imported: ImportedModel = { graph, findings: [], digest: "", externalDigests: new Map(), irVersion: 8, opsets: new Map([["", 13]]), producer: "" };
  const { code } = emitAndReadBack({ ...current, imported, request: { model: "subject.onnx", contract: "separate" } });
  return { graph, model: interfaceOf(graph), reference, stages, program: current.program, code };
}

const float32 = 1;

function network(): OnnxModel {
  const nodes = [
    node("Conv", ["x", "k", "b"], "c", [["pads", { kind: "ints", value: [1n, 1n, 1n, 1n] }]]),
    node("Relu", ["c"], "r"),
    node("MaxPool", ["r"], "p", [["kernel_shape", { kind: "ints", value: [2n, 2n] }], ["strides", { kind: "ints", value: [2n, 2n] }]]),
    node("Flatten", ["p"], "f"),
    node("Gemm", ["f", "w", "d"], "y"),
  ];
  const initializers = [floats("k", [2, 2, 3, 3]), floats("b", [2]), floats("w", [8, 3]), floats("d", [3])];
  const graph = { name: "subject", nodes, initializers, sparseInitializers: 0, inputs: [value("x", [1, 2, 4, 4])], outputs: [value("y", [1, 3])], valueInfos: [] };
  return { irVersion: 8n, producer: "", opsets: new Map([["", 13n]]), graph, functions: [], trainingGraphs: 0, unknownFields: 0 };
}

function node(op: string, inputs: readonly string[], output: string, attributes: readonly (readonly [string, OnnxAttribute])[] = []): OnnxNode {
  return { name: op.toLowerCase(), op, domain: "", overload: "", inputs, outputs: [output], attributes: new Map(attributes) };
}

function value(name: string, dims: readonly number[]): OnnxValueInfo {
  return { name, type: { kind: "tensor", dataType: float32, dims: dims.map((extent) => ({ kind: "value", value: BigInt(extent) })) } };
}

/** No two elements are equal, so that exchanged ones show. */
function floats(name: string, dims: readonly number[]): OnnxTensor {
  const count = dims.reduce((product, extent) => product * extent, 1);
  const series = Array.from({ length: count }, (_, k) => Math.fround(Math.sin(name.charCodeAt(0) + k)));
  return {
    name, dims: dims.map(BigInt), dataType: float32, raw: undefined, floats: series, int32s: [], int64s: [], doubles: [], uint64s: [],
    strings: 0, external: undefined, segmented: false,
  };
}
