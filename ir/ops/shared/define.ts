/**
 * How an operator file makes its definition: what every operator states, and the
 * checks every operator needs before its own shape rule runs.
 */
import { invalid, invariant, unsupported } from "../../prelude.js";
import type { ElementType } from "../../scalar/types.js";
import type { Meaning } from "../../tensor/meaning.js";
import { type TensorType, printTensorType } from "../../tensor/tensor.js";
import type { BoundedOutputs, OperatorDefinition, OperatorNode } from "../operator.js";

/** Highest and lowest opset whose forms are normalised (see src/onnx/normalise). */
export const knownOpsets = [1, 27] as const;

/** No limit on the number of inputs or outputs. */
export const any = Number.MAX_SAFE_INTEGER;

export interface OperatorRecord {
  readonly op: string;
  /** Element types of input 0. */
  readonly types: readonly ElementType[];
  /** Least and largest number of inputs. */
  readonly inputs: readonly [least: number, most: number];
  /** Inputs among the least that normalisation leaves out where they are without effect. */
  readonly omitted?: readonly number[];
  /** Largest number of outputs, 1 unless said. */
  readonly outputs?: number;
  /** Present inputs share one element type unless `mixed` is said. */
  readonly mixed?: true;
  readonly requirements?: readonly string[];
  readonly bounded?: (node: OperatorNode) => BoundedOutputs;
  readonly shape: (node: OperatorNode) => readonly TensorType[];
  readonly meaning: (node: OperatorNode) => Meaning;
}

export function defineOperator(record: OperatorRecord): OperatorDefinition {
  const { op, types, requirements = [], bounded, meaning } = record;
  const shape = (node: OperatorNode): readonly TensorType[] => {
    validateCounts(node, record);
    validateTypes(node, record);
    const outputs = record.shape(node);
    if (!isConstant(node)) outputs.forEach((output) => validateExtents(node, output));
    return outputs;
  };
  return { op, domain: "", opsets: knownOpsets, types, requirements, shape, meaning, ...(bounded === undefined ? {} : { bounded }) };
}

function validateCounts(node: OperatorNode, record: OperatorRecord): void {
  const [least, most] = record.inputs;
  const count = node.inputs.length;
  const missing = node.inputs.slice(0, least).some((input, slot) => input === null && record.omitted?.includes(slot) !== true);
  if (count < least || count > most || missing) {
    const range = least === most ? `${least}` : `${least} to ${most === any ? "any number of" : most}`;
    invalid("input-count", `${node.op} takes ${range} inputs, this node gives ${count}`, node.name, "give every input the operator needs");
  }
  if (node.outputCount > (record.outputs ?? 1)) {
    unsupported("output-count", `${node.op} has ${node.outputCount} outputs here, only ${record.outputs ?? 1} is supported`,
      node.name, "remove the further outputs, they are training or index outputs");
  }
}

function validateTypes(node: OperatorNode, record: OperatorRecord): void {
  const first = node.inputs[0];
  if (first !== undefined && first !== null && !record.types.includes(first.type)) {
    unsupported("element-type", `${node.op} on ${first.type} is not supported, only ${record.types.join(", ")}`,
      node.name, "insert a Cast or export the model with another element type");
  }
  if (record.mixed === true) return;
  for (const other of node.inputs) {
    if (other !== null && other.type !== first?.type) {
      invalid("type-mismatch", `${node.op} mixes ${first?.type} and ${other.type}`, node.name, "insert a Cast: there is no implicit conversion");
    }
  }
}

/** Nodes that fold away may pass empty lists around, as shape computations do. */
function isConstant(node: OperatorNode): boolean {
  return node.inputs.every((input, slot) => input === null || node.constant(slot) !== undefined);
}

/** A loop over a tensor without elements would have no iteration: what runs has elements. */
function validateExtents(node: OperatorNode, output: TensorType): void {
  if (output.shape.some((extent) => extent < 1)) {
    unsupported("empty-tensor", `${node.op} gives ${printTensorType(output)}, a tensor without elements`, node.name, "remove the node");
  }
}

/** The type of an input that must be there. */
export function inputOf(node: OperatorNode, slot: number): TensorType {
  const type = node.inputs[slot];
  if (type === undefined || type === null) {
    return invalid("input-count", `${node.op} needs its input ${slot}`, node.name, "give every input the operator needs");
  }
  return type;
}

/** The type of an input that may be omitted. */
export function optionalInput(node: OperatorNode, slot: number): TensorType | undefined {
  return node.inputs[slot] ?? undefined;
}

/** The inputs that are there, in order. */
export function presentInputs(node: OperatorNode): readonly TensorType[] {
  return node.inputs.filter((type) => type !== null);
}

/** A number of the node's normal form; its absence is a bug of normalisation. */
export function numberOf(node: OperatorNode, name: string): number {
  const value = node.attributes[name];
  invariant(typeof value === "number", `${node.op} ${node.name} has no number ${name} in normal form`);
  return value;
}

/** A list of integers of the node's normal form. */
export function listOf(node: OperatorNode, name: string): readonly number[] {
  const value = node.attributes[name];
  invariant(Array.isArray(value), `${node.op} ${node.name} has no list ${name} in normal form`);
  return value.map((item: unknown) => {
    invariant(typeof item === "number", `${node.op} ${node.name} has no numbers in ${name}`);
    return item;
  });
}

/** A text of the node's normal form. */
export function textOf(node: OperatorNode, name: string): string {
  const value = node.attributes[name];
  invariant(typeof value === "string", `${node.op} ${node.name} has no text ${name} in normal form`);
  return value;
}

/** A list of texts of the node's normal form. */
export function textsOf(node: OperatorNode, name: string): readonly string[] {
  const value = node.attributes[name];
  invariant(Array.isArray(value), `${node.op} ${node.name} has no list ${name} in normal form`);
  return value.map(String);
}

/** The refusal for shapes that do not fit each other. */
export function shapeMismatch(node: OperatorNode, what: string): never {
  const shapes = presentInputs(node).map(printTensorType).join(", ");
  return invalid("shape-mismatch", `${node.op}: ${what}; inputs are ${shapes}`, node.name, "correct the shapes or the attributes in the model");
}
