/**
 * The lemma store-padding applied to a node: an integer convolution with its padding among the
 * differences, as zeros (ir/ops/padded.ts), and with more channels where that is asked for, whose differences are zeros too. The node
 * keeps its inputs, outputs and attributes, but for weights of those channels (channels.ts). The
 * claims are read from the two meanings: every tap reads the difference that it read, or, where it
 * was left out or is new, a zero.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { operatorNode } from "../../../ir/graph/eval.js";
import { type Condition, type IndexExpr, below, substituteCondition, variable } from "../../../ir/loop/index-expr.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { renamed } from "../../../ir/ops/split-k.js";
import { Refusal, present } from "../../../ir/prelude.js";
import { type Meaning, type Stage, type TensorExpr, constant } from "../../../ir/tensor/meaning.js";
import { type Claims, type Heading, ground, prove } from "../../kernel/claims.js";
import { and, condition } from "../../kernel/obligation.js";
import { textOf } from "../text.js";
import { readsSame, whyNoChannels, withChannels } from "./channels.js";

/** The operators it is about. */
export const paddedForms: readonly string[] = ["QLinearConv", "ConvInteger"];

/** The nodes that it can be applied to, without channels or with as many as are told for the node. */
export function paddable(graph: Graph, channels?: (node: GraphNode) => number): readonly GraphNode[] {
  return graph.nodes.filter((node) => refusalOf(graph, node, channels?.(node)) === undefined);
}

/** Why the padding of a node cannot be stored; undefined where it can. */
function refusalOf(graph: Graph, node: GraphNode, channels: number | undefined): string | undefined {
  const { op, domain, attributes: { pads } } = node;
  if (domain !== "" || !paddedForms.includes(op)) return `it is ${op}, no convolution of integers`;
  const sizes = Array.isArray(pads) ? pads.map(Number) : [];
  if (sizes.some((size) => size < 0)) return "its padding crops";
  if (channels !== undefined) return whyNoChannels(graph, node, channels);
  return sizes.every((size) => size === 0) ? "it has no padding" : undefined;
}

/** `graph` with the padding of `node` stored, and with so many channels. */
export function storePadding(graph: Graph, node: GraphNode, channels?: number): Graph {
  const why = refusalOf(graph, node, channels);
  if (why !== undefined) throw new Refusal("usage", "lemma", `store-padding: ${node.name}: ${why}`, node.name, "leave the lemma out for this node");
  const wide = channels === undefined ? { graph, node } : withChannels(graph, node, channels);
  const stored: GraphNode = { ...wide.node, op: `Padded${node.op}`, domain: "obligato" };
  return { ...wide.graph, nodes: graph.nodes.map((other) => (other === node ? stored : other)) };
}

function meaningOf(node: GraphNode, graph: Graph): Meaning {
  return present(operatorFor(node.domain, node.op), node.op).meaning(operatorNode(node, graph));
}

/** Where claims go. */
interface Use {
  readonly into: Claims;
  readonly step: number;
  readonly node: string;
}

function heading({ step, node }: Use, detail: string, sentence: string): Heading {
  return { rule: "B1", detail: `${step}.${detail}`, sentence, subject: { node, statement: "", buffer: "" } };
}

function claim(use: Use, detail: string, sentence: string, holds: boolean): void {
  ground(use.into, heading(use, detail, sentence), holds, holds ? "as the lemma has it" : "differs");
}

/** The claims that the node named `name` makes the same result in both graphs, bit for bit. */
export function justifyPadding(into: Claims, step: number, before: Graph, after: Graph, name: string): void {
  const at = before.nodes.findIndex((node) => node.name === name);
  const [old, made] = [present(before.nodes[at], name), present(after.nodes[at], name)];
  const same = before.nodes.every((node, k) => k === at || node === after.nodes[k]) && before.nodes.length === after.nodes.length
    && textOf([old.inputs.length, old.outputs, old.attributes]) === textOf([made.inputs.length, made.outputs, made.attributes]);
  const reads = old.inputs.every((input, slot) => readsSame(before, after, [input, made.inputs[slot] ?? null]));
  const use = { into, step, node: name };
  claim(use, "node", "Only the node itself changed, and it makes the same tensors with the same attributes.", same);
  claim(use, "operands", "It reads the same tensors, or in place of one a new constant that agrees with it on every element it has.", reads);
  compareMeanings(use, meaningOf(old, before), meaningOf(made, after));
}

type Fold = Extract<TensorExpr, { kind: "fold" }>;
type Access = Extract<TensorExpr, { kind: "at" }>;

/** The sum of a convolution of integers: acc + difference · weight in 32 bits that wrap. */
interface Sum {
  readonly stage: Stage;
  readonly fold: Fold;
  /** What a step reads of the differences. */
  readonly read: Access;
  readonly differences: Stage;
  readonly weights: Stage;
}

