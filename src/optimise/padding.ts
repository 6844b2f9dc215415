/**
 * Which integer convolutions of a small core get their padding as zeros among the differences
 * (the lemma store-padding): of those whose sums come in pairs then, the ones that take less time. They need no nests for
 * their borders, where a product takes twice the instructions that it takes in a tile; but a tap in the padding
 * is a step. The lemma is of tier T0, so no bit depends on the choice.
 */
import type { Graph } from "../../ir/graph/graph.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type LemmaRequest, rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import { paddable } from "../../proofs/lemmas/padding/rewrite.js";
import { mapNests } from "../passes/shared/nests.js";
import { type Bounded, cheapest, nodeOf } from "./cheapest.js";
import { programsOf } from "./evaluate.js";
import { foldNestsOf, siteOf } from "./nests.js";
import { baseFor } from "./search.js";

/** All of them: that is least code. */
export function paddingOf(graph: Graph, contract: MulAddContract): readonly LemmaRequest[] {
  return requests([...pairedNodes(graph, contract).keys()]);
}

/** Of those the ones that make the bound lower. */
export function cheapestPadding(graph: Graph, contract: MulAddContract, bounded: Bounded): Promise<readonly LemmaRequest[]> {
  return cheapest(graph, [...pairedNodes(graph, contract)].map(([node, site]) => ({ request: { lemma: "store-padding", node }, site })), bounded);
}

function requests(nodes: readonly string[]): readonly LemmaRequest[] {
  return nodes.map((node) => ({ lemma: "store-padding", node }));
}

/** Nodes whose sums come in pairs with their padding stored, and what the names of their nests begin with. */
function pairedNodes(graph: Graph, contract: MulAddContract): ReadonlyMap<string, string> {
  const candidates = paddable(graph).map(({ name }) => name);
  const nodes = new Map<string, string>();
  if (candidates.length === 0) return nodes;
  const programs = programsOf({ graph: rewriteGraph(graph, requests(candidates)).graph, contract });
  const program = programs.before("tile-loops", baseFor(programs, "balanced"));
  const sites = new Set(foldNestsOf(program).filter(({ pairs }) => pairs !== undefined).map(({ site }) => site));
  mapNests(program.body, (node) => {
    const site = node.kind === "loop" ? siteOf(node.variable) : undefined;
    if (node.kind === "loop" && site !== undefined && sites.has(site) && candidates.includes(node.origin.node)) nodes.set(node.origin.node, nodeOf(site));
    return [node];
  });
  return nodes;
}
