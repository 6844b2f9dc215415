/**
 * Sums in parts: SplitConv, SplitGemm and SplitMatMul of the domain `obligato`. No model
 * has them; the lemma split-k puts them in place of Conv, Gemm and MatMul. Their
 * attributes are those of the operator and
 *
 *     parts = P            number of partial sums, at least 2
 *     order = contiguous   part p has the summands c of [p·L, (p + 1)·L), L = ⌈K / P⌉
 *             strided      part p has the summands c with c mod P = p
 *
 * where c is the first variable of the operator's fold (the input channel, or k) and K
 * its extent. A fold  start + Σ_{c, k…} f(c, k…)  becomes
 *
 *     partial[o…, p] = +0 + Σ_{c in part p, k…} f(c, k…)
 *     Y[o…]          = start + Σ_p partial[o…, p]
 *
 * Over the reals both are one sum; in floats the order of addition differs.
 */
import { type IndexExpr, below, plus, substitute, substituteCondition, times, variable } from "../loop/index-expr.js";
import { present, unsupported } from "../prelude.js";
import { type Meaning, type Stage, type TensorExpr, acc, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import { conv } from "./conv.js";
import { gemm } from "./gemm.js";
import { matMul } from "./mat-mul.js";
import type { OperatorDefinition, OperatorNode } from "./operator.js";
import { numberOf, textOf } from "./shared/define.js";

export interface Parts {
  readonly parts: number;
  readonly order: "contiguous" | "strided";
}

function partsOf(node: OperatorNode): Parts {
  return { parts: numberOf(node, "parts"), order: textOf(node, "order") === "strided" ? "strided" : "contiguous" };
}

/** Summands of the longest part. */
export function partLength(extent: number, { parts }: Parts): number {
  return Math.ceil(extent / parts);
}

/** The summand that step `c` of part `p` adds. */
export function summandOf(extent: number, how: Parts): IndexExpr {
  const [p, c] = [variable("part"), variable("c")];
  return how.order === "strided" ? plus(times(c, how.parts), p) : plus(times(p, partLength(extent, how)), c);
}

type Fold = Extract<TensorExpr, { kind: "fold" }>;

/** Replaces the fold of a meaning, of which there is one, by partial sums and their sum. */
function inParts(meaning: Meaning, how: Parts, node: OperatorNode): Meaning {
  return {
    ...meaning,
    stages: meaning.stages.flatMap((whole) => (whole.value.kind === "fold" ? [partial(whole, whole.value, how, node), total(whole, whole.value.start, how)] : [whole])),
  };
}

function partial(whole: Stage, { over, where, step }: Fold, how: Parts, node: OperatorNode): Stage {
  const [first, ...others] = over;
  const { name, extent } = present(first, "a variable of the fold");
  const length = partLength(extent, how);
  const fits = how.order === "strided" ? how.parts <= extent : (how.parts - 1) * length < extent;
  if (how.parts < 2 || !fits) unsupported("parts", `a sum of ${extent} has no ${how.parts} ${how.order} parts`, node.name, "ask for fewer parts, at least 2");
  const summand = summandOf(extent, how);
  const shape = [...whole.shape, how.parts];
  const made = stage("partial", { type: whole.type, shape }, () => constant(whole.type, 0), "s");
  const own = new Map<string, IndexExpr>([[name, summand], ...whole.axes.map((axis, k) => [axis, variable(`s${k}`)] as const)]);
  const rename = (variableName: string): IndexExpr | undefined => own.get(variableName);
  const inside = how.parts * length > extent ? [below(summand, extent)] : [];
  return {
    ...made,
    axes: [...made.axes.slice(0, -1), "part"],
    value: fold([{ name: "c", extent: length }, ...others], [...where.map((c) => substituteCondition(c, rename)), ...inside],
      constant(whole.type, 0), renamed(step, rename)),
  };
}

/** `e` with its variables replaced. */
export function renamed(e: TensorExpr, by: (name: string) => IndexExpr | undefined): TensorExpr {
  if (e.kind === "at") return { ...e, index: e.index.map((index) => substitute(index, by)) };
  return e.kind === "op" ? { ...e, args: e.args.map((arg) => renamed(arg, by)) } : e;
}

function total(whole: Stage, start: TensorExpr, { parts }: Parts): Stage {
  const point = whole.axes.map((axis) => variable(axis));
  const next = op(`add.${whole.type}`, acc, stageAt("partial", ...point, variable("q")));
  return { ...whole, value: fold([{ name: "q", extent: parts }], [], start, next) };
}

/** The same operator with its sum in parts. */
function split(whole: OperatorDefinition): OperatorDefinition {
  return {
    ...whole, op: `Split${whole.op}`, domain: "obligato", opsets: [1, 1], types: ["f32"], requirements: [],
    shape: (node) => whole.shape({ ...node, op: whole.op }),
    meaning: (node) => inParts(whole.meaning({ ...node, op: whole.op }), partsOf(node), node),
  };
}

export const splitOperators: readonly OperatorDefinition[] = [conv, gemm, matMul].map(split);
