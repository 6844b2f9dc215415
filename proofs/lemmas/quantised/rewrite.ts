/**
 * The graph with a quantised group in integers. The core becomes QLinearConv,
 * QLinearMatMul or an operator of our own (ir/ops/quantised.ts); what moves elements, and
 * MaxPool, does the same to integers; a clip becomes one of integers, or nothing where
 * saturation does it. Whether this was right is claimed elsewhere (justify.ts).
 */
import type { Attribute, Graph, GraphNode } from "../../../ir/graph/graph.js";
import { operatorNode } from "../../../ir/graph/eval.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { present } from "../../../ir/prelude.js";
import { type Tensor, elementCount, tensorOf } from "../../../ir/tensor/tensor.js";
import { isPerChannel, largestSum, placeOf } from "./sum.js";
import { type Group, type Head, groupOf, inapplicable, isIdentity, isUsable, means, numbersIn, quantisationOf, quantisedEnds, typeOf } from "./group.js";

/** `graph` with the group that `quantise` ends in integers. Throws the Refusal `lemma` where it has no such form. */
export function quantiseGroup(graph: Graph, quantise: GraphNode): Graph {
  const group = groupOf(graph, quantise);
  const build = new Builder(graph, group);
  build.run();
  const gone = new Set(nodesOf(group));
  const nodes = graph.nodes.flatMap((node) => (node === quantise ? build.nodes : gone.has(node) ? [] : [node]));
  const made = { ...graph, nodes, constants: build.constants, types: build.types };
  refuseWrap(made, group, build.nodes);
  return withoutUnused(made);
}

function refuseWrap(made: Graph, { quantise }: Group, nodes: readonly GraphNode[]): void {
  for (const node of nodes.filter(({ op }) => op.startsWith("QLinear") || (op.startsWith("Quantised") && op !== "QuantisedAdd"))) {
    const largest = largestSum(made, node);
    if (largest >= 2 ** 31) inapplicable(quantise, `a sum of ${node.name} may reach ${largest}, which 32 bits do not hold`);
  }
}

/** Every node that the group consists of, but for DequantizeLinear nodes, which others may read. */
export function nodesOf({ quantise, core, heads, tail }: Group): readonly GraphNode[] {
  return [...heads.flatMap(({ moves }) => moves), ...(core === undefined ? [] : [core]), ...tail, quantise];
}

/** Without the DequantizeLinear nodes and the constants that nobody reads any more. */
function withoutUnused(graph: Graph): Graph {
  const read = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]);
  const nodes = graph.nodes.filter(({ op, outputs }) => op !== "DequantizeLinear" || outputs.some((name) => read.has(name)));
  if (nodes.length < graph.nodes.length) return withoutUnused({ ...graph, nodes });
  const needed = (name: string): void => {
    if (kept.has(name)) return;
    kept.add(name);
    graph.derived.get(name)?.inputs.forEach((input) => { if (input !== null) needed(input); });
  };
  const kept = new Set<string>();
  for (const name of read) if (name !== null) needed(name);
  const only = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> => new Map([...map].filter(([name]) => kept.has(name)));
  return { ...graph, constants: only(graph.constants), derived: only(graph.derived) };
}

/** Whether every window lies in the tensor. */
export function isUnpadded({ pads }: GraphNode["attributes"]): boolean {
  const list: readonly unknown[] = Array.isArray(pads) ? pads : [undefined];
  return list.every((pad) => pad === 0);
}

class Builder {
  readonly nodes: GraphNode[] = [];
  readonly constants: Map<string, Tensor>;
  readonly types: Map<string, Tensor | { readonly type: Tensor["type"]; readonly shape: readonly number[] }>;
  private readonly graph: Graph;
  private readonly group: Group;

  constructor(graph: Graph, group: Group) {
    [this.graph, this.group] = [graph, group];
    this.constants = new Map(graph.constants);
    this.types = new Map(graph.types);
  }

  run(): void {
    const { core, heads, tail, quantise } = this.group;
    const operands = heads.map((head) => this.operand(head));
    const [first = ""] = operands;
    const result = core === undefined ? this.requantised(first, present(heads[0], "an operand")) : this.core(core, operands);
    this.named(tail.reduce((name, step) => this.step(name, step), result), quantise.outputs[0] ?? "");
  }

  /** Appends a node; its result has the type that its definition says. Returns the name of that. */
  private node(like: Pick<GraphNode, "name" | "outputs">, op: string, inputs: readonly (string | null)[], attributes: Readonly<Record<string, Attribute>> = {}, domain = ""): string {
    const output = `${like.outputs[0] ?? like.name}/integer`;
    const made: GraphNode = { name: like.name, op, domain, opset: domain === "" ? this.group.quantise.opset : 1, attributes, inputs, outputs: [output] };
    const [type] = present(operatorFor(domain, op), op).shape(operatorNode(made, this));
    this.nodes.push(made);
    this.types.set(output, present(type, "a type"));
    return output;
  }

  private constant(name: string, tensor: Tensor): string {
    this.constants.set(name, tensor);
    this.types.set(name, { type: tensor.type, shape: tensor.shape });
    return name;
  }

