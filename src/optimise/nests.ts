/**
 * The sums of a program as a search over schedules sees them: for each node its lanes (loops
 * over independent outputs), its fold (loops of the sum) and what a step does. Borders of a
 * node are nests of their own with shorter loops; the largest nest speaks for all of them.
 */
import { affineIn, mentions } from "../../ir/loop/affine.js";
import type { Buffer, Expr, Load, Loop, Node, Program, Store } from "../../ir/loop/program.js";
import { type IndexExpr, substitute, zero } from "../../ir/loop/index-expr.js";
import { scalarFunction } from "../../ir/scalar/ops.js";
import type { ScalarTerm } from "../../ir/scalar/term.js";
import { isFloat } from "../../ir/scalar/types.js";
import { buffersByName, loadsOf } from "../../ir/loop/visit.js";
import { dotSteps, isQuadIndex, quadSteps } from "../../backends/c/dot.js";
import { largestDivisor } from "../passes/shared/divisors.js";
import { foldDepth, loopsIn, mapNests, nestOf, storesIn } from "../passes/shared/nests.js";

/** A loop of a nest; `pattern` names it and its copies at borders. */
export interface Axis {
  readonly pattern: string;
  readonly extent: number;
}

export interface FoldNest {
  /** What the names of its loops begin with: `n5`, or `n28a` where a node is several nests. */
  readonly site: string;
  /** The loops that a register tile can be made of, the innermost lane first; at most two. */
  readonly lanes: readonly Axis[];
  /** All loops over outputs, outermost first. */
  readonly outer: readonly Axis[];
  /** The loops of the sum, outermost first. */
  readonly fold: readonly Axis[];
  /** What a step loads besides its accumulator: per load and dimension, how far one more iteration of an axis moves. */
  readonly reads: readonly Read[];
  /** Those of them that are of weights, which are packed as they are read. */
  readonly weights: readonly Read[];
  /** Whether product and sum are one operator, so that no product waits in a register. */
  readonly fused: boolean;
  /** The statements by place: those that take a few instructions, and those that call long functions of an element (an error function). */
  readonly short: readonly number[];
  readonly long: readonly number[];
  /** `sum`: products of floats are added up; `integer`: of integers; `other`: a step selects, so it may branch. */
  readonly step: "sum" | "integer" | "other";
  /** The innermost loop of the sum, where two steps are one instruction: both read neighbours of 16 bits. */
  readonly pairs: PairedAxis | undefined;
}

export interface PairedAxis extends Axis {
  /** Steps of one record at most: four where what they read begins at an address that 8 divides, else two or three. */
  readonly steps: number;
}

/** Loops of a sum up to this extent are taps; longer ones are cut. */
export const longestTap = 8;
/** Steps of a record whose operands begin anywhere. */
export const mostSteps = 3;

/** By dimension of what is loaded, coefficients by the pattern of the axis. */
export type Read = readonly ReadonlyMap<string, number>[];

/** In the order of the program. */
export function foldNestsOf(program: Program): readonly FoldNest[] {
  const largest = new Map<string, Node>();
  mapNests(program.body, (node) => {
    const [outermost] = nestOf(node).loops;
    const site = outermost === undefined || foldDepth(nestOf(node)) === 0 ? undefined : siteOf(outermost.variable);
    const known = site === undefined ? undefined : largest.get(site);
    if (site !== undefined && (known === undefined || work(known) < work(node))) largest.set(site, node);
    return [node];
  });
  return [...largest].map(([site, node]) => describe(site, node, program));
}

/** The part of a loop's name that tells the nest, or undefined for a name of another form. */
export function siteOf(variable: string): string | undefined {
  return /^(n[0-9]+[a-z]*)_/.exec(variable)?.[1];
}

/** Iterations of the busiest statement. */
function work(node: Node): number {
  if (node.kind === "store") return 1;
  const inside = Math.max(0, ...node.body.map(work));
  return node.kind === "loop" ? node.extent * inside : inside;
}

function describe(site: string, node: Node, program: Program): FoldNest {
  const { loops, body } = nestOf(node);
  const outer = loops.filter(({ extent }) => extent > 1).map(axisOf);
  const fold = distinct(loopsIn(body).filter(({ variable }) => /_k[0-9]/.test(variable)).map(axisOf));
  const pairs = pairsOf(body, program);
  const steps = stepsIn(body);
  const loads = steps.flatMap((store) => loadsOf(store.value).filter(({ buffer }) => buffer !== store.buffer)).map(({ buffer, index }) => ({ buffer, read: index.map(coefficientsOf) }));
  const weights = new Set(program.buffers.filter(({ kind }) => kind === "weight").map(({ name }) => name));
  const weighted = loads.filter(({ buffer }) => weights.has(buffer)).map(({ read }) => read);
  const lanes = foldDepth({ loops, body }) > 1 ? windowLanes(outer, pairs !== undefined) : matrixLanes(outer, pairs === undefined ? [] : weighted);
  return {
    site, lanes, outer, fold, pairs,
    reads: loads.map(({ read }) => read),
    weights: weighted,
    fused: steps.every(({ value }) => value.kind === "op" && value.op === "fma.f32"),
    step: stepOf(body, program),
    ...placesOf(body),
  };
}

/** Operators of a statement beyond which it is long; a sum that is quantised and added to another, quantised too, has fewer. */
const longest = 32;

function placesOf(body: readonly Node[]): Pick<FoldNest, "short" | "long"> {
  const places = body.map((_, place) => place);
  const isLong = (place: number): boolean => storesIn(body.slice(place, place + 1)).some(({ value }) => operatorsIn(value) > longest);
  return { short: places.filter((place) => !isLong(place)), long: places.filter(isLong) };
}

