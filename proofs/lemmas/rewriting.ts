/**
 * Steps before the chain: a graph becomes another graph by lemmas. A person asks for a
 * lemma, this code builds the result and makes the obligations that justify it from
 * the two graphs; the chain then proves the C against the meanings of the result, bit
 * for bit. What the result is over the reals, and how far constants are from exact
 * ones, is handed to proofs/bounds.
 */
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { Refusal } from "../../ir/prelude.js";
import { type Claims, claims, ground } from "../kernel/claims.js";
import { foldNormalization, justifyFold } from "./fold-batch-normalization.js";
import { justifyQuantised, quantiseGroups } from "./quantised/justify.js";
import { quantiseGroup } from "./quantised/rewrite.js";
import { justifySplit, splitSum } from "./split-k.js";

/** What a person asks for. */
export type LemmaRequest =
  /** `node` is the QuantizeLinear that ends the group; without it, every group with a form in integers. */
  | { readonly lemma: "integer-quantised"; readonly node?: string }
  /** `node` is the normalisation; without it, every one that can be folded. */
  | { readonly lemma: "fold-batch-normalization"; readonly node?: string }
  | { readonly lemma: "split-k"; readonly node: string; readonly parts: number; readonly order?: "contiguous" | "strided" };

/** One use of a lemma. */
export interface LemmaStep {
  readonly lemma: LemmaRequest["lemma"];
  /** The node that was rewritten, in the graph before. */
  readonly node: string;
  readonly detail: string;
}

export interface Rewriting {
  readonly graph: Graph;
  readonly steps: readonly LemmaStep[];
  /** Rule B1: the side conditions of every step. */
  readonly claims: Claims;
  /** Per constant that a step made, per element, an upper limit of its distance from the exact value, on the grid of proofs/bounds. */
  readonly deviations: ReadonlyMap<string, readonly bigint[]>;
}

/** Applies the lemmas in the order they are asked for. Throws the Refusal `lemma` where one does not apply. */
export function rewriteGraph(original: Graph, requests: readonly LemmaRequest[]): Rewriting {
  const into = claims("lemmas");
  const steps: LemmaStep[] = [];
  const deviations = new Map<string, readonly bigint[]>();
  let graph = original;
  for (const request of requests) {
    if (request.lemma === "integer-quantised") {
      graph = quantised(graph, request, { into, steps });
      continue;
    }
    for (const node of targetsOf(graph, request)) {
      const before: Graph = graph;
      const at = steps.length;
      if (request.lemma === "split-k") {
        graph = splitSum(before, node, { parts: request.parts, order: request.order ?? "contiguous" });
        justifySplit(into, at, before, graph, node.name);
        steps.push({ lemma: request.lemma, node: node.name, detail: `${request.parts} ${request.order ?? "contiguous"} parts` });
      } else {
        graph = foldNormalization(before, node);
        for (const [name, distances] of justifyFold(into, at, before, graph, node.name)) deviations.set(name, distances);
        steps.push({ lemma: request.lemma, node: node.name, detail: "into the weights of the node before it" });
      }
      nothingElse(into, at, before, graph);
    }
  }
  return { graph, steps, claims: into, deviations };
}

/** All groups of one request at once: their claims are about the graph before the first and after the last. */
function quantised(before: Graph, request: LemmaRequest, { into, steps }: { readonly into: Claims; readonly steps: LemmaStep[] }): Graph {
  const names = targetsOf(before, request).map(({ name }) => name);
  const after = quantiseGroups(before, names);
  justifyQuantised(into, steps.length, before, after, names);
  nothingElse(into, steps.length, before, after);
  steps.push(...names.map((node): LemmaStep => ({ lemma: "integer-quantised", node, detail: "the group that it ends, in integers" })));
  return after;
}

function targetsOf(graph: Graph, request: LemmaRequest): readonly GraphNode[] {
  const named = graph.nodes.filter(({ name }) => name === request.node);
  const targets = request.node === undefined ? graph.nodes.filter((node) => applies(graph, node, request)) : named;
  if (targets.length > 0) return targets;
  const what = request.node === undefined ? `no ${request.lemma === "integer-quantised" ? "group has a form in integers" : "batch normalisation can be folded"}` : `there is no node ${request.node}`;
  throw new Refusal("usage", "lemma", `${request.lemma}: ${what}`, request.node, "name a node as `obligato check` or evidence/model.txt lists it, or leave the lemma out");
}

/** Names of the QuantizeLinear nodes whose groups have a form in integers. */
export function quantisedGroupsOf(graph: Graph): readonly string[] {
  return graph.nodes.filter((node) => applies(graph, node, { lemma: "integer-quantised" })).map(({ name }) => name);
}

function applies(graph: Graph, node: GraphNode, { lemma }: LemmaRequest): boolean {
  const [op, rewrite] = lemma === "integer-quantised" ? ["QuantizeLinear", quantiseGroup] as const : ["BatchNormalization", foldNormalization] as const;
  if (node.op !== op) return false;
  try {
    rewrite(graph, node);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** Inputs, outputs, and constants that both graphs have are the same. */
function nothingElse(into: Claims, step: number, before: Graph, after: Graph): void {
  const shape = (graph: Graph): string => JSON.stringify([graph.inputs, graph.outputs]);
  const kept = [...before.constants].every(([name, tensor]) => (after.constants.get(name) ?? tensor) === tensor);
  const heading = { rule: "B1", detail: `${step}.interface`, sentence: "Inputs, outputs and the constants of the model stay as they are.", subject: { node: "", statement: "", buffer: "" } } as const;
  ground(into, heading, shape(before) === shape(after) && kept, kept ? "equal" : "a constant was changed");
}
