/**
 * Vectors of single ONNX nodes: inputs, and outputs worked out by hand from the text of
 * the specification. They are what a wrong normal form or a wrong meaning is noticed
 * by, so each stands where two readings differ: an order of rounding, a window at a
 * border, an axis counted from the end, a default left unsaid.
 */
import { operatorNode } from "../../../ir/graph/eval.js";
import type { GraphNode } from "../../../ir/graph/graph.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { Refusal, present } from "../../../ir/prelude.js";
import type { ElementType, ScalarValue } from "../../../ir/scalar/types.js";
import { evalMeaning } from "../../../ir/tensor/eval.js";
import type { Meaning } from "../../../ir/tensor/meaning.js";
import { type Tensor, elementCount, printTensorType, sameShape, tensorOf } from "../../../ir/tensor/tensor.js";
import { type RawAttribute, type RawNode, noControlFlow, normaliseNode } from "../../onnx/normalise/index.js";
import { firstDifference, showDifference } from "../../testing/compare.js";
import { type Running, type VectorBody, controlFlowOf } from "./bodies.js";

/** One output: its shape and its elements in row-major order. */
export interface ExpectedOutput {
  readonly shape: readonly number[];
  readonly values: readonly ScalarValue[];
}

export interface NodeVector {
  /** Unique: the operator and what the vector is about. */
  readonly name: string;
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, RawAttribute>>;
  /** null is an omitted input. */
  readonly inputs: readonly (Tensor | null)[];
  /** Slots of the inputs that are constants of the model. */
  readonly constants: readonly number[];
  readonly outputs: readonly ExpectedOutput[];
  /** The graphs that attributes hold. */
  readonly bodies?: Readonly<Record<string, VectorBody>>;
}

export type VectorText = Partial<Omit<NodeVector, "name" | "op" | "outputs">>;

/** `about` completes the name. */
export function vector(op: string, about: string, given: VectorText, ...outputs: readonly ExpectedOutput[]): NodeVector {
  return { name: `${op}: ${about}`, op, opset: 22, attributes: {}, inputs: [], constants: [], ...given, outputs };
}

export function out(shape: readonly number[], ...values: readonly ScalarValue[]): ExpectedOutput {
  return { shape, values };
}

export function f32(shape: readonly number[], ...values: readonly number[]): Tensor {
  return tensorOf("f32", shape, values);
}

export function typed(type: ElementType, shape: readonly number[], ...values: readonly ScalarValue[]): Tensor {
  return tensorOf(type, shape, values);
}

/** Integers of `width` bits in i8 or u8. */
export function small(type: "i8" | "u8", width: 2 | 4, shape: readonly number[], ...values: readonly number[]): Tensor {
  return { ...tensorOf(type, shape, values), width };
}

/** first, first + 1, … */
export function counting(shape: readonly number[], first = 1): Tensor {
  return f32(shape, ...Array.from({ length: elementCount(shape) }, (_, k) => first + k));
}

/** A list of int64. */
export function i64s(...values: readonly number[]): Tensor {
  return tensorOf("i64", [values.length], values.map(BigInt));
}

export const int = (value: number): RawAttribute => ({ kind: "int", value: BigInt(value) });
export const ints = (...values: readonly number[]): RawAttribute => ({ kind: "ints", value: values.map(BigInt) });
export const float = (value: number): RawAttribute => ({ kind: "float", value: Math.fround(value) });
export const text = (value: string): RawAttribute => ({ kind: "string", value });

/** What is put between the steps of evaluating a vector; nothing for the right ones. */
export interface Spoiling {
  readonly raw?: (node: RawNode) => RawNode;
  readonly normal?: (node: GraphNode) => GraphNode;
  readonly meaning?: (meaning: Meaning, op: string) => Meaning;
}

/** What tells the result from the expected one, "" if nothing does. */
export function differenceFrom(it: NodeVector, spoiling: Spoiling = {}): string {
  try {
    const outputs = evaluated(it, spoiling);
    const found = it.outputs.map((expected, k) => different(present(outputs[k], "output"), expected, k));
    return found.find((what) => what !== "") ?? "";
  } catch (error) {
    if (error instanceof Refusal) return `refused: ${error.code}`;
    return `broken: ${error instanceof Error ? error.message : String(error)}`; // a spoiled node may break any promise
  }
}

function different(found: Tensor, { shape, values }: ExpectedOutput, k: number): string {
  if (!sameShape(found.shape, shape)) return `output ${k} is ${printTensorType(found)}`;
  const difference = firstDifference(tensorOf(found.type, shape, values), found);
  return difference === undefined ? "" : `output ${k}, element ${difference.element}: ${showDifference(found.type, difference)}`;
}

/** Tensors are named t0, t1, … and y0, y1, … */
export function rawNodeOf({ op, opset, attributes, inputs, constants, outputs }: NodeVector): RawNode {
  const slot = (name: string): number => Number(name.slice(1));
  let made = 0;
  return {
    name: "n", op, domain: "", opset, attributes: new Map(Object.entries(attributes)),
    inputs: inputs.map((input, k) => (input === null ? null : `t${k}`)),
    outputs: outputs.map((_, k) => `y${k}`),
    typeOf: (name) => inputs[slot(name)] ?? undefined,
    constantOf: (name) => (constants.includes(slot(name)) ? (inputs[slot(name)] ?? undefined) : undefined),
    fresh: (hint) => `${hint}_${made++}`,
    control: noControlFlow,
  };
}

function evaluated(it: NodeVector, spoiling: Spoiling): readonly Tensor[] {
  const values = new Map<string, Tensor>();
  it.inputs.forEach((input, k) => {
    if (input !== null) values.set(`t${k}`, input);
  });
  const constants = new Map([...values].filter(([, value]) => it.constants.includes(it.inputs.indexOf(value))));
  const raw = (spoiling.raw ?? same)(withBodies(it, { values, constants, evaluate: (node, spoiled) => evaluateNode(node, values, constants, spoiled ? spoiling : {}) }));
  for (const part of normaliseNode(raw)) evaluateNode(part, values, constants, spoiling);
  return raw.outputs.map((name) => present(values.get(name), name));
}

function withBodies(it: NodeVector, running: Running): RawNode {
  const raw = rawNodeOf(it);
  if (it.bodies === undefined) return raw;
  const { values, constants } = running;
  return { ...raw, typeOf: (name) => values.get(name), constantOf: (name) => constants.get(name), control: controlFlowOf(it.bodies, running) };
}

function same<T>(it: T): T {
  return it;
}

function evaluateNode(given: GraphNode, values: Map<string, Tensor>, constants: Map<string, Tensor>, { normal = same, meaning = same }: Spoiling): void {
  const carried = given.attributes["value"];
  if (given.op === "Constant" && typeof carried === "object" && "data" in carried) {
    for (const table of [values, constants]) given.outputs.forEach((name) => table.set(name, carried));
    return;
  }
  const node = normal(given);
  const definition = present(operatorFor(node.domain, node.op), `operator ${node.op}`);
  const view = operatorNode(node, { types: values, constants });
  definition.shape(view);
  const inputs = node.inputs.map((name) => (name === null ? null : present(values.get(name), name)));
  evalMeaning(meaning(definition.meaning(view), node.op), inputs, "separate").forEach((value, k) => values.set(present(node.outputs[k], "output"), value));
}
