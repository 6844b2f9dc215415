/**
 * Which nodes of a graph get a lemma that changes no bit: none, all, or those whose own part of the bound is lower
 * with it, whatever gives the lowest bound. Three compilations at most say so for any number of nodes.
 */
import type { Graph } from "../../ir/graph/graph.js";
import { type LemmaRequest, rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import type { Evaluated } from "./evaluate.js";

/** The bound of a graph with the schedule that suits it. */
export type Bounded = (graph: Graph) => Promise<Evaluated>;

/** A request for one node, and what the names of its nests begin with: `n5`. */
export interface Candidate {
  readonly request: LemmaRequest;
  readonly site: string;
}

export async function cheapest(graph: Graph, candidates: readonly Candidate[], bounded: Bounded): Promise<readonly LemmaRequest[]> {
  const all = candidates.map(({ request }) => request);
  if (all.length === 0) return [];
  const [without, within] = [await bounded(graph), await bounded(rewriteGraph(graph, all).graph)];
  const lower = candidates.filter(({ site }) => partOf(within, site) < partOf(without, site)).map(({ request }) => request);
  const others = lower.length > 0 && lower.length < all.length ? [{ lemmas: lower, found: await bounded(rewriteGraph(graph, lower).graph) }] : [];
  const choices = [{ lemmas: [], found: without }, { lemmas: all, found: within }, ...others];
  return choices.reduce((best, choice) => (boundOf(choice.found) < boundOf(best.found) ? choice : best)).lemmas;
}

function boundOf(found: Evaluated): number {
  return found.kind === "bound" ? found.bound : Infinity;
}

/** Of all nests of a node. */
function partOf(found: Evaluated, node: string): number {
  const parts = found.kind === "bound" ? [...found.bySite].filter(([site]) => nodeOf(site) === node) : [];
  return parts.reduce((sum, [, part]) => sum + part, 0);
}

/** What the names of the nests of one node begin with: `n5` of `n5d`. */
export function nodeOf(site: string): string {
  return site.replace(/[a-z]+$/, "");
}
