/**
 * The nests of a program as the choice of lanes and tiles sees them: loops over independent
 * outputs, loops of the sum, and what is read and written along them. Borders of a node will be
 * nests of their own with shorter loops; the largest region speaks for all of them.
 */
import { affineIn, mentions } from "../../../ir/loop/affine.js";
import type { Buffer, Loop, Node, Program } from "../../../ir/loop/program.js";
import { buffersByName } from "../../../ir/loop/visit.js";
import { bytesOf } from "../../../ir/scalar/types.js";
import { elementCount, stridesOf } from "../../../ir/tensor/tensor.js";
import { type Axis, siteOf } from "../../optimise/nests.js";
import { borderCells } from "../../passes/split-border.js";
import type { Cell } from "../../passes/shared/pieces.js";
import { type Access, type Nest, accessesOf, foldDepth, loopsIn, mapNests, nestOf, storesIn } from "../../passes/shared/nests.js";

/** A loop over outputs; `pattern` names it and its copies at borders. */
export interface Lane extends Axis {
  readonly variable: string;
  /** Borders cut it, so that other nests of the node have shorter loops. */
  readonly cut: boolean;
  /** How far apart the windows of neighbours begin: from 2 on they share few taps or none. */
  readonly step: number;
}

/** A store of a nest, and what it touches besides accumulators and weights: those will lie as the loops run. */
export interface Statement {
  readonly executions: number;
  /** Inside the loops of the sum. */
  readonly step: boolean;
  readonly accesses: readonly Access[];
}

export interface VectorNest {
  /** What the names of its loops begin with: `n5`, or `n28a` where a node is several nests. */
  readonly site: string;
  /** Loops of more than one iteration, outermost first. */
  readonly lanes: readonly Lane[];
  /** Iterations of the sum of one output; 1 for a nest without. */
  readonly foldLength: number;
  /** Loops around a step of the sum. */
  readonly foldDepth: number;
  /** Whether the sum runs over taps of a window, not over one axis alone. */
  readonly window: boolean;
  /** Pattern of the innermost loop of a window. */
  readonly tap: string | undefined;
  /** Bytes of what is read and written besides accumulators and weights. */
  readonly bytes: number;
  /** What its borders leave of it, the whole where it has none. */
  readonly regions: readonly Region[];
  readonly statements: readonly Statement[];
}

/** A part of a nest between borders, and how many have its extents. */
export interface Region {
  /** Of each loop, by the pattern for it and its copies. */
  readonly extents: ReadonlyMap<string, number>;
  readonly copies: number;
}

/** In the order of the program, those with loops only. */
export function vectorNestsOf(program: Program): readonly VectorNest[] {
  const largest = new Map<string, VectorNest>();
  const buffers = buffersByName(program);
  mapNests(program.body, (node) => {
    const nest = nestOf(node);
    const site = siteOf(nest.loops[0]?.variable ?? "");
    const found = site === undefined ? undefined : describe(site, nest, buffers);
    const known = site === undefined ? undefined : largest.get(site);
    if (site !== undefined && found !== undefined && (known === undefined || work(known) < work(found))) largest.set(site, found);
    return [node];
  });
  return [...largest.values()];
}

function work({ statements }: VectorNest): number {
  return Math.max(...statements.map(({ executions }) => executions));
}

function describe(site: string, nest: Nest, buffers: ReadonlyMap<string, Buffer>): VectorNest {
  const sums = new Set(nest.body.filter((item) => loopsIn([item]).length > 0).flatMap((item) => storesIn([item])).map(({ buffer }) => buffer));
  const folds = loopsIn(nest.body).filter(({ extent }) => extent > 1);
  const cells = borderCells(nest);
  const interior = largestOf(cells);
  const outputs = nest.loops.reduce((product, { extent }) => product * extent, 1);
  const statements = nest.body.flatMap((item) => statementsIn(item, outputs, (access) => !sums.has(access.buffer) && buffers.get(access.buffer)?.kind !== "weight"));
  return {
    site, statements,
    bytes: bytesOfAll(new Set(statements.flatMap(({ accesses }) => accesses.map(({ buffer }) => buffer))), buffers),
    regions: regionsOf(nest, cells),
    lanes: nest.loops.filter(({ extent }) => extent > 1).map((loop) => ({ ...laneOf(loop, interior), step: stepAlong(loop, statements) })),
    foldDepth: foldDepth(nest),
    window: folds.length > 1,
    tap: folds.length > 1 ? patternOf(folds.at(-1)?.variable ?? "") : undefined,
    foldLength: Math.max(...statements.map(({ executions }) => executions)) / outputs,
  };
}