/** Those of the definitions of scalar functions, too. */
function operatorsIn(value: Expr): number {
  return value.kind === "op" ? value.args.reduce((sum, arg) => sum + operatorsIn(arg), operatorsOf(value.op)) : 0;
}

function operatorsOf(op: string): number {
  const definition = scalarFunction(op);
  if (definition === undefined) return 1;
  const inTerm = (term: ScalarTerm): number => (term.kind === "op" ? term.args.reduce((sum, arg) => sum + inTerm(arg), operatorsOf(term.op)) : 0);
  return [...definition.lets.map(({ value }) => value), definition.value].reduce((sum, term) => sum + inTerm(term), 0);
}

/** The stores that load what they store. */
function stepsIn(body: readonly Node[]): readonly Store[] {
  return storesIn(body).filter((store) => loadsOf(store.value).some(({ buffer }) => buffer === store.buffer));
}

function coefficientsOf({ terms }: IndexExpr): ReadonlyMap<string, number> {
  return new Map(terms.flatMap(({ atom, coefficient }) => (atom.kind === "var" ? [[patternOf(atom.name), coefficient] as const] : [])));
}

function patternOf(variable: string): string {
  return `${/^n[0-9]+[a-z]*_[ok][0-9]/.exec(variable)?.[0] ?? variable}*`;
}

function axisOf({ variable, extent }: Loop): Axis {
  return { pattern: patternOf(variable), extent };
}

function distinct(axes: readonly Axis[]): readonly Axis[] {
  return axes.filter(({ pattern }, k) => axes.findIndex((axis) => axis.pattern === pattern) === k);
}

/** Of a convolution: the channels, and the last axis of pixels that tiles of three or more divide; of two, where steps come in pairs. */
function windowLanes(outer: readonly Axis[], paired: boolean): readonly Axis[] {
  const channels = outer.filter(({ pattern }) => pattern.endsWith("_o1*"));
  const pixels = outer.filter(({ pattern }) => /_o[2-9]\*$/.test(pattern)).toReversed();
  const [first] = [...pixels.filter(({ extent }) => (paired ? extent % 2 === 0 : largestDivisor(extent, 6) >= 3)), ...pixels];
  return [...channels, ...(first === undefined ? [] : [first])];
}

/** Of a product of matrices the last two axes, the innermost first, or that of weights. */
function matrixLanes(outer: readonly Axis[], weights: readonly Read[]): readonly Axis[] {
  const inWeights = ({ pattern }: Axis): boolean => weights.some((read) => read.some((dimension) => dimension.has(pattern)));
  return outer.slice(-2).toReversed().toSorted((a, b) => Number(inWeights(b)) - Number(inWeights(a)));
}

const arithmetic = /^(?:add|sub|mul|addw|subw|mulw|fma|cast)\./;

function stepOf(body: readonly Node[], { buffers }: Program): FoldNest["step"] {
  const steps = stepsIn(body);
  const type = buffers.find(({ name }) => name === steps[0]?.buffer)?.type;
  if (type === undefined || steps.some(({ value }) => selects(value))) return "other";
  return isFloat(type) ? "sum" : "integer";
}

function selects(value: Expr): boolean {
  return value.kind === "op" && (!arithmetic.test(value.op) || value.args.some(selects));
}

/** The loop whose steps come in pairs, if all steps of the nest do. */
function pairsOf(body: readonly Node[], program: Program): PairedAxis | undefined {
  const buffers = buffersByName(program);
  const innermost = loopsIn(body).filter(({ variable, extent }) => /_k[0-9]/.test(variable) && extent > 1).at(-1);
  const steps = stepsIn(body);
  if (innermost === undefined || largestDivisor(innermost.extent, mostSteps) === 1 || steps.length === 0) return undefined;
  const images = steps.flatMap(({ value }) => imageOf(value, innermost.variable, buffers) ?? []);
  if (images.length < steps.length) return undefined;
  if (innermost.extent % quadSteps === 0 && images.every((image) => startsQuads(image, innermost.variable, buffers))) return { ...axisOf(innermost), steps: quadSteps };
  return { ...axisOf(innermost), steps: innermost.extent > longestTap && innermost.extent % dotSteps === 0 ? dotSteps : mostSteps };
}

/** Whether the first of every four steps reads where 8 divides the address. */
function startsQuads({ buffer, index }: Load, step: string, buffers: ReadonlyMap<string, Buffer>): boolean {
  const image = buffers.get(buffer);
  return image?.kind === "temp" && isQuadIndex(image, index.map((e) => substitute(e, (name) => (name === step ? zero : undefined))));
}

/** Of acc + x·w of 16 bits, x a neighbour of that of the step before, how x is read; weights are packed as they are read. */
function imageOf(value: Expr, step: string, buffers: ReadonlyMap<string, Buffer>): Load | undefined {
  const [, product] = value.kind === "op" && value.op === "addw.i32" ? value.args : [];
  const [x, w] = product?.kind === "op" && product.op === "mulw.i32" ? product.args : [];
  const [short] = x?.kind === "op" && x.op === "cast.i16.i32" ? x.args : [];
  const [wide] = w?.kind === "op" && w.op === "cast.i16.i32" ? w.args : [];
  const weight = wide?.kind === "op" && wide.op === "cast.i8.i16" ? wide.args[0] : wide;
  if (short?.kind !== "load" || weight?.kind !== "load" || buffers.get(weight.buffer)?.kind !== "weight") return undefined;
  const buffer = buffers.get(short.buffer);
  const axis = buffer?.shape.findLastIndex((extent) => extent > 1) ?? -1;
  return buffer?.type === "i16" && short.index.every((e, k) => (k === axis ? affineIn(e, step)?.factor === 1 : !mentions(e, step))) ? short : undefined;
}
