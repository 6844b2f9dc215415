/**
 * Sizes of tensors, checked before anything is allocated or multiplied: extents are
 * literal and bounded so that every count and address is an exact integer.
 */
import { invalid, unsupported } from "../../ir/prelude.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { bytesOf } from "../../ir/scalar/types.js";

/** A tensor is smaller than 2 GiB, so that its byte offsets fit a 32-bit integer. */
export const tensorByteLimit = 2 ** 31 - 1;

/** Far above every real network; a bound on what a damaged file can make us do. */
const rankLimit = 32;

/** The shape that `dims` give; a zero extent is allowed here. Refuses with `negative-dim`, `rank`, `too-large`. */
export function checkedShape(dims: readonly bigint[], type: ElementType | undefined, where: string): readonly number[] {
  const printed = printDims(dims);
  if (dims.length > rankLimit) {
    unsupported("rank", `${where} has ${dims.length} dimensions, more than ${rankLimit}`, where, "reshape it in the model");
  }
  if (dims.some((dim) => dim < 0n)) {
    invalid("negative-dim", `${where} has shape [${printed}] with a negative extent`, where, "export the model with static shapes");
  }
  const bytes = dims.reduce((product, dim) => product * dim, BigInt(type === undefined ? 1 : bytesOf[type]));
  if (dims.some((dim) => dim > BigInt(tensorByteLimit)) || bytes > BigInt(tensorByteLimit)) {
    unsupported("too-large", `${where} has shape [${printed}], that is 2 GiB or more`, where, "split the tensor in the model");
  }
  return dims.map(Number);
}

/** Refuses an empty tensor with `zero-dim`: nothing can be computed from it. */
export function rejectEmpty(shape: readonly number[], where: string): void {
  if (!shape.includes(0)) return;
  unsupported(
    "zero-dim", `${where} has shape [${shape.join(",")}], so it has no element`, where,
    "remove it, or fix the dimension that is 0",
  );
}

export function printDims(dims: readonly bigint[]): string {
  return dims.slice(0, 40).join(",") + (dims.length > 40 ? ",…" : "");
}
