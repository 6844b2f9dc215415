/**
 * Sums of integers as bilinear forms. Whatever the stages of a meaning are, and whatever they are called, for one place of the
 * result a sum of an integer convolution is
 *
 *     Σ coefficient · (X[…] − zero) · weight      in 32 bits that wrap,
 *
 * some of the terms summed over the channels, some without a difference, some with a difference that is 0 where conditions
 * do not hold. This reads those terms: additions, subtractions and products are those of a ring, so no sum on the way has
 * to fit; a conversion to 16 bits is the identity where its operand fits, which is noted and has to be claimed.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { type Condition, type IndexExpr, isLiteral, printCondition, variable } from "../../../ir/loop/index-expr.js";
import type { ElementType } from "../../../ir/scalar/types.js";
import { valueOf } from "../../../ir/scalar/types.js";
import type { Stage, TensorExpr } from "../../../ir/tensor/meaning.js";
import { type Tensor, stridesOf } from "../../../ir/tensor/tensor.js";
import { type Placing, placed, positions, undecided, unlike } from "./place.js";

/** What the channel is called that a term is summed over. */
export const channel = "channel";

export interface Element {
  readonly index: readonly IndexExpr[];
  readonly zero: number;
  /** What tells elements apart: where in X, and less which zero point. */
  readonly text: string;
}

export interface Term {
  readonly coefficient: number;
  /** X[index] − zero where `where` holds, 0 elsewhere; undefined: 1. */
  readonly difference: Element | undefined;
  readonly where: readonly Condition[];
  /** An element of a constant; undefined: 1. */
  readonly weight: { readonly tensor: string; readonly index: readonly IndexExpr[] } | undefined;
  /** Over how many channels it is summed; 0: none. */
  readonly over: number;
}

/** By what tells terms apart; no term has the coefficient 0. */
export type Form = ReadonlyMap<string, Term>;

/** A node whose meaning is read. */
export interface Reading {
  readonly graph: Graph;
  readonly node: GraphNode;
  readonly stages: ReadonlyMap<string, Stage>;
  /** Filled while reading: what is converted to 16 bits and does not fit, in words. */
  readonly wrapped: string[];
}

export function constantIn({ graph, node }: Reading, slot: number): Tensor {
  return graph.constants.get(node.inputs[slot] ?? "") ?? unlike(`input ${slot} is no constant`);
}

const number = (coefficient: number): Form => formOf([{ coefficient, difference: undefined, where: [], weight: undefined, over: 0 }]);

/** The terms, those that are alike as one. */
function formOf(terms: Iterable<Term>): Form {
  const form = new Map<string, Term>();
  for (const term of terms) {
    const { weight, difference, where, over } = term;
    const key = [weight?.tensor, weight?.index.map(({ text }) => text).join(), difference?.text, where.map(printCondition).join(" and "), over].join("; ");
    const coefficient = (form.get(key)?.coefficient ?? 0) + term.coefficient;
    if (coefficient === 0) form.delete(key);
    else form.set(key, { ...term, coefficient });
  }
  return form;
}

function scaled(form: Form, by: number): readonly Term[] {
  return [...form.values()].map((term) => ({ ...term, coefficient: by * term.coefficient }));
}

/** An integer expression as a form. */
export function read(from: Reading, e: TensorExpr, by: Placing): Form {
  switch (e.kind) {
    case "const": return number(Number(valueOf(e.constant)));
    case "at": return readAt(from, e, by);
    case "op": return readOp(from, e, by);
    case "select": return readSelect(from, e, by);
    case "fold": return readFold(from, e, by);
    default: return unlike(`a sum of ${e.kind}`);
  }
}

type Expr<K extends TensorExpr["kind"]> = Extract<TensorExpr, { readonly kind: K }>;

/** The expression of a stage at an index, and what stands for its axes there. */
export function stageOf({ stages }: Reading, name: string, index: readonly IndexExpr[], by: Placing): readonly [TensorExpr, Placing] {
  const stage = stages.get(name);
  if (stage === undefined || stage.recurrence !== undefined) return unlike(`a stage ${name} that stands alone is needed`);
  return [stage.value, new Map(stage.axes.map((axis, k) => [axis, placed(index[k] ?? unlike(`${name} is read without an axis`), by)]))];
}

function readAt(from: Reading, { tensor, index }: Expr<"at">, by: Placing): Form {
  if (tensor.kind === "stage") return read(from, ...stageOf(from, tensor.name, index, by));
  const at = index.map((each) => placed(each, by));
  const plain = { coefficient: 1, where: [], over: 0 };
  if (tensor.slot === 0) return formOf([{ ...plain, difference: elementOf(at, 0), weight: undefined }]);
  const { data, shape } = constantIn(from, tensor.slot);
  if (!at.every(isLiteral)) return formOf([{ ...plain, difference: undefined, weight: { tensor: from.node.inputs[tensor.slot] ?? "", index: at } }]);
  const strides = stridesOf(shape);
  return number(Number(data[at.reduce((sum, { constant }, axis) => sum + constant * (strides[axis] ?? 0), 0)] ?? unlike("an element outside of its tensor")));
}

function elementOf(index: readonly IndexExpr[], zero: number): Element {
  return { index, zero, text: `X[${index.map(({ text }) => text).join(", ")}] less ${zero}` };
}

