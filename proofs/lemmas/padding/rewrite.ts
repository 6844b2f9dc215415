/**
 * The lemma store-padding applied to a node: an integer convolution with its padding among the
 * differences, as zeros (ir/ops/padded.ts). The node keeps its inputs, outputs and attributes. The
 * claims are read from the two meanings: every tap reads the difference that it read, or, where it
 * was left out, a zero.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { operatorNode } from "../../../ir/graph/eval.js";
import { type Condition, type IndexExpr, substituteCondition } from "../../../ir/loop/index-expr.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { renamed } from "../../../ir/ops/split-k.js";
import { Refusal, present } from "../../../ir/prelude.js";
import { type Meaning, type Stage, type TensorExpr, constant } from "../../../ir/tensor/meaning.js";
import { type Claims, type Heading, ground, prove } from "../../kernel/claims.js";
import { and, condition } from "../../kernel/obligation.js";
import { textOf } from "../text.js";

/** The operators it is about. */
export const paddedForms: readonly string[] = ["QLinearConv", "ConvInteger"];

/** The nodes that it can be applied to. */
export function paddable(graph: Graph): readonly GraphNode[] {
  return graph.nodes.filter((node) => refusalOf(node) === undefined);
}

/** Why the padding of a node cannot be stored; undefined where it can. */
function refusalOf({ op, domain, attributes: { pads } }: GraphNode): string | undefined {
  if (domain !== "" || !paddedForms.includes(op)) return `it is ${op}, no convolution of integers`;
  const sizes = Array.isArray(pads) ? pads.map(Number) : [];
  if (sizes.some((size) => size < 0)) return "its padding crops";
  return sizes.every((size) => size === 0) ? "it has no padding" : undefined;
}

/** `graph` with the padding of `node` stored. */
export function storePadding(graph: Graph, node: GraphNode): Graph {
  const why = refusalOf(node);
  if (why !== undefined) throw new Refusal("usage", "lemma", `store-padding: ${node.name}: ${why}`, node.name, "leave the lemma out for this node");
  const stored: GraphNode = { ...node, op: `Padded${node.op}`, domain: "obligato" };
  return { ...graph, nodes: graph.nodes.map((other) => (other === node ? stored : other)) };
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
    && textOf([old.inputs, old.outputs, old.attributes]) === textOf([made.inputs, made.outputs, made.attributes]);
  const use = { into, step, node: name };
  claim(use, "node", "Only the node itself changed, and it reads and makes the same tensors with the same attributes.", same);
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
}

function sumIn({ stages }: Meaning): Sum | undefined {
  const folds = stages.filter(({ value }) => value.kind === "fold");
  const [stage] = folds;
  const read = stage?.value.kind === "fold" ? factorOf(stage.value.step) : undefined;
  const differences = stages.find(({ name }) => read?.tensor.kind === "stage" && read.tensor.name === name);
  if (folds.length !== 1 || stage?.value.kind !== "fold" || read === undefined || differences === undefined) return undefined;
  return { stage, fold: stage.value, read, differences };
}

/** d of a step acc + d·w, all of 32 bits. */
function factorOf(step: TensorExpr): Access | undefined {
  if (step.kind !== "op" || step.op !== "addw.i32" || step.args[0]?.kind !== "acc") return undefined;
  const product = step.args[1];
  const factor = product?.kind === "op" && product.op === "mulw.i32" ? product.args[0] : undefined;
  const read = factor?.kind === "op" && factor.op === "cast.i16.i32" ? factor.args[0] : undefined;
  return read?.kind === "at" ? read : undefined;
}

/** The stages of both are the same but for the differences, which have zeros around them, and what a step reads of them. */
export function compareMeanings(use: Use, before: Meaning, after: Meaning): void {
  const [old, made] = [sumIn(before), sumIn(after)];
  const sums = old !== undefined && made !== undefined;
  claim(use, "sum", "Both have one sum, of products of differences in 32 bits that wrap.", sums);
  if (!sums) return;
  const others = ({ stages, outputs }: Meaning, { stage, differences, fold, read }: Sum): string => textOf([outputs, stages.map((each) =>
    each === differences ? { name: each.name, type: each.type } : each === stage ? { ...each, value: { ...fold, where: [], step: without(fold.step, read) } } : each)]);
  claim(use, "stages", "All else is as it was: the other stages, and the start of the sum, what it runs over and its weights.", others(before, old) === others(after, made));
  comparePlaces(use, old, made);
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
  const variables = [...old.stage.axes.map((name, axis) => ({ name, extent: old.stage.shape[axis] ?? 1 })), ...old.fold.over];
  const counted = old.fold.where.map(condition);
  const inside = ringed.conditions.map((c) => condition(substituteCondition(c, now)));
  prove(use.into, heading(use, "inside", "A tap that counted reads in the image."), { variables, premises: counted, goal: and(...inside) });
  prove(use.into, heading(use, "outside", "A tap that reads in the image counted, so all others read a zero."), { variables, premises: inside, goal: and(...counted) });
}

/** The difference that stands where all conditions hold; undefined unless 0 stands everywhere else. */
function ringOf(value: TensorExpr): { readonly conditions: readonly Condition[]; readonly inside: TensorExpr } | undefined {
  if (value.kind !== "select") return { conditions: [], inside: value };
  const rest = ringOf(value.then);
  const isZero = textOf(value.otherwise) === textOf(constant("i16", 0));
  return rest === undefined || !isZero ? undefined : { ...rest, conditions: [...value.when, ...rest.conditions] };
}
