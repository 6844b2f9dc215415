/**
 * Mutants of operator meanings (ir/ops): a fold in another order, from another start, a
 * window one off, a condition one too wide, an operand or a bias missing. Each change is
 * made at every place of its kind in the expression of an operator; a vector has to notice.
 */
import { type Condition, type IndexExpr, shift } from "../../../ir/loop/index-expr.js";
import { type ScalarValue, constantOf, valueOf } from "../../../ir/scalar/types.js";
import type { Meaning, TensorExpr } from "../../../ir/tensor/meaning.js";
import type { MutantRow } from "../row.js";
import { type NodeVector, differenceFrom } from "../vectors/vector.js";
import { equivalentMeanings } from "./equivalent-meanings.js";
import { type SpoiledVector, spoiledRows } from "./spoiled-vectors.js";

interface Change {
  readonly name: string;
  readonly bug: string;
  /** Another expression in the place of this one, or undefined where the change does not apply. */
  readonly to: (expr: TensorExpr) => TensorExpr | undefined;
}

type Of<K extends TensorExpr["kind"]> = Extract<TensorExpr, { readonly kind: K }>;

function on<K extends TensorExpr["kind"]>(kind: K, to: (expr: Of<K>) => TensorExpr | undefined): Change["to"] {
  return (expr) => (isKind(expr, kind) ? to(expr) : undefined);
}

function isKind<K extends TensorExpr["kind"]>(expr: TensorExpr, kind: K): expr is Of<K> {
  return expr.kind === kind;
}

function otherStart(value: ScalarValue): ScalarValue {
  return typeof value === "bigint" ? value + 1n : value === 1 ? 2 : 1;
}

/** Operators that are taken for each other. */
const neighbours: readonly (readonly [string, string])[] = [
  ["add", "sub"], ["mul", "div"], ["max", "min"], ["addw", "subw"], ["floor", "ceil"], ["rint", "trunc"], ["lt", "le"], ["and", "or"], ["abs", "neg"], ["sqrt", "abs"], ["exp", "abs"], ["log", "abs"],
  ["sin", "cos"], ["tan", "atan"], ["asin", "acos"], ["sinh", "cosh"], ["tanh", "atanh"], ["asinh", "acosh"],
];

function neighbour(op: string): string | undefined {
  const [name = "", ...types] = op.split(".");
  const pair = neighbours.find((both) => both.includes(name));
  return pair === undefined ? undefined : [pair[0] === name ? pair[1] : pair[0], ...types].join(".");
}

function moved(c: Condition, by: number): Condition {
  return { ...c, index: shift(c.index, by) };
}

function shifted(index: readonly IndexExpr[], axis: number, by: number): readonly IndexExpr[] {
  return index.map((e, k) => (k === (axis < 0 ? index.length + axis : axis) ? shift(e, by) : e));
}

