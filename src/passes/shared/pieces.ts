/**
 * Index-set splitting: a nest becomes one nest per region of its outer loops. Each piece
 * has its own copies of the buffers that only the nest uses, and none of the tests that
 * its region decides. Which regions there are is the business of the passes that split.
 */
import type { Buffer, Loop, Node, Program } from "../../../ir/loop/program.js";
import { present } from "../../../ir/prelude.js";
import type { PassResult, Staged } from "../../pass.js";
import { type Names, type Nest, independentIterations, mapNests, namesOf, nestOf, storesIn } from "./nests.js";
import { type BufferCopy, type Part, copied } from "./parts.js";
import { type PrivateBuffer, privateBuffers } from "./private-buffers.js";
import type { Region } from "./regions.js";
import { type Destination, type Provenance, remap } from "./remap.js";

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
  readonly to: Map<string, Destination[]>;
  /** Buffers of the nests that were split, with the copies that took their place. */
  readonly buffers: Map<string, Buffer[]>;
}

/** Splits every nest whose iterations are independent into the cells it is given, where those are more than one. */
export function splitNests(before: Staged, maker: Maker, cellsOf: (nest: Nest) => readonly Cell[]): PassResult | undefined {
  const { program } = before;
  const split: Split = { program, maker, names: namesOf(program), from: new Map(), to: new Map(), buffers: new Map() };
  const body = mapNests(program.body, (node, outer) => {
    const nest = nestOf(node);
    const cells = cellsOf(nest);
    const worthwhile = cells.length > 1 && independentIterations(before, nest, outer);
    return worthwhile ? pieces(nest, cells, privateBuffers(program, nest), split) : [node];
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

interface Piece {
  readonly nest: Nest;
  readonly cell: Cell;
  readonly split: Split;
  readonly owned: readonly PrivateBuffer[];
  readonly rename: (old: string) => string;
}

function piece({ nest, cell, split, owned, rename }: Piece): readonly Node[] {
  const buffers = new Map(owned.map((it) => [it.buffer.name, bufferCopy(it, { cell, split, rename })]));
  const partsOf = (loop: Loop): readonly Part[] | undefined =>
    nest.loops.some(({ variable }) => variable === loop.variable) ? [{ ...(cell.get(loop.variable) ?? { low: 0, size: loop.extent }), suffix: "" }] : undefined;
  return copied(wrapped(nest), { pass: split.maker.pass, tables: split, rename, partsOf, buffers });
}

/** The nest as one node, the guards between its outer loops inside. */
function wrapped({ loops, body }: Nest): Node {
  const [whole] = loops.reduceRight<readonly Node[]>((inner, loop) => [{ ...loop, body: inner }], body);
  return present(whole, "outermost loop");
}

/** The accumulator of one piece: as large as its region where it is indexed by the loops that are cut. */
function bufferCopy({ buffer, dimensions }: PrivateBuffer, { cell, split, rename }: Pick<Piece, "cell" | "split" | "rename">): BufferCopy {
  const regions = buffer.shape.map((extent, d) => cell.get(dimensions[d] ?? "") ?? { low: 0, size: extent });
  const copy = { ...buffer, name: rename(buffer.name), shape: regions.map(({ size }) => size) };
  present(split.buffers.get(buffer.name), `copies of ${buffer.name}`).push(copy);
  return { name: copy.name, low: regions.map(({ low }) => low) };
}
