/**
 * The lemma split-k applied to a node: its reduction in parts (ir/ops/split-k.ts). The
 * obligations are read from the two meanings, not from what was asked for: the step of
 * a part is the step of the whole sum with the index replaced, and the indices of all
 * parts and the summands of the sum correspond one to one (rule B1, linear integer
 * arithmetic: into, injective, surjective).
 */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { type IndexExpr, atLeast, below, equals, floordiv, mod, substitute, substituteCondition, printCondition, variable, zero } from "../../ir/loop/index-expr.js";
import { operatorFor } from "../../ir/ops/index.js";
import { type Parts, partLength, renamed, summandOf } from "../../ir/ops/split-k.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Meaning, Stage, TensorExpr } from "../../ir/tensor/meaning.js";
import { type Claims, ground, prove } from "../kernel/claims.js";
import { type Formula, and, condition } from "../kernel/obligation.js";
import { textOf } from "./text.js";

/** `graph` with the sum of `node` in parts. */
export function splitSum(graph: Graph, node: GraphNode, { parts, order }: Parts): Graph {
  const op = `Split${node.op}`;
  const type = graph.types.get(node.outputs[0] ?? "")?.type;
  if (node.domain !== "" || operatorFor("obligato", op) === undefined || type !== "f32") {
    throw new Refusal("usage", "lemma", `split-k: ${node.op} ${node.name} has no f32 sum that can be split`, node.name, "name a Conv, Gemm or MatMul");
  }
  const split: GraphNode = { ...node, op, domain: "obligato", opset: 1, attributes: { ...node.attributes, parts, order } };
  meaningOf(split, graph); // refuses parts that would be empty
  return { ...graph, nodes: graph.nodes.map((other) => (other === node ? split : other)) };
}

function meaningOf(node: GraphNode, graph: Graph): Meaning {
  return present(operatorFor(node.domain, node.op), node.op).meaning(operatorNode(node, graph));
}

/** The claims that the node named `name` has the same sum in both graphs, over the reals. */
export function justifySplit(into: Claims, step: number, before: Graph, after: Graph, name: string): void {
  const at = before.nodes.findIndex((node) => node.name === name);
  const [old, made] = [present(before.nodes[at], name), present(after.nodes[at], name)];
  const same = before.nodes.every((node, k) => k === at || node === after.nodes[k]) && before.nodes.length === after.nodes.length
    && textOf([old.inputs, old.outputs]) === textOf([made.inputs, made.outputs]);
  claim({ into, step, node: name }, "node", "Only the node itself changed, and it reads and makes the same tensors.", same);
  compareMeanings({ into, step, node: name, how: partsIn(made) }, meaningOf(old, before), meaningOf(made, after));
}

function partsIn({ attributes }: GraphNode): Parts {
  return { parts: Number(attributes["parts"]), order: attributes["order"] === "strided" ? "strided" : "contiguous" };
}

interface Use {
  readonly into: Claims;
  readonly step: number;
  readonly node: string;
  readonly how: Parts;
}

type Fold = Extract<TensorExpr, { kind: "fold" }>;

function claim({ into, step, node }: Omit<Use, "how">, detail: string, sentence: string, holds: boolean): void {
  ground(into, { rule: "B1", detail: `${step}.${detail}`, sentence, subject: { node, statement: "", buffer: "" } }, holds, holds ? "as the lemma has it" : "differs");
}

/** The meaning of a node before and with its sum in parts: every stage but the sum is the same, the sum is as the lemma says. */
export function compareMeanings(use: Use, before: Meaning, after: Meaning): void {
  const { into, step, node } = use;
  const whole = before.stages.filter(({ value }) => value.kind === "fold");
  const partial = after.stages.find(({ name }) => name === "partial");
  const rest = after.stages.filter((stage) => stage !== partial);
  const others = (stages: readonly Stage[]): string => textOf(stages.map((stage) => (stage.name === whole[0]?.name ? { ...stage, value: "sum" } : stage)));
  claim({ into, step, node }, "stages", "All stages but the one with the sum are as they were.", whole.length === 1 && others(before.stages) === others(rest) && textOf(before.outputs) === textOf(after.outputs));
  const total = rest.find(({ name }) => name === whole[0]?.name);
  if (whole[0]?.value.kind !== "fold" || partial?.value.kind !== "fold" || total?.value.kind !== "fold") return;
  compareSums(use, { whole: whole[0], sum: whole[0].value }, { partial, part: partial.value, total: total.value });
}

