/**
 * Padded lanes: a tile that reaches past the end of its loop computes there too, on
 * elements that exist for nothing else. Accumulators, weights and the temporaries in which
 * results are stored get the room; a weight is +0 outside its tensor, and what a lane past
 * the end stores is read by nobody. Outputs have no room: there such a lane keeps its test.
 */
import { mentions } from "../../../ir/loop/affine.js";
import { type IndexExpr, zero } from "../../../ir/loop/index-expr.js";
import type { Buffer, Loop, Node, Program, Store } from "../../../ir/loop/program.js";
import { type Access, accessesOf, nestOf, storesIn } from "./nests.js";
import { privateBuffers } from "./private-buffers.js";

export interface Padding {
  /** Stores whose padded lanes may run; the others keep their test. */
  readonly free: ReadonlySet<string>;
  /** Buffers and, per dimension, whether the padded loop runs through it. */
  readonly grown: ReadonlyMap<string, readonly boolean[]>;
}

/** How a loop of the nest `node` can be padded; undefined where a lane past the end would read or write what others use. */
export function paddingOf(program: Program, node: Node, loop: Loop): Padding | undefined {
  const own = new Set(privateBuffers(program, nestOf(node)).map(({ buffer }) => buffer.name));
  const weights = program.buffers.filter(({ kind }) => kind === "weight").map(({ name }) => name);
  const roomy = new Set([...own, ...weights]);
  const stores = storesIn(loop.body);
  const free = stores.filter((store) => {
    const [target, ...loads] = accessesOf(store);
    return target !== undefined && isRoomy(target, loop, own, program) && loads.every((load) => fits(load, loop.variable, roomy));
  });
  const given = new Set(free.map((store) => store.buffer));
  if (free.length === 0 || storesIn([node]).some((store) => given.has(store.buffer) && !free.includes(store))) return undefined;
  return { free: new Set(free.map((store) => store.name)), grown: grownBy(free, loop.variable, program.buffers) };
}

/** A private buffer, or a temporary along one dimension of which the loop runs from end to end: past the end nothing is of others. */
function isRoomy(target: Access, { variable: lane, extent }: Loop, own: ReadonlySet<string>, { buffers }: Program): boolean {
  const { buffer, index } = target;
  if (own.has(buffer)) return fits(target, lane, own);
  const found = buffers.find(({ name, kind }) => name === buffer && kind === "temp");
  const moving = [...index.keys()].filter((d) => mentions(index[d] ?? zero, lane));
  return found !== undefined && moving.length > 0 && moving.every((d) => isLane(index[d] ?? zero, lane) && found.shape[d] === extent);
}

/** The access does not move with the loop, or the loop alone is one of its indices. */
function fits({ buffer, index }: Access, lane: string, roomy: ReadonlySet<string>): boolean {
  const moving = index.filter((e) => mentions(e, lane));
  return moving.length === 0 || (roomy.has(buffer) && moving.every((e) => isLane(e, lane)));
}

function isLane(e: IndexExpr, lane: string): boolean {
  return e.text === lane;
}

function grownBy(stores: readonly Store[], lane: string, buffers: readonly Buffer[]): ReadonlyMap<string, readonly boolean[]> {
  const accesses = stores.flatMap(accessesOf);
  return new Map(buffers.flatMap(({ name, shape }) => {
    const own = accesses.filter(({ buffer }) => buffer === name);
    const dimensions = shape.map((_, d) => own.some(({ index }) => index[d] !== undefined && isLane(index[d], lane)));
    return dimensions.includes(true) ? [[name, dimensions] as const] : [];
  }));
}

/** The buffers with room for `extent` lanes where they grow. */
export function withRoom(buffers: readonly Buffer[], { grown }: Padding, extent: number): readonly Buffer[] {
  return buffers.map((buffer) => {
    const dimensions = grown.get(buffer.name);
    return dimensions === undefined ? buffer : { ...buffer, shape: buffer.shape.map((size, d) => (dimensions[d] === true ? Math.max(size, extent) : size)) };
  });
}

/** `guarded` around every store that is not free; the nodes in between stay. */
export function testedStores(body: readonly Node[], { free }: Padding, guarded: (body: readonly Node[]) => Node): readonly Node[] {
  if (storesIn(body).every((store) => !free.has(store.name))) return [guarded(body)];
  return body.flatMap((node): readonly Node[] => {
    if (node.kind === "store") return [free.has(node.name) ? node : guarded([node])];
    return [{ ...node, body: testedStores(node.body, { free, grown: new Map() }, guarded) }];
  });
}