function sumIn({ stages }: Meaning): Sum | undefined {
  const folds = stages.filter(({ value }) => value.kind === "fold");
  const [stage] = folds;
  const [read, weight] = stage?.value.kind === "fold" ? factorsOf(stage.value.step) : [];
  const [differences, weights] = [read, weight].map((factor) => stages.find(({ name }) => factor?.tensor.kind === "stage" && factor.tensor.name === name));
  if (folds.length !== 1 || stage?.value.kind !== "fold" || read === undefined || differences === undefined || weights === undefined) return undefined;
  return { stage, fold: stage.value, read, differences, weights };
}

/** d and w of a step acc + d·w, all of 32 bits. */
function factorsOf(step: TensorExpr): readonly Access[] {
  if (step.kind !== "op" || step.op !== "addw.i32" || step.args[0]?.kind !== "acc") return [];
  const product = step.args[1];
  const factors = product?.kind === "op" && product.op === "mulw.i32" ? product.args : [];
  const reads = factors.flatMap((factor) => (factor.kind === "op" && factor.op === "cast.i16.i32" ? factor.args : []));
  return reads.flatMap((read) => (read.kind === "at" ? [read] : []));
}

/**
 * The stages of both are the same but for the differences, which have zeros around them, what a step reads of them, and how many channels
 * there are. Stages of the same text read the same: an operand agrees with that of before wherever that can be read.
 */
export function compareMeanings(use: Use, before: Meaning, after: Meaning): void {
  const [old, made] = [sumIn(before), sumIn(after)];
  const sums = old !== undefined && made !== undefined;
  claim(use, "sum", "Both have one sum, of products of differences in 32 bits that wrap.", sums);
  if (!sums) return;
  claim(use, "stages", "All else is as it was: the other stages, and the start of the sum, the names of what it runs over and its weights.", othersOf(before, old) === othersOf(after, made));
  const longer = old.fold.over.every(({ extent }, k) => extent <= (made.fold.over[k]?.extent ?? 0));
  claim(use, "taps", "The sum has every tap that it had, in the same order.", longer);
  comparePlaces(use, old, made);
}

/** What has to be the same in both: all but the differences, how many weights there are, and which taps. */
function othersOf({ stages, outputs }: Meaning, { stage, differences, weights, fold, read }: Sum): string {
  const names = fold.over.map(({ name }) => ({ name, extent: 0 }));
  return textOf([outputs, stages.map((each) => {
    if (each === differences) return { name: each.name, type: each.type };
    if (each === weights) return { ...each, shape: [] };
    return each === stage ? { ...each, value: { ...fold, over: names, where: [], step: without(fold.step, read) } } : each;
  })]);
}

/** A step but for where it reads its difference. */
function without(e: TensorExpr, read: Access): TensorExpr {
  if (e === read) return { ...read, index: [] };
  return e.kind === "op" ? { ...e, args: e.args.map((arg) => without(arg, read)) } : e;
}

/** A tap that counted reads what it read; a tap that did not reads a zero. */
function comparePlaces(use: Use, old: Sum, made: Sum): void {
  const ringed = ringOf(made.differences.value);
  const zeros = ringed !== undefined && made.fold.where.length === 0;
  claim(use, "zeros", "Around the image differences are 0, and no tap is left out.", zeros);
  if (!zeros) return;
  const placed = (stage: Stage, { index }: Access) => (name: string): IndexExpr | undefined => index[stage.axes.indexOf(name)];
  const now = placed(made.differences, made.read);
  const same = textOf(renamed(ringed.inside, now)) === textOf(renamed(old.differences.value, placed(old.differences, old.read)));
  claim(use, "element", "In the image a tap reads the difference that it read.", same);
  const points = old.stage.axes.map((name, axis) => ({ name, extent: old.stage.shape[axis] ?? 1 }));
  const counted = old.fold.where.map(condition);
  const existed = old.fold.over.filter(({ extent }, k) => made.fold.over[k]?.extent !== extent).map(({ name, extent }) => condition(below(variable(name), extent)));
  const inside = ringed.conditions.map((c) => condition(substituteCondition(c, now)));
  prove(use.into, heading(use, "inside", "A tap that counted reads in the image."), { variables: [...points, ...old.fold.over], premises: counted, goal: and(...inside) });
  prove(use.into, heading(use, "outside", "A tap that reads in the image was there and counted, so all others read a zero."), { variables: [...points, ...made.fold.over], premises: inside, goal: and(...existed, ...counted) });
}

/** The difference that stands where all conditions hold; undefined unless 0 stands everywhere else. */
function ringOf(value: TensorExpr): { readonly conditions: readonly Condition[]; readonly inside: TensorExpr } | undefined {
  if (value.kind !== "select") return { conditions: [], inside: value };
  const rest = ringOf(value.then);
  const isZero = textOf(value.otherwise) === textOf(constant("i16", 0));
  return rest === undefined || !isZero ? undefined : { ...rest, conditions: [...value.when, ...rest.conditions] };
}
