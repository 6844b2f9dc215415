/**
 * Index-set splitting: a nest becomes one nest per region of its outer loops. Each piece
 * has its own copies of the buffers that only the nest uses, and none of the tests that
 * its region decides. Which regions there are is the business of the passes that split.
 */
import { type Condition, type IndexExpr, atLeast, below, literal, shift, substitute, substituteCondition, variable } from "../../../ir/loop/index-expr.js";
import type { Buffer, Guard, Loop, Node, Program, Store } from "../../../ir/loop/program.js";
import { mapExpr, substituteExpr } from "../../../ir/loop/visit.js";
import { present } from "../../../ir/prelude.js";
import type { PassResult, Staged } from "../../pass.js";
import { type Names, type Nest, foldDepth, independentIterations, loopsIn, namesOf, nestOf, storesIn } from "./nests.js";
import { type PrivateBuffer, privateBuffers } from "./private-buffers.js";
import { type Region, allowedRange } from "./regions.js";
import { type Destination, type Provenance, remap } from "./remap.js";
import { extentsOf, simplifyConditions } from "./simplify.js";
import { tidied } from "./tidied.js";

/** One region per outer loop: a nest to be. */
export type Cell = ReadonlyMap<string, Region>;

/** How copies are told apart: the pass that made them, and the letter their names add. */
export interface Maker {
  readonly pass: string;
  readonly letter: string;
}

interface Split {
  readonly program: Program;
  readonly maker: Maker;
  readonly names: Names;
  readonly from: Map<string, Provenance>;
  readonly to: Map<string, readonly Destination[]>;
  /** Buffers of the nests that were split, with the copies that took their place. */
  readonly buffers: Map<string, Buffer[]>;
}

/** Splits every fold whose iterations are independent into the cells it is given, where those are more than one. */
export function splitNests(before: Staged, maker: Maker, cellsOf: (nest: Nest) => readonly Cell[]): PassResult | undefined {
  const { program } = before;
  const split: Split = { program, maker, names: namesOf(program), from: new Map(), to: new Map(), buffers: new Map() };
  const body = program.body.flatMap((node, k) => {
    const nest = nestOf(node);
    const cells = foldDepth(nest) === 0 ? [] : cellsOf(nest);
    const worthwhile = cells.length > 1 && independentIterations(before, nest);
    return worthwhile ? pieces(nest, cells, privateBuffers(program, k, nest), split) : [node];
  });
  if (split.to.size === 0) return undefined;
  const buffers = program.buffers.flatMap((buffer) => split.buffers.get(buffer.name) ?? [buffer]);
  const renamed = new Map([...split.buffers].map(([buffer, copies]) => [buffer, copies.map((copy) => copy.name)]));
  return remap(before, { after: { ...program, buffers, body }, from: split.from, to: split.to, buffers: renamed });
}

function pieces(nest: Nest, cells: readonly Cell[], owned: readonly PrivateBuffer[], split: Split): readonly Node[] {
  const largest = cells.reduce((best, cell) => (volume(cell) > volume(best) ? cell : best));
  for (const { name: statement } of storesIn(nest.body)) split.to.set(statement, []);
  for (const { buffer } of owned) split.buffers.set(buffer.name, []);
  let copies = 0;
  return cells.flatMap((cell) => {
    const suffix = cell === largest ? "" : `${split.maker.letter}${++copies}`;
    return piece({ nest, cell, split, owned, rename: (old) => (suffix === "" ? old : split.names.fresh(old, suffix)) });
  });
}

function volume(cell: Cell): number {
  return [...cell.values()].reduce((product, { size }) => product * size, 1);
}

interface Copying {
  readonly nest: Nest;
  readonly cell: Cell;
  readonly split: Split;
  readonly owned: readonly PrivateBuffer[];
  readonly rename: (old: string) => string;
}

/** What is known while one piece is rebuilt, from the outside in. */
interface Copy {
  readonly copying: Copying;
  readonly buffers: ReadonlyMap<string, BufferCopy>;
  /** The loops so far, as the piece has them. */
  readonly loops: readonly Loop[];
  readonly known: readonly Condition[];
  /** Old variables over the new ones. */
  readonly by: ReadonlyMap<string, IndexExpr>;
  /** New variables over the old ones. */
  readonly back: ReadonlyMap<string, IndexExpr>;
}

interface BufferCopy {
  readonly name: string;
  /** Subtracted from the index, per dimension. */
  readonly low: readonly number[];
}

function piece(copying: Copying): readonly Node[] {
  const { nest } = copying;
  const buffers = new Map(copying.owned.map((it) => [it.buffer.name, bufferCopy(it, copying)]));
  const within = (loops: readonly Loop[], copy: Copy): readonly Node[] => {
    const [loop, ...inner] = loops;
    if (loop === undefined) return nest.body.flatMap((item) => rebuilt(item, copy));
    const region = copying.cell.get(loop.variable) ?? { low: 0, size: loop.extent };
    return rebased(loop, region, copy, (next) => within(inner, next));
  };
  return within(nest.loops, { copying, buffers, loops: [], known: [], by: new Map(), back: new Map() });
}

