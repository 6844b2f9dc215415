/**
 * The lemmas that a build for a small core asks for by itself. All are of tier T0, so no bit depends on the choice: padding of
 * integer convolutions is stored where that is less code, or less time; where time is what shall be small, convolutions
 * are computed over tiles (winograd) where that is less, too. Tiles take memory, for weights and for a row of them, so nothing else asks for them.
 */
import type { Graph } from "../../ir/graph/graph.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type LemmaRequest, nodesFor, rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import { type Bounded, cheapest } from "./cheapest.js";
import type { Aim } from "./choices.js";
import { cheapestPadding, paddingOf } from "./padding.js";

/** For code that is meant to be so (default: balanced); where nothing says what a bound is, only what is chosen without one. */
export async function exactLemmas(graph: Graph, contract: MulAddContract, aim: Aim | undefined, bounded: Bounded | undefined): Promise<readonly LemmaRequest[]> {
  if (aim === "small") return paddingOf(graph, contract);
  if (bounded === undefined) return [];
  const tiles = aim === "fast" ? await cheapestTiles(graph, bounded) : [];
  return [...tiles, ...await cheapestPadding(rewriteGraph(graph, tiles).graph, contract, bounded)];
}

function cheapestTiles(graph: Graph, bounded: Bounded): Promise<readonly LemmaRequest[]> {
  const names = new Set(nodesFor(graph, "winograd"));
  const candidates = graph.nodes.flatMap(({ name }, k) => (names.has(name) ? [{ request: { lemma: "winograd", node: name } as const, site: `n${k}` }] : []));
  return cheapest(graph, candidates, bounded);
}
