/**
 * Weights of i8 that stand in the text as arrays of 16 bits, with the same values, for every reader: those that a
 * record of pairs reads (dot.ts), and those that vector loops convert to i16. Compilers give all types in a
 * vector loop vectors of as many bytes; one byte for a lane would leave sums of 32 bits a quarter of their registers.
 * In the text such a load is of 16 bits already, and the reader puts the conversion back.
 */
import type { Buffer, Expr, Load, Node, Program } from "../../ir/loop/program.js";
import { buffersByName, eachExpr, operandsOf } from "../../ir/loop/visit.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { dotOf } from "./dot.js";

/** The conversion that the text of a widened weight does not show. */
const widening = "cast.i8.i16";

/** The load of a weight of i8 that a value converts to i16, if it is that. */
export function widenedLoad(e: Expr): Load | undefined {
  const [load] = operandsOf(e, widening);
  return load?.kind === "load" ? load : undefined;
}

/** What a load of such a weight in the text means. */
export function widenedValue(load: Load): Expr {
  return { kind: "op", op: widening, args: [load] };
}

/** Their names. */
export function widenedWeights(program: Program): ReadonlySet<string> {
  const buffers = buffersByName(program);
  const uses: Uses = { pairs: new Set(), lanes: new Set(), bytes: new Set() };
  for (const node of program.body) visit(node, { buffers, uses, vector: false });
  return new Set([...uses.pairs, ...[...uses.lanes].filter((name) => !uses.bytes.has(name))]);
}

/** Weights of i8 by how they are read. */
interface Uses {
  readonly pairs: Set<string>;
  /** In a vector loop, as i16. */
  readonly lanes: Set<string>;
  /** Anywhere, as something else. */
  readonly bytes: Set<string>;
}

interface Visit {
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly uses: Uses;
  readonly vector: boolean;
}

function visit(node: Node, { buffers, uses, vector }: Visit): void {
  const isBytes = (name: string): boolean => buffers.get(name)?.type === "i8" && buffers.get(name)?.kind === "weight";
  const dot = node.kind === "loop" ? dotOf(node, buffers) : undefined;
  if (dot !== undefined) for (const { buffer } of [dot.x, dot.y].filter((load) => isBytes(load.buffer))) uses.pairs.add(buffer);
  if (dot !== undefined) return;
  if (node.kind !== "store") return node.body.forEach((child) => visit(child, { buffers, uses, vector: vector || (node.kind === "loop" && node.mode === "vector") }));
  const wide = new Set<Expr>();
  eachExpr(node.value, (e) => {
    const load = widenedLoad(e);
    if (load !== undefined) wide.add(load);
    if (load !== undefined && vector && isBytes(load.buffer)) uses.lanes.add(load.buffer);
  });
  eachExpr(node.value, (e) => {
    if (e.kind === "load" && !wide.has(e) && isBytes(e.buffer)) uses.bytes.add(e.buffer);
  });
}

/** The same values as 16 bits. */
export function widened({ shape, data }: Tensor): Tensor {
  return { type: "i16", shape, data: Int16Array.from(data, Number) };
}

/** The same values as i8; undefined where one does not fit. */
export function narrowed({ shape, data }: Tensor): Tensor | undefined {
  const bytes = Int8Array.from(data, Number);
  return bytes.every((value, k) => value === data[k]) ? { type: "i8", shape, data: bytes } : undefined;
}
