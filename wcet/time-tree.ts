/**
 * Where a bound is spent as a tree: the network, its ONNX nodes, their loops as they nest
 * in the program, and in each loop the classes of instructions. Costs of children add up
 * to their parent's.
 */
import type { LoopFact } from "../ir/loop/facts.js";
import type { LoopShare } from "./shares.js";

export interface TimeNode {
  readonly kind: "network" | "node" | "loop" | "class";
  readonly name: string;
  readonly cost: number;
  /** The costliest first. */
  readonly children: readonly TimeNode[];
}

/** By ONNX node; what runs outside of loops, and scalar functions that several nodes call, stand under their function. */
export interface NodeShare {
  readonly of: string;
  readonly cost: number;
}

export type LoopNest = ReadonlyMap<string, Pick<LoopFact, "origin" | "parent">>;

export function timeTree(network: string, byLoop: readonly LoopShare[], loops: LoopNest): TimeNode {
  const root = draft("network", network);
  for (const { of, byClass } of byLoop) {
    const first = of.split("+")[0] ?? of; // a loop that the compiler merged of several of one nest
    const path = pathOf(first, loops);
    let at = childOf(root, "node", loops.get(first)?.origin.node ?? of);
    for (const loop of path) at = childOf(at, "loop", loop === first ? of : loop);
    for (const { of: kind, cost } of byClass) childOf(at, "class", kind).own += cost;
  }
  return finished(root);
}

export function byNode(byLoop: readonly LoopShare[], loops: LoopNest): readonly NodeShare[] {
  return timeTree("", byLoop, loops).children.map(({ name, cost }) => ({ of: name, cost }));
}

/** The loops around one, the outermost first, and itself; empty for a function. */
function pathOf(loop: string, loops: LoopNest): readonly string[] {
  const path: string[] = [];
  for (let at: string | undefined = loop; at !== undefined && loops.has(at); at = loops.get(at)?.parent) path.unshift(at);
  return path;
}

interface Draft {
  readonly kind: TimeNode["kind"];
  readonly name: string;
  own: number;
  readonly children: Map<string, Draft>;
}

function draft(kind: TimeNode["kind"], name: string): Draft {
  return { kind, name, own: 0, children: new Map() };
}

function childOf({ children }: Draft, kind: TimeNode["kind"], name: string): Draft {
  const key = `${kind} ${name}`;
  const child = children.get(key) ?? draft(kind, name);
  children.set(key, child);
  return child;
}

function finished({ kind, name, own, children }: Draft): TimeNode {
  const below = [...children.values()].map(finished).toSorted((a, b) => b.cost - a.cost);
  return { kind, name, cost: own + below.reduce((sum, { cost }) => sum + cost, 0), children: below };
}
