/** What is chosen for one nest: lanes and rows. */
import { lanesAtOnce } from "../../../backends/c/dot-lanes.js";

/** Iterations of one loop in a tile. */
export interface TileAxis {
  /** Pattern of the loop and its copies at borders. */
  readonly loop: string;
  readonly size: number;
}

export interface LaneAxis extends TileAxis {
  /** The last tile may run over the end, into room that accumulators and weights get for it. */
  readonly pad: boolean;
}

/** What is chosen for one nest. */
export interface TileChoice {
  readonly site: string;
  /** Whether the nest has a sum; one without is not tiled, its lanes are a whole loop. */
  readonly fold: boolean;
  /** Undefined where nothing lies as lanes need it. */
  readonly lanes: LaneAxis | undefined;
  /** Rows of the tile, the preferred loop first; at borders too short for it the next takes its place. */
  readonly rows: readonly TileAxis[];
  /** The loop of the sum whose steps come in pairs, where lanes take two at once. */
  readonly pairs?: string;
  /** The innermost loop of a window, where it stays a loop: nothing is kept from one tap to the next, so that sums have the registers. */
  readonly rolled?: string;
  /** Whether the first of the rows is cut where its size does not divide it. */
  readonly cut: boolean;
}

/** The tile with steps of this loop of the sum in pairs; undefined if there is none, or the lanes cannot take them. */
export function inPairs(tile: TileChoice, pairs: string | undefined): TileChoice | undefined {
  return pairs === undefined || tile.lanes === undefined || tile.lanes.size % lanesAtOnce !== 0 ? undefined : { ...tile, pairs };
}

/**
 * The tile with twice the lanes, whose operands are half as wide as their sums: compilers give all types in a vector loop vectors
 * of as many elements, so that sums of as many lanes as they fill would leave half of every register of operands empty.
 */
export function inHalves(tile: TileChoice): TileChoice {
  return tile.lanes === undefined || tile.lanes.pad ? tile : { ...tile, lanes: { ...tile.lanes, size: 2 * tile.lanes.size } };
}