  private step(name: string, step: GraphNode): string {
    if (step.op !== "Relu" && step.op !== "Clip") return this.node(step, step.op, [name, ...step.inputs.slice(1)], step.attributes);
    const { quantise } = this.group;
    const ends = quantisedEnds(this.graph, quantise, step);
    const { least, most } = quantisationOf(this.graph, quantise);
    if (ends[0] === least && ends[1] === most) return name;
    const { type } = typeOf(this.graph, quantise.outputs[0] ?? "");
    return this.node(step, "Clip", [name, ...ends.map((end, k) => this.constant(`${step.name}/${k === 0 ? "low" : "high"}`, tensorOf(type, [], [end])))]);
  }

  private operand({ dequantise, moves }: Head): string {
    return moves.reduce((name, move) => this.step(name, move), dequantise.inputs[0] ?? "");
  }

  /** As the result is quantised: the value itself where that changes none. */
  private requantised(name: string, { dequantise }: Head): string {
    const { quantise } = this.group;
    if (isIdentity(this.graph, dequantise, quantise)) return name;
    const at = (node: GraphNode): Pick<GraphNode, "name" | "outputs"> => ({ name: `${quantise.name}/${name}/${node.op}`, outputs: [`${quantise.name}/${name}/${node.op}`] });
    const floats = this.node(at(dequantise), "DequantizeLinear", [name, ...dequantise.inputs.slice(1)], dequantise.attributes);
    return this.node(at(quantise), "QuantizeLinear", [floats, ...quantise.inputs.slice(1)], quantise.attributes);
  }

  private core(core: GraphNode, operands: readonly string[]): string {
    const { heads, quantise } = this.group;
    const triples = operands.map((name, k) => [name, ...this.parameters(present(heads[k], "an operand").dequantise)]);
    const result = [quantise.inputs[1] ?? null, this.zeroPoint()];
    const [x = []] = triples;
    if (core.op === "Concat") return this.node(core, "Concat", operands.map((name, k) => this.requantised(name, present(heads[k], "an operand"))), core.attributes);
    if (core.op === "Add") return this.node(core, "QuantisedAdd", [...triples.flat(), ...result], {}, "obligato");
    if (means.has(core.op)) return this.node(core, `Quantised${core.op}`, [...x, ...result], core.attributes, "obligato");
    return core.op === "Gemm" ? this.gemm(core, x, result) : this.sum(core, x, result);
  }

  /** Scale and zero point of an operand; a zero point of zero is left out. */
  private parameters({ inputs }: GraphNode): readonly (string | null)[] {
    const zero = numbersIn(this.constants.get(inputs[2] ?? "")).every((value) => value === 0);
    return [inputs[1] ?? null, zero ? null : inputs[2] ?? null];
  }

  /** Of the result, which has to be there. */
  private zeroPoint(): string {
    const { quantise } = this.group;
    const { type } = typeOf(this.graph, quantise.outputs[0] ?? "");
    return quantise.inputs[2] ?? this.constant(`${quantise.name}/zero`, tensorOf(type, [], [0]));
  }

  private sum(core: GraphNode, x: readonly (string | null)[], result: readonly (string | null)[]): string {
    const { inputs: [tensor = "", scale = null, zero = null], shape } = this.weightsOf(core);
    const triple = [tensor, scale, numbersIn(this.constants.get(zero ?? "")).every((value) => value === 0) ? null : zero];
    if (core.op === "MatMul") return this.node(core, "QLinearMatMul", [...x, ...triple, ...result]);
    return this.convolution(core, [x, triple, result], shape[0] ?? 1, core.attributes);
  }

  /**
   * Without padding, each sum has all of its taps, so Σ (x − zx)·w = Σ x·w − zx·Σ w: the zero point goes into the
   * bias, and no step has a difference.
   */
  private convolution(core: GraphNode, [x, weights, result]: readonly (readonly (string | null)[])[], channels: number, attributes: GraphNode["attributes"]): string {
    const bias = this.bias(core, channels);
    const node = (from: readonly (string | null)[], b: readonly string[]): string => this.node(core, "QLinearConv", [...from, ...weights ?? [], ...result ?? [], ...b], attributes);
    const zero = numbersIn(this.constants.get(x?.[2] ?? ""))[0] ?? 0;
    const start = zero === 0 || !isUnpadded(attributes) ? undefined : this.startOf(weights ?? [], bias ?? new Array<number>(channels).fill(0), zero);
    const list = start ?? bias;
    if (list !== undefined && !list.every((b) => Math.abs(b) < 2 ** 31)) inapplicable(this.group.quantise, `the bias of ${core.name} does not fit 32 bits in units of the product of scales`);
    const named = list === undefined ? [] : [this.constant(`${core.name}/bias`, tensorOf("i32", [channels], list))];
    return node(start === undefined ? x ?? [] : (x ?? []).with(2, null), named);
  }

