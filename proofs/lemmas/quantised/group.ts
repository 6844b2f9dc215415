/**
 * A quantised group: what stands between DequantizeLinear nodes and the QuantizeLinear
 * that ends it. Its core is one sum (Conv, Gemm, MatMul), mean or Add, or none; behind
 * the core come steps that are monotone and take elements one by one, or move them. What
 * lies within has one reader each, so nobody sees the floats in between.
 */
import { operatorNode } from "../../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { Refusal, present } from "../../../ir/prelude.js";
import { evalMeaning } from "../../../ir/tensor/eval.js";
import { type Tensor, type TensorType, elementCount, tensorOf } from "../../../ir/tensor/tensor.js";

/** One operand that varies: its DequantizeLinear, or the one that a constant was made by, and what moves it. */
export interface Head {
  readonly dequantise: GraphNode;
  /** From the DequantizeLinear to the core. */
  readonly moves: readonly GraphNode[];
}

export interface Group {
  readonly quantise: GraphNode;
  readonly core: GraphNode | undefined;
  readonly heads: readonly Head[];
  /** From the core, or from the DequantizeLinear where there is none, to the QuantizeLinear. */
  readonly tail: readonly GraphNode[];
}

const moving: ReadonlySet<string> = new Set(["Flatten", "Identity", "MaxPool", "Reshape", "Squeeze", "Transpose", "Unsqueeze"]);
const clipping: ReadonlySet<string> = new Set(["Clip", "Relu"]);
export const sums: ReadonlySet<string> = new Set(["Conv", "Gemm", "MatMul"]);
export const means: ReadonlySet<string> = new Set(["AveragePool", "GlobalAveragePool", "ReduceMean"]);

export function inapplicable(node: GraphNode, why: string): never {
  throw new Refusal("usage", "lemma", `integer-quantised: ${node.name}: ${why}`, node.name, "leave the lemma out for this node");
}

/** The group that `quantise` ends. Throws the Refusal `lemma` with the reason where there is none. */
export function groupOf(graph: Graph, quantise: GraphNode): Group {
  if (quantise.op !== "QuantizeLinear" || quantise.domain !== "") return inapplicable(quantise, "it is no QuantizeLinear");
  checkQuantisation(graph, quantise, resultType(graph, quantise));
  const { passed: tail, from } = walkBack(graph, quantise, quantise.inputs[0] ?? "", (node) => moving.has(node.op) || clipping.has(node.op));
  if (from.op === "DequantizeLinear") return { quantise, core: undefined, heads: [{ dequantise: operand(graph, quantise, from), moves: [] }], tail };
  return { quantise, core: from, heads: headsOf(graph, quantise, from), tail };
}

function headsOf(graph: Graph, quantise: GraphNode, core: GraphNode): readonly Head[] {
  const varying = core.op === "Add" || core.op === "Concat" ? core.inputs : core.inputs.slice(0, 1);
  const known = sums.has(core.op) || means.has(core.op) || core.op === "Add" || core.op === "Concat";
  if (!known || core.domain !== "") return inapplicable(quantise, `it ends ${core.op}, which has no form in integers here`);
  return varying.map((name): Head => {
    const { passed: moves, from } = walkBack(graph, quantise, name ?? "", (node) => moving.has(node.op));
    checkWindows(graph, quantise, moves);
    return { dequantise: operand(graph, quantise, from), moves };
  });
}

/** A maximum over no element is −∞, which no quantised value stands for: before the core, every window has one. */
function checkWindows(graph: Graph, quantise: GraphNode, moves: readonly GraphNode[]): void {
  for (const node of moves.filter(({ op }) => op === "MaxPool")) {
    const view = operatorNode(node, graph);
    const shape = [1, 1, ...typeOf(graph, node.inputs[0] ?? "").shape.slice(2)];
    const zeros = tensorOf("f32", shape, new Array<number>(elementCount(shape)).fill(0));
    const meaning = present(operatorFor("", node.op), node.op).meaning({ ...view, inputs: [{ type: "f32", shape }] });
    const [highest] = evalMeaning(meaning, [zeros], "separate");
    if (!numbersIn(highest).every(Number.isFinite)) inapplicable(quantise, `a window of ${node.name} lies wholly in the padding`);
  }
}

/** From tensor `name` towards the inputs, through nodes that may be passed, each with one reader. */
function walkBack(graph: Graph, quantise: GraphNode, name: string, may: (node: GraphNode) => boolean): { readonly passed: readonly GraphNode[]; readonly from: GraphNode } {
  const passed: GraphNode[] = [];
  for (let at = name; ;) {
    const node = graph.nodes.find(({ outputs }) => outputs.includes(at)) ?? graph.derived.get(at);
    if (node === undefined) return inapplicable(quantise, `${at} comes from no DequantizeLinear`);
    if (node.op === "DequantizeLinear") return { passed, from: node };
    if (readersOf(graph, at) !== 1) return inapplicable(quantise, `another node, or an output, reads ${at}`);
    if (!may(node) || node.domain !== "" || node.outputs.length !== 1) return { passed, from: node };
    passed.unshift(node);
    at = node.inputs[0] ?? "";
  }
}

/** How often a tensor is read; an output of the graph counts. */
export function readersOf(graph: Graph, name: string): number {
  return graph.nodes.flatMap(({ inputs }) => inputs).filter((input) => input === name).length + graph.outputs.filter((output) => output.name === name).length;
}

