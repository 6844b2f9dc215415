/**
 * The claims that integer nodes in the place of quantised groups are what the lemma
 * integer-quantised speaks of (rule B1): the nodes from the graph before, and from the
 * tensors that the nodes after read, by value: scales and zero points, every weight and
 * bias, that no sum wraps, and where clips end. How far results can be apart is in
 * distance.ts.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { Refusal, present } from "../../../ir/prelude.js";
import { around, magnitude, timesDown } from "../../bounds/fixed.js";
import { nearlyHalfUlp } from "../../bounds/enclosure.js";
import { type Claims, ground } from "../../kernel/claims.js";
import { type IntegerSum, isPerChannel, largestSum, placeOf, readSum } from "./sum.js";
import { isUnpadded, quantiseGroup } from "./rewrite.js";
import { type Group, type Quantisation, groupOf, isIdentity, isUsable, means, numbersIn, parametersIn, quantisationOf, quantisedEnds, sums, typeOf } from "./group.js";
import { textOf } from "../text.js";

/** The operators that stand for a core. */
const formOf: Readonly<Record<string, string>> = {
  Conv: "QLinearConv", Gemm: "QLinearConv", MatMul: "QLinearMatMul", Add: "QuantisedAdd", Concat: "Concat",
  AveragePool: "QuantisedAveragePool", GlobalAveragePool: "QuantisedGlobalAveragePool", ReduceMean: "QuantisedReduceMean",
};

/** A group of the graph before, and the node that stands for its core after. */
export interface Replaced {
  readonly before: Graph;
  readonly after: Graph;
  readonly group: Group;
  /** Undefined without a core. */
  readonly core: GraphNode | undefined;
}

/** The group that the QuantizeLinear `name` of `before` ends, as `after` has it. */
export function replacedIn(before: Graph, after: Graph, name: string): Replaced {
  const group = groupOf(before, nodeOf(before, name));
  const { core } = group;
  const made = after.nodes.find((node) => node.name === core?.name && node.op === formOf[core.op]);
  return { before, after, group, core: core === undefined ? undefined : present(made, `the node in place of ${core.name}`) };
}

export function nodeOf(graph: Graph, name: string): GraphNode {
  return present(graph.nodes.find((node) => node.name === name), name);
}

/** `graph` with the groups that end in the nodes `names` in integers. Throws the Refusal `lemma`. */
export function quantiseGroups(graph: Graph, names: readonly string[]): Graph {
  return names.reduce((before, name) => quantiseGroup(before, nodeOf(before, name)), graph);
}

type Say = (detail: string, sentence: string, holds: boolean, found: string) => void;

/** The claims of every group that ends in a node of `names`. */
export function justifyQuantised(into: Claims, step: number, before: Graph, after: Graph, names: readonly string[]): void {
  const say = (node: string, detail: string, sentence: string, holds: boolean, found: string): void =>
    ground(into, { rule: "B1", detail: `${step}.${detail}`, sentence, subject: { node, statement: "", buffer: "" } }, holds, found);
  const due = expected(before, names);
  const holds = due !== undefined && textOf(due.nodes) === textOf(after.nodes);
  say(names[0] ?? "", "nodes", "Each group is one, its tensors have one reader each, and the nodes in its place are those of the lemma; all others are as they were.", holds, `${names.length} groups`);
  if (!holds) return;
  names.forEach((name, k) => {
    const replaced = replacedIn(before, after, name);
    const own: Say = (detail, ...rest) => { say(name, `${detail}.${k}`, ...rest); };
    justifyClips(own, replaced);
    if (replaced.core === undefined || replaced.core.op === "Concat") justifyRequantised(own, replaced);
    else justifyParameters(own, replaced, replaced.core);
    const op = replaced.group.core?.op ?? "";
    if (replaced.core !== undefined && sums.has(op)) justifySum(own, replaced, replaced.core);
    if (replaced.core !== undefined && (sums.has(op) || means.has(op))) justifyWrap(own, after, replaced.core);
  });
}

