/** Sizes of tiles that leave no tail. */

/** The largest number up to `limit` that divides `extent`. */
export function largestDivisor(extent: number, limit: number): number {
  let divisor = Math.min(extent, limit);
  while (extent % divisor !== 0) divisor--;
  return divisor;
}

/** All of them up to `limit`, the smallest first. */
export function divisorsOf(extent: number, limit: number): readonly number[] {
  return Array.from({ length: Math.min(extent, limit) }, (_, k) => k + 1).filter((size) => extent % size === 0);
}
