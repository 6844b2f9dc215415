/** The catalogue of wrong passes, by theme. */
import { claimEntries } from "./entries/claims.js";
import { commonEntries } from "./entries/common.js";
import { copyEntries } from "./entries/copies.js";
import { doubleBufferEntries } from "./entries/double-buffer.js";
import { fissionEntries } from "./entries/fission.js";
import { foldEntries } from "./entries/folds.js";
import { indexEntries } from "./entries/indices.js";
import { inlineWeightsEntries } from "./entries/inline-weights.js";
import { interfaceEntries } from "./entries/interface.js";
import { isolatedEntries } from "./entries/isolated.js";
import { kindEntries } from "./entries/kinds.js";
import { memoryEntries } from "./entries/memory.js";
import { operatorEntries } from "./entries/operators.js";
import { orderEntries } from "./entries/order.js";
import { paddingEntries } from "./entries/padding.js";
import { parallelEntries } from "./entries/parallel.js";
import { recomputeEntries } from "./entries/recompute.js";
import { reportedLayoutEntries } from "./entries/reported-layout.js";
import { reportedLoopEntries } from "./entries/reported-loops.js";
import { reportedStorageEntries } from "./entries/reported-storage.js";
import { reuseEntries } from "./entries/reuse.js";
import { storageEntries } from "./entries/storage.js";
import { tileEntries } from "./entries/tiles.js";
import { vectorEntries } from "./entries/vector.js";
import type { WrongPass } from "./entry.js";

export const catalogue: readonly WrongPass[] = [
  ...tileEntries, ...foldEntries, ...paddingEntries, ...orderEntries, ...storageEntries, ...indexEntries,
  ...copyEntries, ...operatorEntries, ...memoryEntries, ...interfaceEntries, ...claimEntries, ...kindEntries,
  ...reportedLayoutEntries, ...reportedLoopEntries, ...reportedStorageEntries, ...vectorEntries, ...parallelEntries, ...isolatedEntries,
  ...fissionEntries, ...recomputeEntries, ...doubleBufferEntries, ...commonEntries, ...reuseEntries,
  ...inlineWeightsEntries,
];