function expected(before: Graph, names: readonly string[]): Graph | undefined {
  try {
    return quantiseGroups(before, names);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Clips of integers end where clips of floats do, and one that is gone did what saturation does. */
function justifyClips(say: Say, { before, after, group }: Replaced): void {
  const { quantise, tail } = group;
  const { least, most } = quantisationOf(before, quantise);
  for (const step of tail.filter(({ op }) => op === "Relu" || op === "Clip")) {
    const [low, high] = quantisedEnds(before, quantise, step);
    const clip = after.nodes.find(({ name, op }) => name === step.name && op === "Clip" && step.outputs[0] !== undefined);
    const ends = clip === undefined ? [least, most] : [1, 2].map((slot) => numbersIn(after.constants.get(clip.inputs[slot] ?? ""))[0]);
    say(`clip.${step.name}`, "What a clip of floats cuts off is what the clip of integers, or saturation, cuts off.", ends[0] === low && ends[1] === high, `${low} to ${high}`);
  }
}

/** Dequantised and quantised again, each of the 256 values is itself, or both nodes stay. */
function justifyRequantised(say: Say, { before, after, group: { heads, quantise } }: Replaced): void {
  const kept = (name: string): boolean => after.nodes.some((node) => node.op === "QuantizeLinear" && node.name.startsWith(`${quantise.name}/${name}`));
  const all = heads.every(({ dequantise, moves }) => isIdentity(before, dequantise, quantise) || kept(moves.at(-1)?.outputs[0] === undefined ? dequantise.inputs[0] ?? "" : `${moves.at(-1)?.outputs[0]}/integer`));
  say("values", "Of all values of each operand, dequantised and quantised, each gives itself, or both nodes stay.", all, `${256 * heads.length} values`);
}

function same(a: Quantisation, b: Quantisation): boolean {
  return textOf(a) === textOf(b);
}

/** Scales and zero points of operands and result are those of the group. */
function justifyParameters(say: Say, { before, after, group: { heads, quantise } }: Replaced, core: GraphNode): void {
  const read = (tensor: string, scale: number, zero: number): Quantisation => parametersIn(after, typeOf(after, tensor).type, core.inputs[scale] ?? null, core.inputs[zero] ?? null);
  const inBias = core.op === "QLinearConv" && (core.inputs[2] ?? null) === null && isUnpadded(core.attributes); // the claim about the bias then counts it
  const due = (dequantise: GraphNode): Quantisation => ({ ...quantisationOf(before, dequantise), ...(inBias ? { zero: 0 } : {}) });
  const operands = heads.every(({ dequantise }, k) => same(read(core.inputs[3 * k] ?? "", 3 * k + 1, 3 * k + 2), due(dequantise)));
  const last = core.inputs.length - (core.op === "QLinearConv" ? core.inputs.length - 8 : 0);
  const result = same(read(core.outputs[0] ?? "", last - 2, last - 1), quantisationOf(before, quantise));
  say("parameters", "Scales and zero points of operands and result are those of the group; only where no window is padded may that of x be in the bias.", operands && result, "compared");
}

/** Weights and bias by value. */
function justifySum(say: Say, replaced: Replaced, made: GraphNode): void {
  const { before, after, group } = replaced;
  const sum = readSum(after, made, quantisationOf(before, present(group.heads[0], "an operand").dequantise).zero);
  const scales = sum.channels.every(({ scale }) => isUsable(scale));
  say("scales", "The scales of the weights are finite, positive and far from underflow.", scales, `${sum.channels.length} channels`);
  if (!scales) return;
  justifyWeights(say, replaced, sum);
  justifyBias(say, replaced, sum);
}

/** Whether the float x is the exact value, but for `least` and for being rounded. */
function isNear(exact: bigint, x: number, least: bigint): boolean {
  return magnitude(exact - around(x)[0]) <= least + nearlyHalfUlp(x);
}

function justifyWeights(say: Say, { before, group }: Replaced, { channels }: IntegerSum): void {
  const core = present(group.core, "a core");
  const weights = numbersIn(before.constants.get(core.inputs[1] ?? ""));
  const length = channels[0]?.weights.length ?? 0;
  const place = placeOf(core, channels.length, length);
  const far = channels.findIndex(({ weights: own, scale }, c) => own.some((w, k) => !isNear(around(scale)[0] * BigInt(w), weights[place(c, k)] ?? NaN, 0n)));
  say("weights", "Each weight is, within 0.51 ulp, its integer less the zero point, times the scale of its channel.", far < 0 && weights.length === length * channels.length, far < 0 ? `${weights.length} weights` : `channel ${far} differs`);
}

function justifyBias(say: Say, { before, group }: Replaced, { x, channels }: IntegerSum): void {
  const given = before.constants.get(present(group.core, "a core").inputs[2] ?? "");
  const bias = numbersIn(given);
  const unit = (scale: number): bigint => timesDown(around(x.scale)[0], around(scale)[0]);
  const off = channels.findIndex(({ bias: own, scale }, c) => !isNear(unit(scale) * BigInt(own), bias[bias.length === 1 ? 0 : c] ?? 0, unit(scale) / 2n));
  const perChannel = given === undefined || isPerChannel(given, channels.length);
  const found = off < 0 ? `${bias.length} elements` : `channel ${off} differs`;
  say("bias", "One per channel or one for all, each bias is, within half of sx·sw, its integer times sx·sw, a zero point that was added to it taken off; the distance enters the bound.", perChannel && off < 0, perChannel ? found : `of shape ${given.shape.join()}`);
}

function justifyWrap(say: Say, after: Graph, made: GraphNode): void {
  const largest = largestSum(after, made);
  say("wrap", "No sum wraps in 32 bits: Σ |w − zw|·max |x − zx| + |bias| < 2^31, from the weights themselves; of a mean of n, n·max |x − zx|.", largest < 2 ** 31, `at most ${largest}`);
}
