/**
 * What an emitted function can name, as its reader sees it: what the file has declared, the buffers
 * that are bound, the loops around. A name means a buffer only after its binding was compared with the
 * program's list of buffers.
 */
import { variable } from "../../ir/loop/index-expr.js";
import type { Buffer, Expr, Load, Loop } from "../../ir/loop/program.js";
import type { AnnotatedBound, AnnotatedGuard } from "../backend.js";
import type { Cursor } from "./cursor.js";
import type { DotSteps } from "./dot.js";
import type { QuadSumKind } from "./quad-sums.js";
import type { TileLoads, TileShape } from "./tile.js";
import type { Move } from "./tile-walk.js";
import { readSubscript } from "./read-index.js";

/** A walk of a tile that is being read (tile-walk.ts): where it starts, the tile, once it was read, and how far its loops move. */
export interface ReadWalk {
  readonly start: TileLoads;
  tile: (TileLoads & { readonly shape: TileShape; readonly loop: Loop }) | undefined;
  readonly moves: Map<string, Move>;
}

/** What the whole file has declared when a function starts. */
export interface FileScope {
  readonly model: string;
  readonly file: string;
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** Weight buffers in program order: the k-th is `<model>_w<k>`. */
  readonly weights: readonly string[];
  readonly definedOperators: Set<string>;
  /** Names that mean something already; declaring one again would shadow it. */
  readonly declared: Set<string>;
  /** Steps of the records that are defined (dot.ts). */
  readonly dots: Set<DotSteps>;
  /** Sums and differences of four that are defined (quad-sums.ts). */
  readonly quadSums: Set<QuadSumKind>;
  /** Weights and temporaries in which something starts a quad. */
  readonly quads: Set<string>;
  /** Shapes of the tiles that are defined (tile.ts), and the walk of one. */
  tiles: readonly TileShape[];
  walk: ReadWalk | undefined;
  /** Whether the record `dot2_lanes` is defined (dot-lanes.ts). */
  dotLanes: boolean;
  /** Whether the record `pair_f32` is (pair.ts). */
  pairs: boolean;
  /** Weights of i8 by whether their array has 16 bits an element. */
  readonly widened: Map<string, boolean>;
  /** Weights that a function reads of its own accord, with those that a later call of it means. */
  readonly same: (readonly [own: string, meant: string])[];
  /** Numbers that records say to be near (rounded.ts). */
  readonly near: Expr[];
  /** Locals whose array is declared so far. */
  readonly locals: Set<string>;
  readonly bounds: AnnotatedBound[];
  readonly guards: AnnotatedGuard[];
}

/** An accessible buffer; `constant` where the text promises not to write it. */
export interface Binding {
  readonly buffer: Buffer;
  readonly constant: boolean;
  /** The shared loop inside which the array stands: the first index of every access to the buffer. */
  readonly owner?: string;
}

/** What one function has in scope. */
export interface FunctionScope {
  readonly file: FileScope;
  readonly bound: Map<string, Binding>;
  /** Arena parameters, by name. */
  readonly arenas: ReadonlyMap<string, { readonly constant: boolean }>;
  readonly loops: Map<string, number>;
  /** Those of them that run over the elements of a pair (pair.ts). */
  readonly pairLoops: Set<string>;
  /** Whether the function is told its worker. */
  readonly shared: boolean;
}

/** Declares a name of the text; the same name twice is refused. */
export function declare(name: string, scope: FileScope, cursor: Cursor): void {
  if (scope.declared.has(name)) cursor.fail(`\`${name}\` is declared already`);
  scope.declared.add(name);
}

/** The type of a buffer's array, which the text says to be `said`: a weight of i8 may stand in the file as i16, everywhere or nowhere. */
export function storedType({ name, kind, type }: Buffer, said: Buffer["type"], { widened }: Pick<FileScope, "widened">, cursor: Cursor): Buffer["type"] {
  if (kind !== "weight" || type !== "i8") return type;
  const wide = said === "i16";
  if ((widened.get(name) ?? wide) !== wide) cursor.fail(`${name} has two types`);
  widened.set(name, wide);
  return wide ? "i16" : type;
}

/** Makes a buffer accessible in a function, once. */
export function bind(cursor: Cursor, { bound }: FunctionScope, binding: Binding): void {
  const { name } = binding.buffer;
  if (bound.has(name)) cursor.fail(`${name} is bound twice`);
  bound.set(name, binding);
}

/** An element of a buffer that is bound here. */
export function readElement(cursor: Cursor, scope: FunctionScope): { readonly binding: Binding; readonly load: Load } {
  const name = cursor.expectKind("word", "the name of a buffer");
  const binding = scope.bound.get(name) ?? cursor.fail(`\`${name}\` is no buffer this function can read`);
  return { binding, load: { kind: "load", buffer: name, index: readIndexOf(cursor, binding, scope) } };
}

/** `[subscript]` behind the name of a buffer; a private array lacks the dimension of its loop. */
export function readIndexOf(cursor: Cursor, { buffer, owner }: Binding, scope: FunctionScope): Load["index"] {
  cursor.expect("[");
  const shape = owner === undefined ? buffer.shape : buffer.shape.slice(1);
  const index = readSubscript(cursor, shape, (name) => scope.loops.get(name));
  cursor.expect("]");
  return owner === undefined ? index : [variable(owner), ...index];
}
