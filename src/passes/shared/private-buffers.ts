/**
 * Buffers that only one nest uses: a copy of the nest can have a copy of them, which
 * keeps the copies apart and their proofs short.
 */
import { sameIndex, variable } from "../../../ir/loop/index-expr.js";
import type { Buffer, Program } from "../../../ir/loop/program.js";
import { type Access, type Nest, accessesOf, storesIn } from "./nests.js";

export interface PrivateBuffer {
  readonly buffer: Buffer;
  /** Per dimension the outer loop that alone indexes it at every access, if there is one. */
  readonly dimensions: readonly (string | undefined)[];
}

/** The temps and locals that only `nest` of `program` reads and writes. */
export function privateBuffers(program: Program, nest: Nest): readonly PrivateBuffer[] {
  const names = new Set(storesIn(nest.body).map(({ name }) => name));
  const others = storesIn(program.body).filter(({ name }) => !names.has(name));
  const elsewhere = new Set(others.flatMap(accessesOf).map((access) => access.buffer));
  const own = storesIn(nest.body).flatMap(accessesOf);
  return program.buffers
    .filter(({ kind, name }) => (kind === "temp" || kind === "local") && !elsewhere.has(name) && own.some((access) => access.buffer === name))
    .map((buffer) => ({ buffer, dimensions: dimensionsOf(buffer, own, nest) }));
}

function dimensionsOf(buffer: Buffer, accesses: readonly Access[], { loops }: Nest): readonly (string | undefined)[] {
  const own = accesses.filter((access) => access.buffer === buffer.name);
  return buffer.shape.map((extent, d) => {
    const loop = loops.find((candidate) => candidate.extent === extent && own.every(({ index }) => {
      const at = index[d];
      return at !== undefined && sameIndex(at, variable(candidate.variable));
    }));
    return loop?.variable;
  });
}
