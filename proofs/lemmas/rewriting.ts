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
import { justifyPadding, paddedForms, storePadding } from "./padding/rewrite.js";
import { justifyTiles } from "./winograd/justify.js";
import { filterByTiles } from "./winograd/rewrite.js";

/** What a person asks for. */
export type LemmaRequest =
  /** `node` is the QuantizeLinear that ends the group; without it, every group with a form in integers. */
  | { readonly lemma: "integer-quantised"; readonly node?: string }
  /** `node` is the normalisation; without it, every one that can be folded. */
  | { readonly lemma: "fold-batch-normalization"; readonly node?: string }
  /** `node` is the convolution; without it, every one of integers with padding. */
  | { readonly lemma: "store-padding"; readonly node?: string; /** More than the image has, of the one node that is named. */ readonly channels?: number }
  /** `node` is the convolution; without it, every QLinearConv with a window of 3 × 3 at every position. */
  | { readonly lemma: "winograd"; readonly node?: string }
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
  /** The graph before the lemmas at the end that change no bit: what is said of its results holds for those of `graph`. */
  readonly measured: Graph;
  readonly steps: readonly LemmaStep[];
  /** Rule B1: the side conditions of every step. */
  readonly claims: Claims;
  /** Per constant that a step made, per element, an upper limit of its distance from the exact value, on the grid of proofs/bounds. */
  readonly deviations: ReadonlyMap<string, readonly bigint[]>;
}

/** What the steps of a rewriting add to. */
interface Account {
  readonly into: Claims;
  readonly steps: LemmaStep[];
  readonly deviations: Map<string, readonly bigint[]>;
}

/** Applies the lemmas in the order they are asked for. Throws the Refusal `lemma` where one does not apply. */
export function rewriteGraph(original: Graph, requests: readonly LemmaRequest[]): Rewriting {
  const account: Account = { into: claims("lemmas"), steps: [], deviations: new Map() };
  let graph = original;
  let measured = original;
  for (const request of requests) {
    graph = request.lemma === "integer-quantised" ? quantised(graph, request, account) : targetsOf(graph, request).reduce((before, node) => rewritten(before, node, request, account), graph);
    if (request.lemma !== "store-padding" && request.lemma !== "winograd") measured = graph;
  }
  const { into, steps, deviations } = account;
  return { graph, measured, steps, claims: into, deviations };
}

/** One node rewritten and justified. */
function rewritten(before: Graph, node: GraphNode, request: Exclude<LemmaRequest, { lemma: "integer-quantised" }>, { into, steps, deviations }: Account): Graph {
  const at = steps.length;
  const { name } = node;
  const done = (after: Graph, detail: string): Graph => {
    steps.push({ lemma: request.lemma, node: name, detail });
    nothingElse(into, at, before, after);
    return after;
  };
  switch (request.lemma) {
    case "split-k": {
      const order = request.order ?? "contiguous";
      const after = splitSum(before, node, { parts: request.parts, order });
      justifySplit(into, at, before, after, name);
      return done(after, `${request.parts} ${order} parts`);
    }
    case "winograd": {
      const after = filterByTiles(before, node);
      justifyTiles(into, at, before, after, name);
      return done(after, "tiles of 2 x 2 by 16 products");
    }
    case "store-padding": {
      const { channels } = request;
      const after = storePadding(before, node, channels);
      justifyPadding(into, at, before, after, name);
      return done(after, `its padding${channels === undefined ? " is" : `, and channels up to ${channels}, are`} zeros among the differences`);
    }
    case "fold-batch-normalization": {
      const after = foldNormalization(before, node);
      for (const [constant, distances] of justifyFold(into, at, before, after, name)) deviations.set(constant, distances);
      return done(after, "into the weights of the node before it");
    }
  }
}

/** All groups of one request at once: their claims are about the graph before the first and after the last. */
function quantised(before: Graph, request: LemmaRequest, { into, steps }: Account): Graph {
  const names = targetsOf(before, request).map(({ name }) => name);
  const after = quantiseGroups(before, names);
  justifyQuantised(into, steps.length, before, after, names);
  nothingElse(into, steps.length, before, after);
  steps.push(...names.map((node): LemmaStep => ({ lemma: "integer-quantised", node, detail: "the group that it ends, in integers" })));
  return after;
}

function targetsOf(graph: Graph, request: LemmaRequest): readonly GraphNode[] {
  const named = graph.nodes.filter(({ name }) => name === request.node);
  const { lemma } = request;
  const targets = request.node === undefined && lemma !== "split-k" ? graph.nodes.filter((node) => applies(graph, node, lemma)) : named;
  if (targets.length > 0) return targets;
  const what = request.node === undefined && request.lemma !== "split-k" ? `no ${without[request.lemma].none}` : `there is no node ${request.node}`;
  throw new Refusal("usage", "lemma", `${request.lemma}: ${what}`, request.node, "name a node as `obligato check` or evidence/model.txt lists it, or leave the lemma out");
}

/** Names of the QuantizeLinear nodes whose groups have a form in integers. */
export function quantisedGroupsOf(graph: Graph): readonly string[] {
  return nodesFor(graph, "integer-quantised");
}

/** Names of the nodes that a lemma can be applied to, each alone. */
export function nodesFor(graph: Graph, lemma: keyof typeof without): readonly string[] {
  return graph.nodes.filter((node) => applies(graph, node, lemma)).map(({ name }) => name);
}

/** What lemmas do where they are asked for without a node: to nodes of which operators, and what there is none of. */
const without = {
  "integer-quantised": { ops: ["QuantizeLinear"], rewrite: quantiseGroup, none: "group has a form in integers" },
  "fold-batch-normalization": { ops: ["BatchNormalization"], rewrite: foldNormalization, none: "batch normalisation can be folded" },
  "store-padding": { ops: paddedForms, rewrite: storePadding, none: "convolution of integers has padding" },
  "winograd": { ops: ["QLinearConv"], rewrite: filterByTiles, none: "convolution has a window of 3 x 3 at every position, constants and channels by fours" },
} as const;

function applies(graph: Graph, node: GraphNode, lemma: keyof typeof without): boolean {
  const { ops, rewrite } = without[lemma];
  if (!ops.some((op) => op === node.op)) return false;
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
