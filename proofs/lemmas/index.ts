/** Every lemma there is. */
import { batchNormalizationIdentity, reluMax, skipZeroTap } from "./float-lemmas.js";
import { storePadding } from "./padding/lemma.js";
import { integerQuantised } from "./quantised/lemma.js";
import { winograd } from "./winograd/lemma.js";
import type { Lemma } from "./lemma.js";
import { foldBatchNormalization, splitK } from "./real-lemmas.js";

export const lemmas: readonly Lemma[] = [splitK, foldBatchNormalization, integerQuantised, storePadding, winograd, skipZeroTap, batchNormalizationIdentity, reluMax];

/** The lemma of a name, if there is one. */
export function lemmaNamed(name: string): Lemma | undefined {
  return lemmas.find((lemma) => lemma.name === name);
}
