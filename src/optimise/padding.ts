/**
 * Which integer convolutions of a small core get their padding as zeros among the differences
 * (the lemma store-padding): of those whose sums come in pairs then, the ones that take less time. They need no nests for
 * their borders, where a product takes twice the instructions that it takes in a tile; but a tap in the padding
 * is a step. One channel short of fours they get it, too, so that four neighbours begin where a record can read them: a step more in
 * each tap, and fewer instructions. The lemma is of tier T0, so no bit depends on the choice.
 */
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type LemmaRequest, rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import { channelsOf } from "../../proofs/lemmas/padding/channels.js";
import { paddable } from "../../proofs/lemmas/padding/rewrite.js";
import { mapNests } from "../passes/shared/nests.js";
import { quadSteps } from "../../backends/c/dot.js";
import { type Bounded, type Candidate, cheapest, nodeOf } from "./cheapest.js";
import { programsOf } from "./evaluate.js";
import { foldNestsOf, siteOf } from "./nests.js";
import { baseFor } from "./search.js";

/** All of them: that is least code. */
export function paddingOf(graph: Graph, contract: MulAddContract): readonly LemmaRequest[] {
  return pairedNodes(graph, contract).map(({ request }) => request);
}

/** Of those the ones that make the bound lower. */
export function cheapestPadding(graph: Graph, contract: MulAddContract, bounded: Bounded): Promise<readonly LemmaRequest[]> {
  return cheapest(graph, pairedNodes(graph, contract), bounded);
}

/** For each node that has padding, or lacks a channel. */
function requestsFor(graph: Graph): ReadonlyMap<string, LemmaRequest> {
  const whole = (node: GraphNode): number => channelsOf(graph, node) + 1;
  const short = paddable(graph, whole).filter((node) => whole(node) % quadSteps === 0);
  return new Map([
    ...paddable(graph).map(({ name }): [string, LemmaRequest] => [name, { lemma: "store-padding", node: name }]),
    ...short.map((node): [string, LemmaRequest] => [node.name, { lemma: "store-padding", node: node.name, channels: whole(node) }]),
  ]);
}

/** Those whose sums come in pairs then. */
function pairedNodes(graph: Graph, contract: MulAddContract): readonly Candidate[] {
  const requests = requestsFor(graph);
  if (requests.size === 0) return [];
  const programs = programsOf({ graph: rewriteGraph(graph, [...requests.values()]).graph, contract });
  const program = programs.before("tile-loops", baseFor(programs, "balanced"));
  const sites = new Set(foldNestsOf(program).filter(({ pairs }) => pairs !== undefined).map(({ site }) => site));
  const found = new Map<string, Candidate>();
  mapNests(program.body, (node) => {
    const site = node.kind === "loop" ? siteOf(node.variable) : undefined;
    const request = node.kind === "loop" ? requests.get(node.origin.node) : undefined;
    if (request !== undefined && site !== undefined && sites.has(site)) found.set(request.node ?? "", { request, site: nodeOf(site) });
    return [node];
  });
  return [...found.values()];
}
