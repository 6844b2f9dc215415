/**
 * What the schedule of a small core does with convolutions by minimal filtering (ir/ops/winograd.ts), whose sums are made
 * of the products of tiles. All that a row of tiles needs is made where that row is read, so that its operands and products
 * need memory for one row. Products of a tile lie side by side, and its sums are written out: then the compiler knows
 * which of them are added, and no test is left. Operands become a nest for each place in a tile, for the same reason.
 */
import type { Atom, IndexExpr } from "../../ir/loop/index-expr.js";
import type { Buffer, Load, Node, Program, Store } from "../../ir/loop/program.js";
import { buffersByName, loadsOf } from "../../ir/loop/visit.js";
import { foldDepth, nestOf, storesIn } from "../passes/shared/nests.js";
import type { PassOptions } from "../pass.js";
import type { ScheduleStep } from "../schedule.js";
import type { Programs } from "./evaluate.js";
import { siteOf } from "./nests.js";
import { withRulesFirst } from "./rules.js";

/** Loops over an image with its channels. */
interface ImageLoops {
  readonly nest: string;
  readonly channels: string;
  readonly rows: string;
  readonly columns: string;
}

/** One convolution. */
export interface Filtering {
  /** The tensors of its sums, of the products they are made of, and of what those are made of, the last first. */
  readonly sums: string;
  readonly products: string;
  readonly operands: readonly string[];
  /** Sums of a tile along an axis. */
  readonly size: number;
  readonly maker: ImageLoops;
  readonly reader: ImageLoops;
}

/** Of products, counted from 1: channels, and the row in a tile, which the column follows. */
const productAxes = { channels: 5, place: 3 } as const;
/** Rows or columns of a tile of operands. */
const places = 4;
/** Channels that a reader of sums has written out. */
const readTogether = 2;

/** Of the program as nests are fused and nothing is tiled. */
export function filteringsOf(programs: Programs, steps: readonly ScheduleStep[]): readonly Filtering[] {
  const program = programs.before("recompute-producers", steps);
  return program.body.flatMap((node) => filteringOf(node, program) ?? []);
}

/** The steps with rows drawn in. */
export function withRows(steps: readonly ScheduleStep[], all: readonly Filtering[]): readonly ScheduleStep[] {
  return all.length === 0 ? steps : steps.flatMap((step) => (step.pass === "recompute-producers" ? [...rowSteps(all), step] : [step]));
}

function rowSteps(all: readonly Filtering[]): readonly ScheduleStep[] {
  const rules = (pass: string, rule: (filtering: Filtering) => PassOptions): ScheduleStep => ({ pass, options: { rules: all.map(rule) } });
  const moved = (dimension: number): ScheduleStep => rules("move-channels", ({ products }) => ({ tensors: [products], dimension }));
  const deepest = Math.max(...all.map(({ operands }) => operands.length));
  return [
    moved(productAxes.channels), moved(productAxes.place), moved(productAxes.place),
    rules("reorder-loops", ({ reader }) => ({ nests: [reader.nest], inner: [reader.columns, reader.channels], pointwise: true })),
    rules("recompute-producers", ({ reader, sums, size }) => ({ loops: [reader.rows], tensors: [sums], size })),
    ...Array.from({ length: deepest + 1 }, (_, k) => rules("recompute-producers", ({ reader, products, operands }) => ({ loops: [`${reader.rows}t`], tensors: [products, ...operands].slice(k, k + 1) }))),
    { pass: "split-border", options: { tensors: all.flatMap(({ operands }) => operands), regionsPerLoop: places } },
  ];
}