/** The accumulator of one piece: as large as its region where it is indexed by the loops that are cut. */
function bufferCopy({ buffer, dimensions }: PrivateBuffer, { cell, split, rename }: Copying): BufferCopy {
  const regions = buffer.shape.map((extent, d) => cell.get(dimensions[d] ?? "") ?? { low: 0, size: extent });
  const copy = { ...buffer, name: rename(buffer.name), shape: regions.map(({ size }) => size) };
  present(split.buffers.get(buffer.name), `copies of ${buffer.name}`).push(copy);
  return { name: copy.name, low: regions.map(({ low }) => low) };
}

/** `loop` over a region only, counted from 0 again; nothing if nothing is left inside. */
function rebased(loop: Loop, { low, size }: Region, copy: Copy, inside: (copy: Copy) => readonly Node[]): readonly Node[] {
  const renamed = copy.copying.rename(loop.variable);
  const moved: Loop = { ...loop, variable: renamed, extent: size, origin: { ...loop.origin, pass: copy.copying.split.maker.pass } };
  const by = new Map([...copy.by, [loop.variable, shift(variable(renamed), low)]]);
  const back = new Map([...copy.back, [renamed, shift(variable(loop.variable), -low)]]);
  const body = inside({ ...copy, loops: [...copy.loops, moved], by, back });
  return body.length === 0 ? [] : [{ ...moved, body }];
}

function rebuilt(node: Node, copy: Copy): readonly Node[] {
  switch (node.kind) {
    case "loop": {
      const extentOf = extentsOf([...copy.loops, node, ...loopsIn(node.body)]);
      const tests = soleTests(node).map((c) => substituteCondition(c, (v) => copy.by.get(v)));
      const range = allowedRange(node, tests, extentOf) ?? { low: 0, size: node.extent };
      return range.size === 0 ? [] : rebased(node, range, copy, (next) => node.body.flatMap((child) => rebuilt(child, next)));
    }
    case "guard":
      return rebuiltGuard(node, copy);
    case "store":
      return [rebuiltStore(node, copy)];
  }
}

/** The conditions that everything in the loop is under. */
function soleTests(loop: Loop): readonly Condition[] {
  const tests: Condition[] = [];
  let body = loop.body;
  for (let [only] = body; body.length === 1 && only !== undefined && only.kind !== "store"; [only] = body) {
    if (only.kind === "guard") tests.push(...only.conditions);
    body = only.body;
  }
  return tests;
}

function rebuiltGuard(guard: Guard, copy: Copy): readonly Node[] {
  const moved = guard.conditions.map((c) => substituteCondition(c, (v) => copy.by.get(v)));
  const conditions = simplifyConditions(moved, extentsOf(copy.loops), copy.known);
  if (conditions === "never") return [];
  const body = guard.body.flatMap((child) => rebuilt(child, { ...copy, known: [...copy.known, ...conditions] }));
  return conditions.length === 0 || body.length === 0 ? body : [{ ...guard, conditions, body }];
}

function rebuiltStore(store: Store, copy: Copy): Store {
  const { copying: { nest, cell, split, rename }, by, back } = copy;
  const old = store.name;
  const copied = rename(old);
  split.from.set(copied, { statement: old, by: (v) => by.get(v) });
  split.to.set(old, [...(split.to.get(old) ?? []), { when: within(cell, nest), statement: copied, by: (v) => back.get(v) }]);
  const value = mapExpr(substituteExpr(store.value, (v) => by.get(v)), (e) => (e.kind === "load" ? { ...e, ...placed(e.buffer, e.index, copy) } : e));
  const index = store.index.map((e) => substitute(e, (v) => by.get(v)));
  return { ...store, name: copied, ...placed(store.buffer, index, copy), value, origin: { ...store.origin, pass: copy.copying.split.maker.pass } };
}

/** The element in the buffer of this piece. */
function placed(buffer: string, index: readonly IndexExpr[], { buffers, loops, known }: Copy): { buffer: string; index: readonly IndexExpr[] } {
  const copy = buffers.get(buffer);
  const moved = copy === undefined ? index : index.map((e, d) => shift(e, -(copy.low[d] ?? 0)));
  return { buffer: copy?.name ?? buffer, index: moved.map((e) => tidied(e, extentsOf(loops), known)) };
}

/** The old variables lie in the region; bounds that always hold are left out. */
function within(cell: Cell, { loops }: Nest): readonly Condition[] {
  const extentOf = extentsOf(loops);
  return [...cell].flatMap(([loop, { low, size }]) => [
    ...(low === 0 ? [] : [atLeast(variable(loop), literal(low))]),
    ...(low + size === extentOf(loop) ? [] : [below(variable(loop), low + size)]),
  ]);
}
