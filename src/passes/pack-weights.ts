/**
 * pack-weights: weights stored in the order in which the steps of a nest read them. A
 * load w[8·o1t + o1i, k0, k1, k2] in the loops o1t, k0, k1, k2, o1i becomes a load
 * p[o1t, k0, k1, k2, o1i] of a buffer whose map says that p[d0, …, d4] is element
 * [8·d0 + d4, d1, d2, d3] of the tensor. Loads of one tensor in one pattern share a
 * buffer: a border that reads some of the taps reads them from the interior's.
 */
import { type IndexExpr, isLiteral, literal, plus, substitute, times, variable } from "../../ir/loop/index-expr.js";
import type { Buffer, Load, Loop, Program } from "../../ir/loop/program.js";
import { loadsOf, mapExpr, mapStores, storesOf } from "../../ir/loop/visit.js";
import { present } from "../../ir/prelude.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type Names, digitsOf, foldDepth, namesOf, nestOf, storesIn } from "./shared/nests.js";
import { onlyOptions } from "./shared/options.js";
import { remap } from "./shared/remap.js";

const name = "pack-weights";

/** One dimension of a packed buffer: a loop's share in one dimension of the weight. */
interface Packed {
  readonly dimension: number;
  readonly factor: number;
  readonly extent: number;
  /** What the load has there. */
  readonly index: IndexExpr;
  /** Place of the loop in the nest, outermost 0. */
  readonly depth: number;
}

interface Pattern {
  readonly packed: readonly Packed[];
  /** Per dimension of the weight, what no loop adds. */
  readonly constants: readonly number[];
}

function run(before: Staged, options: PassOptions): PassResult | undefined {
  onlyOptions(name, options, []);
  const { program } = before;
  const weights = new Map(program.buffers.filter(({ kind }) => kind === "weight").map((buffer) => [buffer.name, buffer]));
  const inFold = new Set(program.body.filter((node) => foldDepth(nestOf(node)) > 0).flatMap((node) => storesIn([node])).map((store) => store.name));
  const loopsAround = new Map(storesOf(program).map(({ store, loops }) => [store.name, loops]));
  const shelf: Shelf = { names: namesOf(program), packed: new Map() };
  const changed = mapStores(program, (store) => {
    if (!inFold.has(store.name)) return store;
    const loops = present(loopsAround.get(store.name), store.name);
    return { ...store, value: mapExpr(store.value, (e) => (e.kind === "load" ? packedLoad(e, weights.get(e.buffer), loops, shelf) : e)) };
  });
  if (shelf.packed.size === 0) return undefined;
  return remap(before, { after: { ...changed, buffers: buffersFor(changed, shelf) }, from: new Map(), to: new Map() });
}

/** Packed buffers so far, by the weight and pattern they serve. */
interface Shelf {
  readonly names: Names;
  readonly packed: Map<string, { readonly of: string; readonly buffer: Buffer }>;
}

function packedLoad(load: Load, weight: Buffer | undefined, loops: readonly Loop[], shelf: Shelf): Load {
  if (weight?.map === undefined) return load;
  const pattern = patternOf(load, weight, loops);
  if (pattern === undefined || isInOrder(pattern, weight)) return load;
  const key = [weight.name, ...pattern.constants, ...pattern.packed.map((p) => `${p.dimension}*${p.factor}<${p.extent}`)].join(" ");
  const known = shelf.packed.get(key)?.buffer ?? packedBuffer(shelf.names.fresh(weight.name, "p"), weight, pattern);
  shelf.packed.set(key, { of: weight.name, buffer: known });
  return { kind: "load", buffer: known.name, index: pattern.packed.map(({ index }) => index) };
}

/** How the loops run through the weight; undefined where they do not do so as digits of its indices. */
function patternOf(load: Load, weight: Buffer, loops: readonly Loop[]): Pattern | undefined {
  const perDimension = load.index.map((e, dimension) => dimensionOf(e, dimension, weight, loops));
  const packed: Packed[] = [];
  for (const found of perDimension) {
    if (found === undefined) return undefined;
    packed.push(...found);
  }
  packed.sort((a, b) => a.depth - b.depth || a.dimension - b.dimension);
  return { packed, constants: load.index.map((e) => (isLiteral(e) ? e.constant : 0)) };
}

function dimensionOf(e: IndexExpr, dimension: number, weight: Buffer, loops: readonly Loop[]): readonly Packed[] | undefined {
  const size = present(weight.shape[dimension], `dimension ${dimension} of ${weight.name}`);
  const digits = digitsOf(e, loops);
  if (digits === undefined) return undefined;
  const [only, ...more] = digits;
  if (only !== undefined && more.length === 0) {
    const { loop, factor } = only;
    const inside = factor === 1 && e.constant >= 0 && e.constant + loop.extent <= size;
    return inside ? [{ dimension, factor, extent: size, index: e, depth: loops.indexOf(loop) }] : undefined;
  }
  if (digits.length > 1 && e.constant !== 0) return undefined;
  let span = 1;
  const packed: Packed[] = [];
  for (const { factor, loop } of digits) {
    if (factor !== span) return undefined;
    packed.push({ dimension, factor, extent: loop.extent, index: variable(loop.variable), depth: loops.indexOf(loop) });
    span *= loop.extent;
  }
  return packed;
}

/** Whether the weight already lies in that order: row-major, every element. */
function isInOrder({ packed, constants }: Pattern, { shape }: Buffer): boolean {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((product, extent) => product * extent, 1));
  const total = shape.reduce((product, extent) => product * extent, 1);
  const varying = packed.filter(({ extent }) => extent > 1);
  if (constants.some((c) => c !== 0) || varying.reduce((product, { extent }) => product * extent, 1) !== total) return false;
  return varying.every(({ dimension, factor }, k) => {
    const own = varying.slice(k + 1).reduce((product, { extent }) => product * extent, 1);
    return factor * (strides[dimension] ?? 0) === own;
  });
}

function packedBuffer(packedName: string, weight: Buffer, { packed, constants }: Pattern): Buffer {
  const map = present(weight.map, `map of ${weight.name}`);
  const element = constants.map((c, dimension) =>
    packed.reduce((sum, p, d) => (p.dimension === dimension ? plus(sum, times(variable(`d${d}`), p.factor)) : sum), literal(c)),
  );
  const by = (d: string): IndexExpr | undefined => element[Number(d.slice(1))];
  const index = map.index.map((e) => substitute(e, by));
  return { ...weight, name: packedName, shape: packed.map(({ extent }) => extent), map: { ...map, index } };
}

/** The packed buffers stand beside the weight, or in its place where nothing reads it any more. */
function buffersFor(program: Program, { packed }: Shelf): readonly Buffer[] {
  const read = new Set(storesOf(program).flatMap(({ store }) => loadsOf(store.value)).map((load) => load.buffer));
  const all = [...packed.values()];
  return program.buffers.flatMap((buffer) => {
    const own = all.filter(({ of }) => of === buffer.name).map((entry) => entry.buffer);
    return own.length > 0 && !read.has(buffer.name) ? own : [buffer, ...own];
  });
}

export const packWeights: Pass = { name, summary: "store weights in the order they are read", run };
