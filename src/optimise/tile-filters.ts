/**
 * Which integer convolutions of a small core are computed over tiles (the lemma winograd) where time is what shall be small: those
 * whose part of the bound is lower with it. It takes more memory, for weights and for a row of tiles, so nothing else asks for it.
 * The lemma is of tier T0, so no bit depends on the choice.
 */
import type { Graph } from "../../ir/graph/graph.js";
import { type LemmaRequest, nodesFor } from "../../proofs/lemmas/rewriting.js";
import { type Bounded, cheapest } from "./cheapest.js";

export function cheapestTiles(graph: Graph, bounded: Bounded): Promise<readonly LemmaRequest[]> {
  const names = nodesFor(graph, "winograd");
  const candidates = graph.nodes.flatMap(({ name }, k) => (names.includes(name) ? [{ request: { lemma: "winograd", node: name } as const, site: `n${k}` }] : []));
  return cheapest(graph, candidates, bounded);
}
