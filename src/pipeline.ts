/**
 * The list of passes, in their default order. The schedule file refers to them by
 * name and may change options, leave some out or repeat some; nothing else in the
 * program knows a pass by name.
 */
import type { Pass } from "./pass.js";
import { contractBuffers } from "./passes/contract-buffers.js";
import { doubleBuffer } from "./passes/double-buffer.js";
import { dropDeadStores } from "./passes/drop-dead-stores.js";
import { eliminateCommon } from "./passes/eliminate-common.js";
import { fissionLoops } from "./passes/fission-loops.js";
import { fuseLoops } from "./passes/fuse-loops.js";
import { inlineWeights } from "./passes/inline-weights.js";
import { moveChannels } from "./passes/move-channels.js";
import { packWeights } from "./passes/pack-weights.js";
import { paralleliseLoops } from "./passes/parallelise-loops.js";
import { placeApart } from "./passes/place-apart.js";
import { planMemory } from "./passes/plan-memory.js";
import { recomputeProducers } from "./passes/recompute-producers.js";
import { reorderLoops } from "./passes/reorder-loops.js";
import { reuseBuffers } from "./passes/reuse-buffers.js";
import { sinkTransposes } from "./passes/sink-transposes.js";
import { splitBorder } from "./passes/split-border.js";
import { splitLoops } from "./passes/split-loops.js";
import { splitRemainder } from "./passes/split-remainder.js";
import { tileLoops } from "./passes/tile-loops.js";
import { unrollLoops } from "./passes/unroll-loops.js";
import { vectoriseLoops } from "./passes/vectorise-loops.js";

export const pipeline: readonly Pass[] = [
  sinkTransposes, // first: a copy that is gone separates no producer from its consumer
  inlineWeights, // once copies are gone: what widens a weight is one store, and its readers compute
  eliminateCommon, // while equal nodes are equal nests
  fuseLoops, // on whole nests, while producer and consumer still have the same shape
  moveChannels, // on whole tensors, before a tile of one has a shape of its own; lanes are chosen by what lies side by side
  recomputeProducers, // before borders are apart: one nest makes a tensor, one reads it
  splitLoops, // the first and last tile have tests of their own; apart, the others have none
  splitBorder, // before tiling: tiles of the interior have no test for padding in them
  splitRemainder, // after the borders: what they leave of an axis is seldom a multiple of a tile
  dropDeadStores, // regions that nobody reads come from the split; gone before their loops are tiled and proved again
  tileLoops, // each region with its own tile sizes
  fissionLoops, // statements apart, so that each nest has the order that suits it
  reorderLoops, // tiles outside, lanes inside: needs the loops that tiling makes
  contractBuffers, // only now is it known which values live no longer than one iteration
  doubleBuffer, // the buffers of a tile have their final size
  packWeights, // follows the order in which the loops read, which is now final
  vectoriseLoops, // before unrolling: a lane loop is left to the vector unit, not taken apart
  unrollLoops, // last of the loop passes: it multiplies the statements every other would visit
  paralleliseLoops, // on what the tiles left outside; the plan must see its expanded buffers
  reuseBuffers, // once no pass asks any more whether an element is written twice
  planMemory, // last: lifetimes are those of the final order of stores
];

/** Gives every temporary a place of its own where a schedule ends without a memory plan: C needs one. */
export const fallbackPlacement: Pass = placeApart;
