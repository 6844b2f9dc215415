/**
 * Rules W0 and W7 on one program: it has the interface of the model, it is well
 * formed, inputs and weights are never written, every weight is a view of a tensor
 * of the model. All ground facts.
 */
import type { Graph, GraphValue } from "../../ir/graph/graph.js";
import { problemsOf } from "../../ir/loop/assert.js";
import type { Buffer, BufferKind, Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { type TensorType, printTensorType } from "../../ir/tensor/tensor.js";
import { type Claims, ground } from "./claims.js";
import { about } from "./obligation.js";

/** What every program of the chain shares: the model's inputs, outputs and tensors, by their ONNX names. */
export interface ModelInterface {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly tensors: ReadonlyMap<string, TensorType>;
}

export function interfaceOf(graph: Graph): ModelInterface {
  return { inputs: graph.inputs, outputs: graph.outputs, tensors: graph.constants };
}

function signature(values: readonly (TensorType & { readonly label?: string; readonly name: string })[]): string {
  return values.map((value) => `${JSON.stringify(value.label ?? value.name)} ${printTensorType(value)}`).join(", ");
}

function ofKind(program: Program, kind: BufferKind): Buffer[] {
  return program.buffers.filter((buffer) => buffer.kind === kind);
}

/** W0: the same ordered inputs and outputs as the model, and a well-formed text. */
export function checkInterface(into: Claims, model: ModelInterface, program: Program): void {
  for (const [kind, wanted] of [["input", model.inputs], ["output", model.outputs]] as const) {
    const [found, expected] = [signature(ofKind(program, kind)), signature(wanted)];
    const sentence = `The ${kind}s are those of the model: order, name, element type, shape.`;
    ground(into, { rule: "W0", detail: `${kind}s`, sentence, subject: about() }, found === expected, `program: ${found}; model: ${expected}`);
  }
  const problems = problemsOf(program);
  const sentence = "The program is well formed: unique names, extents of at least 1, every value of its element's type.";
  ground(into, { rule: "W0", detail: "well-formed", sentence, subject: about() }, problems.length === 0, problems.slice(0, 3).join("; ") || "no problem");
}

/** W7: leaves are what the model says. */
export function checkLeaves(into: Claims, model: ModelInterface, program: Program): void {
  const written = new Set(storesOf(program).map(({ store }) => store.buffer));
  for (const buffer of program.buffers) {
    if (buffer.kind !== "input" && buffer.kind !== "weight") continue;
    ground(into, { rule: "W7", detail: `${buffer.name}.read-only`, sentence: `${buffer.name} is never written.`, subject: about(buffer.name) }, !written.has(buffer.name), `stores: ${written.has(buffer.name) ? "some" : "none"}`);
    if (buffer.kind === "weight") checkMap(into, model, buffer);
  }
}

function checkMap(into: Claims, model: ModelInterface, buffer: Buffer): void {
  const tensor = model.tensors.get(buffer.map?.tensor ?? "");
  const holds = tensor !== undefined && tensor.type === buffer.type && tensor.shape.length === buffer.map?.index.length;
  const detail = tensor === undefined ? "the model has no such tensor" : `tensor ${printTensorType(tensor)}, map of rank ${buffer.map?.index.length ?? 0} to ${buffer.type}`;
  ground(into, { rule: "W7", detail: `${buffer.name}.map`, sentence: `${buffer.name} is a view of tensor ${buffer.map?.tensor ?? ""} of the model.`, subject: about(buffer.name) }, holds, detail);
}