const widening: readonly string[] = ["cast.i8.i16", "cast.u8.i16", "cast.i8.i32", "cast.u8.i32", "cast.i16.i32"];

function readOp(from: Reading, { op, args }: Expr<"op">, by: Placing): Form {
  const [a = new Map<string, Term>(), b = new Map<string, Term>()] = args.map((arg) => read(from, arg, by));
  if (widening.includes(op)) return a;
  switch (op) {
    case "cast.i32.i16": return narrowed(from, a);
    case "addw.i32": return formOf([...a.values(), ...b.values()]);
    case "subw.i32": return difference(a, b) ?? formOf([...a.values(), ...scaled(b, -1)]);
    case "mulw.i32": return formOf([...a.values()].flatMap((x) => [...b.values()].map((y) => product(x, y))));
    default: return unlike(`${op} in a sum`);
  }
}

/** An element of X less a number. */
function difference(a: Form, b: Form): Form | undefined {
  const [[x], [z]] = [[...a.values()], [...b.values()]];
  const isElement = a.size === 1 && x?.difference?.zero === 0 && x.coefficient === 1 && x.weight === undefined;
  const isNumber = b.size === 0 || (b.size === 1 && z?.difference === undefined && z?.weight === undefined && z?.over === 0);
  return isElement && isNumber ? formOf([{ ...x, difference: elementOf(x.difference.index, z?.coefficient ?? 0) }]) : undefined;
}

function product(x: Term, y: Term): Term {
  const twice = (x.difference !== undefined && y.difference !== undefined) || (x.weight !== undefined && y.weight !== undefined);
  if (twice || x.over > 0 || y.over > 0) return unlike("a product of two differences, two weights, or two sums");
  return { coefficient: x.coefficient * y.coefficient, difference: x.difference ?? y.difference, where: [...x.where, ...y.where], weight: x.weight ?? y.weight, over: 0 };
}

/** The terms where conditions hold; without a difference nothing says that they are 0 elsewhere. */
function guarded(form: Form, where: readonly Condition[]): readonly Term[] {
  return [...form.values()].map((term) => {
    if (where.length > 0 && term.difference === undefined) return unlike("a weight under a condition");
    return { ...term, where: [...term.where, ...where] };
  });
}

function readSelect(from: Reading, { when, then, otherwise }: Expr<"select">, by: Placing): Form {
  const open = undecided(when, by);
  if (open === undefined) return read(from, otherwise, by);
  if (open.length > 0 && read(from, otherwise, by).size > 0) return unlike("what stands where a condition does not hold is not 0");
  return formOf(guarded(read(from, then, by), open));
}

/** Taps one by one, channels, which come last, as one. */
function readFold(from: Reading, { over, where, start, step }: Expr<"fold">, by: Placing): Form {
  const last = over.at(-1);
  const taps = over.slice(0, -1);
  const [acc, summand] = step.kind === "op" && step.op === "addw.i32" ? step.args : [];
  if (last === undefined || acc?.kind !== "acc" || summand === undefined || taps.some(({ extent }) => extent > 3)) return unlike("a sum that adds no products, or of another window");
  const terms = positions(taps.map(({ extent }) => extent)).flatMap((tap) => {
    const own = new Map([...by, ...taps.map(({ name }, k): [string, IndexExpr] => [name, tap[k] ?? unlike("no tap")]), [last.name, variable(channel)]]);
    const open = undecided(where, own);
    return open === undefined ? [] : guarded(read(from, summand, own), open).map((term) => (term.over > 0 ? unlike("a sum of sums") : { ...term, over: last.extent }));
  });
  return formOf([...read(from, start, by).values(), ...terms]);
}

const ranges: Readonly<Partial<Record<ElementType, readonly [number, number]>>> = { i8: [-128, 127], u8: [0, 255], i16: [-(2 ** 15), 2 ** 15 - 1] };

/** What an element of a type may be. */
export function rangeOf(type: ElementType | undefined): readonly [number, number] {
  return (type === undefined ? undefined : ranges[type]) ?? unlike(`an element of ${type}`);
}

/** Least and greatest value of a difference, or of 0 in its place. */
export function differenceRange({ graph, node }: Reading, { zero }: Element): readonly [number, number] {
  const [low, high] = rangeOf(graph.types.get(node.inputs[0] ?? "")?.type);
  return [Math.min(0, low - zero), Math.max(0, high - zero)];
}

/** Notes a value that 16 bits do not hold. */
function narrowed(from: Reading, form: Form): Form {
  const ends = [...form.values()].map(({ coefficient, difference: element, weight, over }) => {
    const d = element === undefined ? [1, 1] : differenceRange(from, element);
    const w = weight === undefined ? [1, 1] : rangeOf(from.graph.constants.get(weight.tensor)?.type);
    return d.flatMap((x) => w.map((y) => coefficient * x * y * Math.max(1, over)));
  });
  const [low, high] = [ends.reduce((sum, list) => sum + Math.min(...list), 0), ends.reduce((sum, list) => sum + Math.max(...list), 0)];
  if (low < -(2 ** 15) || high >= 2 ** 15) from.wrapped.push(`${low} to ${high}: ${[...form.keys()].slice(0, 2).join(" and ")}`);
  return form;
}
