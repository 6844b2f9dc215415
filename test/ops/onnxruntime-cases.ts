/**
 * Single nodes with the outputs that ONNX Runtime gave for them, and with those of the reference
 * implementation of ONNX (each file says which version). Integers are compared exactly; floats with the tolerance of the node tests,
 * since the order of its sums is its own.
 */
import { readFileSync } from "node:fs";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { operatorNode } from "../../ir/graph/eval.js";
import { operatorFor } from "../../ir/ops/index.js";
import { present } from "../../ir/prelude.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { type Tensor, type TensorType, tensorOf } from "../../ir/tensor/tensor.js";
import type { NodeTest } from "../../src/mutate/node-tests.js";
import { normaliseNode } from "../../src/onnx/normalise/index.js";
import type { RawAttribute } from "../../src/onnx/normalise/raw-node.js";
import { type NodeCase, rawNodeOf } from "./support.js";

/** JSON has no NaN and no infinities: they are written as text. */
type Numeral = number | string;

interface StoredTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: readonly Numeral[];
}

type StoredAttribute =
  | { readonly kind: "int" | "float"; readonly value: Numeral }
  | { readonly kind: "ints" | "floats"; readonly value: readonly Numeral[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: StoredTensor };

interface StoredCase {
  readonly op: string;
  readonly domain: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, StoredAttribute>>;
  readonly inputs: readonly (StoredTensor | null)[];
  readonly constants?: readonly number[];
  readonly outputs?: number;
  readonly omitted?: readonly number[];
  readonly expected: readonly (StoredTensor | null)[];
}

export interface RuntimeCase {
  readonly name: string;
  readonly node: NodeCase;
  /** null where nobody asked for the output. */
  readonly expected: readonly (Tensor | null)[];
}

function tensorFrom({ type, shape, data }: StoredTensor): Tensor {
  return tensorOf(type, shape, type === "i64" || type === "u64" ? data.map((value) => BigInt(value)) : data.map(Number));
}

function attributeFrom(stored: StoredAttribute): RawAttribute {
  switch (stored.kind) {
    case "int": return { kind: "int", value: BigInt(stored.value) };
    case "ints": return { kind: "ints", value: stored.value.map((value) => BigInt(value)) };
    case "float": return { kind: "float", value: Math.fround(Number(stored.value)) };
    case "floats": return { kind: "floats", value: stored.value.map((value) => Math.fround(Number(value))) };
    case "tensor": return { kind: "tensor", value: tensorFrom(stored.value) };
    case "string":
    case "strings": return stored;
  }
}

const files = ["test/ops/onnxruntime-cases.json", "test/ops/onnx-reference-cases.json"];

export function runtimeCases(): readonly RuntimeCase[] {
  const cases = files.flatMap((file) => (JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly StoredCase[] }).cases);
  return cases.map(({ attributes, inputs, expected, ...own }, k) => ({
    name: `${own.domain === "" ? "" : `${own.domain}.`}${own.op} ${k}`,
    node: {
      ...own, attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attributeFrom(value)])),
      inputs: inputs.map((input) => (input === null ? null : tensorFrom(input))),
    },
    expected: expected.map((output) => (output === null ? null : tensorFrom(output))),
  }));
}

/** The case as a graph of its normal form, nothing evaluated. */
export function nodeTestOf({ name, node, expected }: RuntimeCase): NodeTest {
  const raw = rawNodeOf(node);
  const given = new Map(raw.inputs.flatMap((input, k) => (input === null ? [] : [[input, present(node.inputs[k], input)] as const])));
  const types = new Map<string, TensorType>(given);
  const constants = new Map<string, Tensor>();
  const nodes: GraphNode[] = [];
  for (const part of normaliseNode(raw)) {
    const carried = part.attributes["value"];
    if (part.op === "Constant" && typeof carried === "object" && "data" in carried) {
      for (const table of [types, constants]) table.set(part.outputs[0] ?? "", carried);
      continue;
    }
    nodes.push(part);
    const shapes = present(operatorFor(part.domain, part.op), part.op).shape(operatorNode(part, { types, constants }));
    part.outputs.forEach((output, k) => types.set(output, present(shapes[k], output)));
  }
  const wanted = raw.outputs.flatMap((output, k) => (expected[k] === null ? [] : [{ name: output, ...present(types.get(output), output), value: present(expected[k], output) }]));
  const inputs = [...given].map(([input, { type, shape }]) => ({ name: input, type, shape }));
  const graph: Graph = { name, inputs, outputs: wanted, constants, nodes, types, derived: new Map() };
  return { name, graph, inputs: given, expected: wanted.map(({ value }) => value) };
}