/** The steps with the sums of a tile written out, and some of what is made of them. */
export function withTiledSums(steps: readonly ScheduleStep[], all: readonly Filtering[]): readonly ScheduleStep[] {
  const stored = steps.map((step) => (step.pass === "contract-buffers" && all.length > 0 ? { ...step, options: { ...step.options, stay: all.flatMap(({ operands }) => operands) } } : step));
  return withRulesFirst(stored, new Map<string, readonly PassOptions[]>([
    ["tile-loops", all.flatMap(({ maker, reader, size }) => [{ loops: [maker.columns], size, pointwise: true }, { loops: [reader.channels], largestDivisorUpTo: readTogether, pointwise: true }])],
    ["reorder-loops", all.map(({ maker }) => ({ nests: [maker.nest], inner: [`${maker.columns}t`, maker.channels, `${maker.rows}w`, `${maker.columns}i`], pointwise: true }))],
    ["unroll-loops", all.map(({ maker, reader, size }) => ({ loops: [`${maker.rows}w`, `${maker.columns}i`, `${reader.channels}i`], upTo: Math.max(size, readTogether), pointwise: true }))],
  ]));
}

/** What a nest is the sums of: it has no sum of steps, and reads products by the tile that an element is in. */
function filteringOf(node: Node, program: Program): Filtering | undefined {
  const { body } = nestOf(node);
  const [store] = storesIn(body);
  const products = store === undefined ? undefined : loadsOf(store.value).find(({ index }) => tilesIn(index).length === 2);
  const [row, column] = tilesIn(products?.index ?? []);
  const read = store === undefined ? undefined : readerOf(store.buffer, program);
  if (foldDepth(nestOf(node)) > 0 || store === undefined || products === undefined || read === undefined || row?.by !== column?.by) return undefined;
  const maker = loopsOf(store);
  const reader = loopsOf(read);
  const operands = operandsOf(products.buffer, program);
  if (maker === undefined || reader === undefined || operands.length === 0 || maker.rows !== row?.of.text || maker.columns !== column?.of.text) return undefined;
  return { sums: store.buffer, products: products.buffer, operands, size: row.by, maker, reader };
}

type Quotient = Extract<Atom, { kind: "floordiv" | "mod" }>;

/** Indices that are whole quotients. */
function tilesIn(index: readonly IndexExpr[]): readonly Quotient[] {
  return index.flatMap(({ constant, terms: [term, ...others] }) => (constant === 0 && others.length === 0 && term?.coefficient === 1 && term.atom.kind === "floordiv" ? [term.atom] : []));
}

/** How the nest that reads a tensor reads it; undefined where there are several. */
function readerOf(tensor: string, { body }: Program): Load | undefined {
  const reads = body.map((node) => storesIn([node]).flatMap(({ value }) => loadsOf(value)).filter(({ buffer }) => buffer === tensor)).filter((loads) => loads.length > 0);
  return reads.length === 1 ? reads[0]?.[0] : undefined;
}

/** The loops of an element (n, channel, row, column); undefined where an axis has none of its own. */
function loopsOf({ index }: Pick<Store, "index">): ImageLoops | undefined {
  const [, channels, rows, columns, ...others] = index.map(({ text }) => (siteOf(text) === undefined || /[^a-z0-9_]/.test(text) ? undefined : text));
  const site = siteOf(rows ?? "");
  if (channels === undefined || rows === undefined || columns === undefined || site === undefined || others.length > 0) return undefined;
  return { nest: `${site}_*`, channels, rows, columns };
}

/** The temporaries of 16 bits that a tensor is made of, row by row; the last of them reads several rows for each. */
function operandsOf(tensor: string, program: Program): readonly string[] {
  const buffers = buffersByName(program);
  const stores = program.body.flatMap((node) => storesIn([node])).filter(({ buffer }) => buffer === tensor || isPrivate(buffer, tensor));
  const read = stores.flatMap(({ value }) => loadsOf(value)).find(({ buffer, index }) => isShort(buffers.get(buffer)) && siteOf(index[1]?.text ?? "") !== undefined && /^[a-z0-9_]+$/.test(index[1]?.text ?? ""));
  return read === undefined ? [] : [read.buffer, ...operandsOf(read.buffer, program)];
}

function isShort(buffer: Buffer | undefined): boolean {
  return buffer?.kind === "temp" && buffer.type === "i16";
}

/** The accumulator of a tensor. */
function isPrivate(buffer: string, tensor: string): boolean {
  return buffer === tensor.replace(/_y$/, "_a");
}
