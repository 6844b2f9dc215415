/** One ONNX node, written by hand, brought to normal form and evaluated: the shortest way to test an operator. */
import type { GraphNode } from "../../ir/graph/graph.js";
import { operatorNode } from "../../ir/graph/eval.js";
import { operatorFor } from "../../ir/ops/index.js";
import { invariant, present } from "../../ir/prelude.js";
import type { ElementType, ScalarValue } from "../../ir/scalar/types.js";
import { assertMeaning } from "../../ir/tensor/assert.js";
import { evalMeaning } from "../../ir/tensor/eval.js";
import type { Meaning, MulAddContract } from "../../ir/tensor/meaning.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { rounded, widened } from "../../src/onnx/halves.js";
import { type RawAttribute, type RawNode, noControlFlow, normaliseNode } from "../../src/onnx/normalise/index.js";
import { sameBits } from "../../src/testing/compare.js";

export interface NodeCase {
  readonly op: string;
  readonly domain?: string;
  readonly opset?: number;
  readonly attributes?: Readonly<Record<string, RawAttribute>>;
  /** null is an omitted input. */
  readonly inputs: readonly (Tensor | null)[];
  /** Slots of the inputs that are constants of the graph; none by default. */
  readonly constants?: readonly number[];
  readonly outputs?: number;
  /** Slots of the outputs that nobody asks for. */
  readonly omitted?: readonly number[];
}

export function f32(shape: readonly number[], values: Iterable<number>): Tensor {
  return tensorOf("f32", shape, values);
}

export function tensor(type: ElementType, shape: readonly number[], values: Iterable<ScalarValue>): Tensor {
  return tensorOf(type, shape, values);
}

/** A list of int64. */
export function i64s(...values: readonly number[]): Tensor {
  return tensorOf("i64", [values.length], values.map(BigInt));
}

/** first, first + 1, … as f32. */
export function counting(shape: readonly number[], first = 0): Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return f32(shape, Array.from({ length: count }, (_, k) => first + k));
}

export const int = (value: number): RawAttribute => ({ kind: "int", value: BigInt(value) });
export const ints = (...values: readonly number[]): RawAttribute => ({ kind: "ints", value: values.map(BigInt) });
export const float = (value: number): RawAttribute => ({ kind: "float", value: Math.fround(value) });
export const floats = (...values: readonly number[]): RawAttribute => ({ kind: "floats", value: values.map(Math.fround) });
export const text = (value: string): RawAttribute => ({ kind: "string", value });

/** The case as a node before normalisation; tensors are named t0, t1, … and y0, y1, … */
export function rawNodeOf({ op, domain = "", opset = domain === "" ? 22 : 1, attributes = {}, inputs, constants = [], outputs = 1, omitted = [] }: NodeCase): RawNode {
  const slot = (name: string): number => Number(name.slice(1));
  let made = 0;
  return {
    name: "n", op, domain, opset,
    attributes: new Map(Object.entries(attributes)),
    inputs: inputs.map((input, k) => (input === null ? null : `t${k}`)),
    outputs: Array.from({ length: outputs }, (_, k) => (omitted.includes(k) ? "" : `y${k}`)),
    typeOf: (name) => inputs[slot(name)] ?? undefined,
    constantOf: (name) => (constants.includes(slot(name)) ? inputs[slot(name)] ?? undefined : undefined),
    fresh: (hint) => `${hint}_${made++}`,
    control: noControlFlow,
  };
}

export function normalFormOf(node: NodeCase): GraphNode {
  return present(normaliseNode(rawNodeOf(node)).at(-1), "normal form");
}

/** The outputs of the node; the meaning of everything that runs is asserted to be well-formed. */
export function runNode(node: NodeCase, contract: MulAddContract = "separate"): readonly Tensor[] {
  const raw = rawNodeOf(node);
  const values = new Map(raw.inputs.flatMap((name, k) => (name === null ? [] : [[name, present(node.inputs[k], "input")] as const])));
  const constants = new Map([...values].filter(([name]) => raw.constantOf(name) !== undefined));
  const typeOf = (name: string): Tensor | undefined => values.get(name);
  const computed = widened({ ...raw, typeOf, constantOf: (name) => constants.get(name) });
  for (const part of computed.before) evaluate(part, values, constants, contract);
  for (const part of rounded(computed, normaliseNode(computed.node))) evaluate(part, values, constants, contract);
  return raw.outputs.map((name) => (name === "" ? f32([0], []) : present(values.get(name), name)));
}

function evaluate(node: GraphNode, values: Map<string, Tensor>, constants: Map<string, Tensor>, contract: MulAddContract): void {
  const carried = node.attributes["value"];
  if (node.op === "Constant" && typeof carried === "object" && "data" in carried) {
    for (const table of [values, constants]) node.outputs.forEach((name) => table.set(name, carried));
    return;
  }
  const inputs = node.inputs.map((name) => (name === null ? null : present(values.get(name), name)));
  const constant = node.inputs.every((name) => name === null || constants.has(name));
  bothWays(meaningOf(node, values, constants), inputs, contract).forEach((value, k) => {
    for (const table of constant ? [values, constants] : [values]) table.set(present(node.outputs[k], "output"), value);
  });
}

/** The outputs, by rows and one element at a time: throws where the two differ in a bit. */
export function bothWays(meaning: Meaning, inputs: readonly (Tensor | null)[], contract: MulAddContract): readonly Tensor[] {
  const [byRows, plain] = [evalMeaning(meaning, inputs, contract), evalMeaning(meaning, inputs, contract, true)];
  plain.forEach((value, k) => invariant(sameBits(value, present(byRows[k], `output ${k}`)), `output ${k} by rows differs from the plain evaluator's`));
  return byRows;
}

function meaningOf(node: GraphNode, values: ReadonlyMap<string, Tensor>, constants: ReadonlyMap<string, Tensor>): Meaning {
  const definition = present(operatorFor(node.domain, node.op), `operator ${node.op}`);
  const view = operatorNode(node, { types: values, constants });
  const types = definition.shape(view);
  const meaning = definition.meaning(view);
  assertMeaning(meaning, view.inputs, types);
  return meaning;
}

/** The one output as a list of numbers. */
export function valuesOf(node: NodeCase, contract: MulAddContract = "separate"): readonly ScalarValue[] {
  const [y] = runNode(node, contract);
  return [...present(y, "output").data];
}
