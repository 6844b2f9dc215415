/**
 * Mutants of a lemma: a quantised group in integers (integer-quantised) with one tensor, node or wire
 * wrong, as a rewriting could have it. A claim about the two graphs (rule B1) must notice.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { present } from "../../../ir/prelude.js";
import { type Tensor, type TensorType, tensorOf } from "../../../ir/tensor/tensor.js";
import { claims } from "../../../proofs/kernel/claims.js";
import { justifyQuantised, quantiseGroups } from "../../../proofs/lemmas/quantised/justify.js";
import { type MutantRow, mutantRow } from "../row.js";

const part = { domain: "", opset: 13 };
const perTensor = { axis: 0, block_size: 0 };
const window = { kernel_shape: [2], strides: [1], dilations: [1], pads: [1, 0], group: 1 };

function weightsOf(integers: readonly number[], scales: readonly number[], each: number): readonly number[] {
  return integers.map((w, k) => Math.fround(w * (scales[Math.floor(k / each)] ?? 0)));
}

/** y = Q(Clip(Conv(DQ(x)) + b, 0, 6)), two channels, padded or not. */
function subjectGraph(pads: readonly number[]): Graph {
  const [scales, integers, bias] = [[0.25, 0.0625].map(Math.fround), [17, -90, 101, 33], [40, -7]];
  const f32 = (shape: readonly number[], values: readonly number[]): Tensor => tensorOf("f32", shape, values);
  const i8 = (shape: readonly number[], values: readonly number[]): Tensor => tensorOf("i8", shape, values);
  const constants = new Map<string, Tensor>([
    ["sx", f32([], [0.5])], ["zx", i8([], [-3])], ["sy", f32([], [0.25])], ["zy", i8([], [-5])], ["low", f32([], [0])], ["high", f32([], [6])],
    ["wq", i8([2, 1, 2], integers)], ["sw", f32([2], scales)], ["w", f32([2, 1, 2], weightsOf(integers, scales, 2))],
    ["b", f32([2], bias.map((b, c) => b * 0.5 * (scales[c] ?? 0)))],
  ]);
  const nodes: readonly GraphNode[] = [
    { ...part, name: "dq", op: "DequantizeLinear", attributes: perTensor, inputs: ["x", "sx", "zx"], outputs: ["xf"] },
    { ...part, name: "conv", op: "Conv", attributes: { ...window, pads }, inputs: ["xf", "w", "b"], outputs: ["c"] },
    { ...part, name: "clip", op: "Clip", attributes: {}, inputs: ["c", "low", "high"], outputs: ["yf"] },
    { ...part, name: "q", op: "QuantizeLinear", attributes: { ...perTensor, to: "i8", precision: "f32" }, inputs: ["yf", "sy", "zy"], outputs: ["y"] },
  ];
  const maker: GraphNode = { ...part, name: "wdq", op: "DequantizeLinear", attributes: perTensor, inputs: ["wq", "sw"], outputs: ["w"] };
  const [x, y] = [[1, 1, 3], [1, 2, pads[0] === 0 ? 2 : 3]];
  const floats = (shape: readonly number[]): TensorType => ({ type: "f32", shape });
  const types = new Map<string, TensorType>([
    ...[...constants].map(([name, { type, shape }]): [string, TensorType] => [name, { type, shape }]),
    ["x", { type: "i8", shape: x }], ["xf", floats(x)], ["c", floats(y)], ["yf", floats(y)], ["y", { type: "i8", shape: y }],
  ]);
  return { name: "subject", inputs: [{ name: "x", type: "i8", shape: x }], outputs: [{ name: "y", type: "i8", shape: y }], constants, nodes, types, derived: new Map([["w", maker]]) };
}

/** A graph after that is wrong in one place. */
export interface Wrong {
  readonly name: string;
  readonly bug: string;
  readonly after: Graph;
}

const changes: readonly (readonly [name: string, bug: string, change: (x: number) => number])[] = [
  ["doubled", "is doubled", (x) => 2 * x], ["plus-one", "is 1 more", (x) => x + 1], ["negated", "has the other sign", (x) => -x], ["zero", "is 0", () => 0],
];

/** Every element of every constant of these, in four ways. */
export function wrongConstants(after: Graph, names: readonly (string | null)[]): readonly Wrong[] {
  return [...after.constants].filter(([name]) => names.includes(name)).flatMap(([name, tensor]) => Array.from({ length: tensor.data.length }, (_, k) => changes.flatMap(([way, says, change]): readonly Wrong[] => {
    const values = Array.from({ length: tensor.data.length }, (_each, at) => (at === k ? change(Number(tensor.data[at])) : Number(tensor.data[at])));
    const changed = tensorOf(tensor.type, tensor.shape, values);
    if (Number(changed.data[k]) === Number(tensor.data[k])) return [];
    return [{ name: `${name}-${k}-${way}`, bug: `element ${k} of ${name} ${says}`, after: { ...after, constants: new Map([...after.constants, [name, changed]]) } }];
  })).flat());
}

/** Every input of every node left out, or exchanged with the next; every node left out; the padding on the other side. */
function wrongNodes(after: Graph): readonly Wrong[] {
  const withNode = (node: GraphNode, changed: GraphNode): Graph => ({ ...after, nodes: after.nodes.map((other) => (other === node ? changed : other)) });
  return after.nodes.flatMap((node) => [
    ...node.inputs.flatMap((input, slot): readonly Wrong[] => (input === null ? [] : [{ name: `${node.op}-${slot}-omitted`, bug: `input ${slot} of ${node.op} is left out`, after: withNode(node, { ...node, inputs: node.inputs.with(slot, null) }) }])),
    ...node.inputs.slice(1).map((input, slot): Wrong => ({ name: `${node.op}-${slot}-exchanged`, bug: `inputs ${slot} and ${slot + 1} of ${node.op} are exchanged`, after: withNode(node, { ...node, inputs: node.inputs.with(slot, input).with(slot + 1, node.inputs[slot] ?? null) }) })),
    { name: `${node.op}-gone`, bug: `${node.op} is left out`, after: { ...after, nodes: after.nodes.filter((other) => other !== node) } },
    ...(Array.isArray(node.attributes["pads"]) ? [{ name: `${node.op}-pads`, bug: "one more tap of padding", after: withNode(node, { ...node, attributes: { ...node.attributes, pads: [1, 1] } }) }] : []),
  ]);
}

export function lemmaMutants(): MutantRow[] {
  return ([["padded", [1, 0]], ["whole", [0, 0]]] as const).flatMap(([form, pads]) => {
    const before = subjectGraph(pads);
    const after = quantiseGroups(before, ["q"]);
    const named = ({ name }: Wrong): string => `${form}.${name}`;
    const read = after.nodes.flatMap(({ inputs }) => inputs);
    return [...wrongConstants(after, read), ...wrongNodes(after)].map((wrong) => mutantRow("lemma", named(wrong), wrong.bug, noticedBy(before, wrong.after), { rules: ["B1"] }));
  });
}

/** The first claim that does not hold. */
function noticedBy(before: Graph, after: Graph): string {
  const into = claims("lemmas");
  justifyQuantised(into, 0, before, after, [present(before.nodes.at(-1), "a node").name]);
  return into.obligations.find((claim) => claim.kind === "ground" && !claim.holds)?.id ?? "";
}
