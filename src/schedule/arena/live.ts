/**
 * What is alive at each nest of a program, in bytes: the figure that a choice of tiles by
 * rows has to bring down. Counted after accumulators are contracted and sums written over
 * their operands, because both happen to every schedule.
 */
import type { Program } from "../../../ir/loop/program.js";
import { bytesOf } from "../../../ir/scalar/types.js";
import type { Pass, PassOptions, Staged } from "../../pass.js";
import { contractBuffers } from "../../passes/contract-buffers.js";
import { reuseBuffers } from "../../passes/reuse-buffers.js";
import { itemsOf } from "../../passes/shared/lifetimes.js";

/** Elements that a tile may keep on the stack; what is larger counts, and is placed, in the arena. */
export const largestLocal = 256;

/** Bytes alive per top-level position. */
export function liveBytes(program: Program): readonly number[] {
  const bytes = program.body.map(() => 0);
  for (const { buffer, size, first, last } of itemsOf(program)) {
    for (let at = first; at <= last; at++) bytes[at] = (bytes[at] ?? 0) + size * bytesOf[buffer.type];
  }
  return bytes;
}

/** The same once the passes that follow have shrunk and shared what they can; nests stay where they are. */
export function settledBytes(staged: Staged): readonly number[] {
  const contracted = after(staged, contractBuffers, { maxLocal: largestLocal });
  return liveBytes(after(contracted, reuseBuffers, {}).program);
}

function after(staged: Staged, pass: Pass, options: PassOptions): Staged {
  const result = pass.run(staged, options);
  return result === undefined ? staged : { program: result.after, dataflow: result.witness };
}

export function peakOf(bytes: readonly number[]): number {
  return bytes.reduce((most, it) => Math.max(most, it), 0);
}

/** Whether `a` is smaller than `b` at the largest nest where they differ, largest first. */
export function isLower(a: readonly number[], b: readonly number[]): boolean {
  const [left, right] = [a.toSorted((x, y) => y - x), b.toSorted((x, y) => y - x)];
  const at = right.findIndex((bytes, k) => bytes !== (left[k] ?? 0));
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0);
}
