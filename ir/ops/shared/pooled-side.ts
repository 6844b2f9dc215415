/** What operators that pool regions of interest (RoiAlign, MaxRoiPool) say of an axis. */

/** One spatial axis: its name in stages, its extent in X, its bins, the columns of `rois` that hold its ends. */
export interface PooledSide {
  readonly name: string;
  readonly extent: number;
  readonly bins: number;
  readonly ends: readonly [first: number, last: number];
}