function operand(graph: Graph, quantise: GraphNode, dequantise: GraphNode): GraphNode {
  if (dequantise.op !== "DequantizeLinear") return inapplicable(quantise, `it ends ${dequantise.op}, which has no form in integers here`);
  checkQuantisation(graph, quantise, typeOf(graph, dequantise.inputs[0] ?? ""), dequantise);
  return dequantise;
}

/** The type of the result, whether or not a zero point is given. */
function resultType(graph: Graph, quantise: GraphNode): TensorType {
  return typeOf(graph, quantise.outputs[0] ?? "");
}

export function typeOf(graph: Graph, name: string): TensorType {
  return present(graph.types.get(name), `type of ${name}`);
}

function checkQuantisation(graph: Graph, quantise: GraphNode, { type, width }: TensorType, node = quantise): void {
  const [scale, zeroPoint] = node.inputs.slice(1, 3).map((name) => (name === null ? undefined : graph.constants.get(name)));
  if ((type !== "i8" && type !== "u8") || width !== undefined || node.attributes["width"] !== undefined) inapplicable(quantise, `${node.name} is of ${type}, not of 8 bits`);
  if (scale?.data.length !== 1 || ((node.inputs[2] ?? null) !== null && zeroPoint?.data.length !== 1)) inapplicable(quantise, `scale and zero point of ${node.name} are no constants of one element`);
  if (node.attributes["precision"] !== undefined && node.attributes["precision"] !== "f32") inapplicable(quantise, `${node.name} does not round to f32`);
  if (!isUsable(Number(scale?.data[0]))) inapplicable(quantise, `the scale of ${node.name} is not between 2^-40 and 2^40`);
}

/** Scales for which (s·t) / u, which stays between 2^-120 and 2^120, leaves the normal floats nowhere. */
export function isUsable(scale: number): boolean {
  return scale >= 2 ** -40 && scale <= 2 ** 40;
}

/** A quantised type: what element q stands for is scale·(q − zero). */
export interface Quantisation {
  readonly scale: number;
  readonly zero: number;
  readonly least: number;
  readonly most: number;
}

/** As the DequantizeLinear or QuantizeLinear says. */
export function quantisationOf(graph: Graph, node: GraphNode): Quantisation {
  const { type } = typeOf(graph, (node.op === "QuantizeLinear" ? node.outputs[0] : node.inputs[0]) ?? "");
  return parametersIn(graph, type, node.inputs[1] ?? null, node.inputs[2] ?? null);
}

/** From the tensors of a scale and a zero point, both of one element. */
export function parametersIn({ constants }: Graph, type: string, scale: string | null, zeroPoint: string | null): Quantisation {
  const only = (name: string | null): number => Number(constants.get(name ?? "")?.data[0] ?? 0);
  return { scale: only(scale), zero: only(zeroPoint), ...(type === "u8" ? { least: 0, most: 255 } : { least: -128, most: 127 }) };
}

/** What a QuantizeLinear, or a DequantizeLinear, makes of a list of values: its meaning evaluated. */
export function valuesOf(graph: Graph, node: GraphNode, values: Tensor): Tensor {
  const flat = { type: values.type, shape: values.shape };
  const view = operatorNode(node, graph);
  const parameters = node.inputs.slice(1).map((name) => (name === null ? null : present(graph.constants.get(name), name)));
  const meaning = present(operatorFor("", node.op), node.op).meaning({ ...view, inputs: [flat, ...view.inputs.slice(1)] });
  return present(evalMeaning(meaning, [values, ...parameters], "separate")[0], "a result");
}

/** Every value of an 8-bit type. */
export function everyValue(type: "i8" | "u8"): Tensor {
  return tensorOf(type, [256], Array.from({ length: 256 }, (_, k) => (type === "i8" ? k - 128 : k)));
}

/** Whether quantising what was dequantised gives back each of the 256 values. */
export function isIdentity(graph: Graph, dequantise: GraphNode, quantise: GraphNode): boolean {
  const { type } = typeOf(graph, dequantise.inputs[0] ?? "");
  const every = everyValue(type === "u8" ? "u8" : "i8");
  const back = valuesOf(graph, quantise, valuesOf(graph, dequantise, every));
  return back.type === type && every.data.every((value: number | bigint, k: number) => value === back.data[k]);
}

/** The ends of a Clip or Relu, as quantised values. A bound that is not given is the end of the type. */
export function quantisedEnds(graph: Graph, quantise: GraphNode, step: GraphNode): readonly [low: number, high: number] {
  const { least, most } = quantisationOf(graph, quantise);
  if (step.op === "Relu") return [quantised(graph, quantise, 0), most];
  const [low, high] = [1, 2].map((slot) => step.inputs[slot] ?? null).map((name) => (name === null ? undefined : Number(graph.constants.get(name)?.data[0] ?? NaN)));
  if (Number.isNaN(low) || Number.isNaN(high) || (low ?? -Infinity) > (high ?? Infinity)) return inapplicable(step, "its bounds are no constants, the lower first");
  return [low === undefined ? least : quantised(graph, quantise, low), high === undefined ? most : quantised(graph, quantise, high)];
}

function quantised(graph: Graph, quantise: GraphNode, x: number): number {
  return Number(valuesOf(graph, quantise, tensorOf("f32", [1], [x])).data[0]);
}

/** Elements of a tensor as numbers. */
export function numbersIn(tensor: Tensor | undefined): readonly number[] {
  return Array.from({ length: tensor === undefined ? 0 : elementCount(tensor.shape) }, (_, k) => Number(tensor?.data[k]));
}