const changes: readonly Change[] = [
  { name: "fold-reversed", bug: "the fold runs backwards", to: on("fold", (e) => (e.over.length > 1 ? { ...e, over: e.over.toReversed() } : undefined)) },
  { name: "fold-short", bug: "the fold leaves out its last step", to: on("fold", (e) => ({ ...e, over: e.over.map((axis, k) => (k === e.over.length - 1 ? { ...axis, extent: axis.extent - 1 } : axis)) })) },
  { name: "fold-start", bug: "the fold starts from another constant", to: on("fold", (e) => (e.start.kind === "const" ? { ...e, start: { kind: "const", constant: constantOf(e.start.constant.type, otherStart(valueOf(e.start.constant))) } } : undefined)) },
  { name: "start-missing", bug: "the fold starts from 0 in place of a tensor", to: on("fold", (e) => (e.start.kind === "at" ? { ...e, start: { kind: "const", constant: constantOf("f32", 0) } } : undefined)) },
  { name: "padding-read", bug: "the fold does not skip what lies outside", to: on("fold", (e) => (e.where.length > 0 ? { ...e, where: [] } : undefined)) },
  { name: "window-short", bug: "a tap at the border is skipped", to: on("fold", (e) => (e.where.length > 0 ? { ...e, where: e.where.map((c) => moved(c, -1)) } : undefined)) },
  { name: "lower-border-late", bug: "the first tap inside is skipped", to: on("fold", (e) => (e.where.length > 0 ? { ...e, where: e.where.map((c, k) => (k === 0 ? moved(c, -1) : c)) } : undefined)) },
  { name: "step-for-fold", bug: "only one step of the fold is done", to: on("fold", (e) => ({ ...e, over: e.over.map((axis) => ({ ...axis, extent: 1 })) })) },
  { name: "last-index-next", bug: "an element one further in the last axis", to: on("at", (e) => (e.index.length > 0 ? { ...e, index: shifted(e.index, -1, 1) } : undefined)) },
  { name: "first-index-previous", bug: "an element one earlier in the first axis", to: on("at", (e) => (e.index.length > 0 ? { ...e, index: shifted(e.index, 0, -1) } : undefined)) },
  { name: "last-indices-exchanged", bug: "the last two axes are exchanged", to: on("at", (e) => (e.index.length > 1 && e.index.at(-1)?.text !== e.index.at(-2)?.text ? { ...e, index: [...e.index.slice(0, -2), ...e.index.slice(-2).toReversed()] } : undefined)) },
  { name: "operator", bug: "another operator", to: on("op", (e) => {
    const op = neighbour(e.op);
    return op === undefined ? undefined : { ...e, op };
  }) },
  { name: "operands-exchanged", bug: "operands are exchanged", to: on("op", (e) => (e.args.length === 2 && !/^(add|mul|addw|mulw|and|or|xor|eq)\./.test(e.op) ? { ...e, args: e.args.toReversed() } : undefined)) },
  { name: "last-operands-exchanged", bug: "the last two operands are exchanged", to: on("op", (e) => (e.args.length === 3 && !e.op.startsWith("muladd.") ? { ...e, args: [...e.args.slice(0, 1), ...e.args.slice(1).toReversed()] } : undefined)) },
  { name: "first-operand-only", bug: "the operation is left out: the first operand is the result", to: on("op", (e) => (e.args.length > 1 && !/^(lt|le|eq)\./.test(e.op) && !e.op.startsWith("select.") ? e.args[0] : undefined)) },
  { name: "constant-more", bug: "a constant is one more", to: on("const", (e) => {
    const value = valueOf(e.constant);
    return typeof value === "number" && Number.isFinite(value) && e.constant.type !== "bool" ? { ...e, constant: constantOf(e.constant.type, value + 1) } : undefined;
  }) },
  { name: "arms-exchanged", bug: "the arms of a choice by index are exchanged", to: on("select", (e) => ({ ...e, then: e.otherwise, otherwise: e.then })) },
  { name: "choice-wider", bug: "a choice by index is one wider", to: on("select", (e) => ({ ...e, when: e.when.map((c) => moved(c, 1)) })) },
  { name: "choice-narrower", bug: "a choice by index is one narrower", to: on("select", (e) => ({ ...e, when: e.when.map((c) => moved(c, -1)) })) },
];

export function meaningMutants(): MutantRow[] {
  return spoiledRows("meaning", spoiledMeanings, equivalentMeanings);
}

/** Places are numbered by kind of change, in reading order over the stages of the meaning. */
function spoiledMeanings(vector: NodeVector): readonly SpoiledVector[] {
  const seen: { op: string; meaning: Meaning }[] = [];
  differenceFrom(vector, { meaning: (meaning, op) => {
    seen.push({ op, meaning });
    return meaning;
  } });
  return seen.flatMap(({ op, meaning }) => changedMeanings(op, meaning).map(({ name, bug, change }): SpoiledVector => ({
    name, bug, vector, spoiling: { meaning: (own, of) => (of === op ? change(own) : own) },
  })));
}

/** One change of the meaning of an operator; it applies to every meaning that the operator has. */
export interface ChangedMeaning {
  readonly name: string;
  readonly bug: string;
  readonly change: (meaning: Meaning) => Meaning;
}

/** The changes that apply to `meaning`. */
export function changedMeanings(op: string, meaning: Meaning): readonly ChangedMeaning[] {
  return changes.flatMap(({ name, bug, to }) => {
    const places = Math.min(countPlaces(meaning, to), placesEach);
    return Array.from({ length: places }, (_, place): ChangedMeaning => ({ name: `${op}.${name}.${place}`, bug, change: (own) => changedAt(own, to, place) }));
  });
}

/** Meanings that print one stage per part (Concat, Split) repeat themselves. */
const placesEach = 6;

function countPlaces(meaning: Meaning, to: Change["to"]): number {
  let count = 0;
  rebuilt(meaning, (expr) => {
    if (to(expr) !== undefined) count += 1;
    return expr;
  });
  return count;
}

function changedAt(meaning: Meaning, to: Change["to"], place: number): Meaning {
  let at = 0;
  return rebuilt(meaning, (expr) => {
    const other = to(expr);
    return other !== undefined && at++ === place ? other : expr;
  });
}

function rebuilt(meaning: Meaning, change: (expr: TensorExpr) => TensorExpr): Meaning {
  return { ...meaning, stages: meaning.stages.map((stage) => ({ ...stage, value: rebuiltExpr(stage.value, change) })) };
}

function rebuiltExpr(expr: TensorExpr, change: (expr: TensorExpr) => TensorExpr): TensorExpr {
  const inner = (e: TensorExpr): TensorExpr => rebuiltExpr(e, change);
  switch (expr.kind) {
    case "op": return change({ ...expr, args: expr.args.map(inner) });
    case "fold": return change({ ...expr, start: inner(expr.start), step: inner(expr.step) });
    case "select": return change({ ...expr, then: inner(expr.then), otherwise: inner(expr.otherwise) });
    default: return change(expr);
  }
}