const nothingCut: Cell = new Map();

function regionsOf({ loops }: Nest, cells: readonly Cell[]): readonly Region[] {
  const alike = new Map<string, Region>();
  for (const cell of cells.length > 0 ? cells : [nothingCut]) {
    const extents = new Map(loops.map(({ variable, extent }) => [patternOf(variable), cell.get(variable)?.size ?? extent]));
    const key = [...extents.values()].join();
    alike.set(key, { extents, copies: (alike.get(key)?.copies ?? 0) + 1 });
  }
  return [...alike.values()];
}

function bytesOfAll(names: ReadonlySet<string>, buffers: ReadonlyMap<string, Buffer>): number {
  return [...names].flatMap((name) => buffers.get(name) ?? []).reduce((sum, { type, shape }) => sum + (bytesOf[type] * elementCount(shape)), 0);
}

function largestOf(cells: readonly Cell[]): Cell {
  const volume = (cell: Cell): number => [...cell.values()].reduce((product, { size }) => product * size, 1);
  return cells.toSorted((a, b) => volume(b) - volume(a))[0] ?? new Map();
}

function stepAlong({ variable }: Loop, statements: readonly Statement[]): number {
  const indices = statements.filter(({ step }) => step).flatMap(({ accesses }) => accesses.flatMap(({ index }) => index));
  return Math.max(1, ...indices.map((e) => (mentions(e, variable) ? affineIn(e, variable)?.factor ?? 1 : 1)));
}

function laneOf({ variable, extent }: Loop, interior: Cell): Omit<Lane, "step"> {
  const cut = interior.get(variable);
  return { variable, extent: cut?.size ?? extent, cut: cut !== undefined, pattern: patternOf(variable) };
}

function patternOf(variable: string): string {
  return `${/^n[0-9]+[a-z]*_[ok][0-9]+/.exec(variable)?.[0] ?? variable}*`;
}

function statementsIn(item: Node, executions: number, streamed: (access: Access) => boolean, step = false): readonly Statement[] {
  if (item.kind === "store") return [{ executions, step, accesses: accessesOf(item).filter(streamed) }];
  const inside = item.kind === "loop" ? executions * item.extent : executions;
  return item.body.flatMap((child) => statementsIn(child, inside, streamed, step || item.kind === "loop"));
}

/** How far apart, in elements, neighbours along a dimension lie: of every buffer. */
export type Strides = ReadonlyMap<string, readonly number[]>;

/** As the program has them. */
export function usualStrides({ buffers }: Program): Strides {
  return new Map(buffers.map(({ name, shape }) => [name, stridesOf(shape)]));
}

/** Strides of a buffer whose `dimension`, from 0, is to be its last; as it is for undefined. */
export function rotatedStrides({ shape }: Buffer, dimension: number | undefined): readonly number[] {
  if (dimension === undefined) return stridesOf(shape);
  const order = [...shape.keys()].filter((d) => d !== dimension).concat(dimension);
  const strides = stridesOf(order.map((d) => shape[d] ?? 1));
  return shape.map((_, d) => strides[order.indexOf(d)] ?? 1);
}

/** Whether neighbouring lanes touch neighbouring elements, or the same one, at every access. */
export function contiguousAlong({ accesses }: Statement, lane: Lane, strides: Strides): boolean {
  return accesses.every((access) => [0, 1].includes(strideAlong(access, lane, strides)));
}

/** Whether something other than weights is read or written element by element along the lanes. */
export function variesAlong({ accesses }: Statement, lane: Lane, strides: Strides): boolean {
  return accesses.some((access) => strideAlong(access, lane, strides) !== 0);
}

/** Infinity where the distance is not constant. */
function strideAlong({ buffer, index }: Access, { variable }: Lane, strides: Strides): number {
  return index.reduce((sum, e, d) => {
    const factor = mentions(e, variable) ? affineIn(e, variable)?.factor ?? Infinity : 0;
    return sum + (factor === 0 ? 0 : factor * (strides.get(buffer)?.[d] ?? Infinity));
  }, 0);
}
