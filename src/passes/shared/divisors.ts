/** Sizes of tiles that leave no tail. */

/** The largest number up to `limit` that divides `extent`. */
export function largestDivisor(extent: number, limit: number): number {
  let divisor = Math.min(extent, limit);
  while (extent % divisor !== 0) divisor--;
  return divisor;
}