interface Before {
  readonly whole: Stage;
  readonly sum: Fold;
}

interface After {
  readonly partial: Stage;
  readonly part: Fold;
  readonly total: Fold;
}

function compareSums({ into, step, node, how }: Use, { whole, sum }: Before, { partial, part, total }: After): void {
  const [axis, ...taps] = sum.over;
  const { name, extent } = present(axis, "a variable of the fold");
  const summand = summandOf(extent, how);
  const own = new Map([[name, summand], ...whole.axes.map((other, k) => [other, variable(partial.axes[k] ?? "")] as const)]);
  const by = (index: string): IndexExpr | undefined => own.get(index);
  const inherited = sum.where.map((c) => printCondition(substituteCondition(c, by)));
  const guards = part.where.filter((c) => !inherited.includes(printCondition(c)));
  const zeroText = textOf({ kind: "const", constant: { type: whole.type, bits: 0n } });
  const addition = { kind: "op", op: `add.${whole.type}`, args: [{ kind: "acc" }, { kind: "at", tensor: { kind: "stage", name: "partial" }, index: [...whole.axes, "q"].map((text) => variable(text)) }] };
  claim({ into, step, node }, "start", "Each part starts from +0, and the start of the sum is added once.", textOf(part.start) === zeroText && textOf(total.start) === textOf(sum.start));
  claim({ into, step, node }, "summand", "A step of a part is a step of the sum, its index replaced.", textOf(part.step) === textOf(renamed(sum.step, by))
    && inherited.every((text) => part.where.some((c) => printCondition(c) === text)) && textOf(part.over.slice(1)) === textOf(taps));
  claim({ into, step, node }, "total", "The parts are added one after the other.", textOf(total.step) === textOf(addition) && total.where.length === 0
    && total.over.length === 1 && total.over[0]?.name === "q" && textOf(partial.shape.slice(0, -1)) === textOf(whole.shape) && partial.axes.at(-1) === "part" && part.over[0]?.name === "c");
  bijection({ into, step, node, how }, { summand, extent, guards, parts: total.over[0]?.extent ?? 0, stored: partial.shape.at(-1) ?? 0, length: part.over[0]?.extent ?? 0 });
}

interface Correspondence {
  readonly summand: IndexExpr;
  /** Summands of the sum. */
  readonly extent: number;
  /** Conditions of a part that the sum does not have. */
  readonly guards: Fold["where"];
  /** Parts that are added, and parts that are stored. */
  readonly parts: number;
  readonly stored: number;
  readonly length: number;
}

/** (part, c) ↦ summand is one to one onto 0 … extent − 1. */
function bijection({ into, step, node, how }: Use, { summand, extent, guards, parts, stored, length }: Correspondence): void {
  const heading = (detail: string, sentence: string) => ({ rule: "B1", detail: `${step}.${detail}`, sentence, subject: { node, statement: "", buffer: "" } }) as const;
  const second = (index: string): IndexExpr => variable(`${index}2`);
  const present1: Formula[] = guards.map(condition);
  const present2: Formula[] = guards.map((c) => condition(substituteCondition(c, second)));
  const one = [{ name: "part", extent: parts }, { name: "c", extent: length }];
  const two = [...one, { name: "part2", extent: parts }, { name: "c2", extent: length }];
  const within = (e: IndexExpr, size: number): Formula => and(condition(atLeast(e, zero)), condition(below(e, size)));
  prove(into, heading("into", "Every step of a part adds a summand of the sum."), { variables: one, premises: present1, goal: and(within(summand, extent), within(variable("part"), stored)) });
  prove(into, heading("injective", "No summand is added twice."), {
    variables: two, premises: [...present1, ...present2, condition(equals(summand, substitute(summand, second)))],
    goal: and(condition(equals(variable("part"), variable("part2"))), condition(equals(variable("c"), variable("c2")))),
  });
  const k = variable("k");
  const size = how.order === "strided" ? how.parts : partLength(extent, how);
  const [quotient, remainder] = [floordiv(k, size), mod(k, size)];
  const [part, c] = how.order === "strided" ? [remainder, quotient] : [quotient, remainder];
  const place = (index: string): IndexExpr | undefined => (index === "part" ? part : index === "c" ? c : undefined);
  prove(into, heading("surjective", "Every summand is added by a part."), {
    variables: [{ name: "k", extent }], premises: [],
    goal: and(within(part, parts), within(c, length), ...guards.map((g) => condition(substituteCondition(g, place))), condition(equals(substitute(summand, place), k))),
  });
}