  /** bias − zero·Σ (w − zw), per channel. */
  private startOf([tensor = null, , zeroPoint = null]: readonly (string | null)[], bias: readonly number[], zero: number): readonly number[] {
    const [values, zeros] = [tensor, zeroPoint].map((name) => numbersIn(this.constants.get(name ?? "")));
    const length = (values?.length ?? 0) / bias.length;
    const own = (c: number): number => zeros?.[zeros.length === 1 ? 0 : c] ?? 0;
    return bias.map((b, c) => b - zero * (values ?? []).slice(c * length, (c + 1) * length).reduce((sum, w) => sum + w - own(c), 0));
  }

  /** A product of matrices with a bias: a convolution with a window of one element. */
  private gemm(core: GraphNode, [x = "", ...parameters]: readonly (string | null)[], result: readonly (string | null)[]): string {
    const { alpha, beta, transA, transB } = core.attributes;
    if (alpha !== 1 || beta !== 1 || transA !== 0) inapplicable(this.group.quantise, `${core.name} has factors, or transposes A`);
    const { inputs: [tensor = "", scale = null, zero = null], shape: [rows = 1, columns = 1] } = this.weightsOf(core);
    const [channels, depth] = transB === 0 ? [columns, rows] : [rows, columns];
    const values = numbersIn(this.constants.get(tensor ?? ""));
    const place = placeOf(core, channels, depth);
    const turned = Array.from({ length: channels * depth }, (_, at) => values[place(Math.floor(at / depth), at % depth)] ?? 0);
    const weights = this.constant(`${core.name}/weights`, tensorOf(this.typeIn(tensor ?? ""), [channels, depth, 1, 1], turned));
    const noZero = numbersIn(this.constants.get(zero ?? "")).every((value) => value === 0);
    const batch = typeOf(this.graph, core.outputs[0] ?? "").shape[0] ?? 1;
    const image = this.node({ name: `${core.name}/image`, outputs: [`${core.name}/image`] }, "Reshape", [x], { shape: [batch, depth, 1, 1] });
    const window = { kernel_shape: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: 1 };
    const made = this.convolution(core, [[image, ...parameters], [weights, scale, noZero ? null : zero], result], channels, window);
    return this.node({ name: `${core.name}/matrix`, outputs: [`${core.name}/matrix`] }, "Reshape", [made], { shape: [batch, channels] });
  }

  private typeIn(name: string): Tensor["type"] {
    return present(this.constants.get(name), name).type;
  }

  /** The DequantizeLinear of the weights, as import evaluated it. */
  private weightsOf(core: GraphNode): { readonly inputs: GraphNode["inputs"]; readonly shape: readonly number[] } {
    const { quantise } = this.group;
    const maker = this.graph.derived.get(core.inputs[1] ?? "");
    const weights = this.graph.constants.get(maker?.inputs[0] ?? "");
    if (maker?.op !== "DequantizeLinear" || weights === undefined) return inapplicable(quantise, `the weights of ${core.name} are not dequantised constants`);
    if ((weights.type !== "i8" && weights.type !== "u8") || weights.width !== undefined) inapplicable(quantise, `the weights of ${core.name} are no bytes`);
    const count = elementCount(typeOf(this.graph, maker.inputs[1] ?? "").shape);
    if (!numbersIn(this.graph.constants.get(maker.inputs[1] ?? "")).every(isUsable)) inapplicable(quantise, `a scale of the weights of ${core.name} is not between 2^-40 and 2^40`);
    const { shape } = weights;
    const axis = placeOf(core, 2, 2)(1, 0) === 2 ? 0 : shape.length - 1;
    if (count !== 1 && (Number(maker.attributes["axis"]) !== axis || count !== shape[axis])) inapplicable(quantise, `the scales of ${core.name} are not one per channel of its result`);
    if (core.op !== "Conv" && shape.length !== 2) inapplicable(quantise, `the weights of ${core.name} are no matrix`);
    return { inputs: maker.inputs, shape };
  }

  /** The bias as the integers next to bias / (sx·sw), one per channel; undefined where the node has none. */
  private bias(core: GraphNode, channels: number): readonly number[] | undefined {
    const given = core.inputs[2] ?? null;
    if (given === null) return undefined;
    const tensor = this.graph.constants.get(given);
    const values = numbersIn(tensor);
    if (tensor === undefined || !isPerChannel(tensor, channels)) inapplicable(this.group.quantise, `the bias of ${core.name} is no constant with one element per channel`);
    const { scale: sx } = quantisationOf(this.graph, present(this.group.heads[0], "an operand").dequantise);
    const sw = numbersIn(this.graph.constants.get(this.weightsOf(core).inputs[1] ?? ""));
    return Array.from({ length: channels }, (_, c) => Math.round((values[values.length === 1 ? 0 : c] ?? 0) / (sx * (sw[sw.length === 1 ? 0 : c] ?? 1))));
  }

  /** The result under the name that its readers know. */
  private named(result: string, wanted: string): void {
    const name = this.nodes.at(-1)?.outputs[0] === result ? result : this.node({ name: this.group.quantise.name, outputs: [wanted] }, "Identity", [result]);
    this.nodes.push({ ...present(this.nodes.pop(), "a node"), outputs: [wanted] });
    this.types.delete(name);
  }
}
