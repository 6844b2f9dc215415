/**
 * Dominators (Cooper, Harvey and Kennedy, 2001) and natural loops of one function. An
 * edge back to a block that does not dominate its source makes the graph irreducible:
 * such a cycle has no header, so no fact can be attached to it.
 */
import type { Block, FunctionGraph } from "./graph.js";
import { remembered } from "./remembered.js";

export interface NaturalLoop {
  readonly header: number;
  /** Blocks of the loop, the header included, ascending. */
  readonly blocks: ReadonlySet<number>;
  /** Sources of the edges back to the header. */
  readonly latches: readonly number[];
  /** Index of the innermost loop around it. */
  readonly parent: number | undefined;
}

export interface LoopForest {
  /** Outer loops before the loops inside them. */
  readonly loops: readonly NaturalLoop[];
  /** Index of the innermost loop of each block. */
  readonly innermost: readonly (number | undefined)[];
  /** Blocks at which a cycle without header is entered. */
  readonly irreducible: readonly number[];
}

/** Whether every path from the entry to block `b` passes block `a`. */
export const dominatorsOf = remembered(dominatorsIn);

function dominatorsIn({ blocks }: FunctionGraph): (a: number, b: number) => boolean {
  const dominators = immediateDominators(blocks, reversePostorder(blocks));
  return (a, b) => {
    for (let at: number | undefined = b; at !== undefined; at = at === 0 ? undefined : dominators.get(at)) if (at === a) return true;
    return false;
  };
}

export const loopForest = remembered(forestOf);

function forestOf(graph: FunctionGraph): LoopForest {
  const { blocks } = graph;
  const order = reversePostorder(blocks);
  const dominates = dominatorsOf(graph);
  const rank = new Map(order.map((id, k) => [id, k]));
  const latches = new Map<number, number[]>();
  const irreducible: number[] = [];
  for (const id of order) {
    for (const to of blocks[id]?.successors ?? []) {
      if ((rank.get(to) ?? 0) > (rank.get(id) ?? 0)) continue;
      if (dominates(to, id)) latches.set(to, [...(latches.get(to) ?? []), id]);
      else irreducible.push(to);
    }
  }
  const into = predecessorsOf(blocks);
  return nested(blocks, [...latches].map(([header, from]) => ({ header, latches: from, blocks: bodyOf(into, header, from) })), irreducible);
}

/** Blocks from the entry on, each after those that lead to it but for edges back. */
export function reversePostorder(blocks: readonly Block[]): readonly number[] {
  const seen = new Set([0]);
  const done: number[] = [];
  const path = [{ id: 0, next: 0 }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const to = blocks[top.id]?.successors[top.next++];
    if (to === undefined) {
      done.push(top.id);
      path.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      path.push({ id: to, next: 0 });
    }
  }
  return done.reverse();
}

/** Blocks with an edge into each block. */
export function predecessorsOf(blocks: readonly Block[]): readonly (readonly number[])[] {
  const into: number[][] = blocks.map(() => []);
  for (const { id, successors } of blocks) for (const to of successors) into[to]?.push(id);
  return into;
}

function immediateDominators(blocks: readonly Block[], order: readonly number[]): ReadonlyMap<number, number> {
  const rank = new Map(order.map((id, k) => [id, k]));
  const into = predecessorsOf(blocks);
  const dominator = new Map([[0, 0]]);
  const meet = (a: number, b: number): number => {
    let [x, y] = [a, b];
    while (x !== y) {
      if ((rank.get(x) ?? 0) > (rank.get(y) ?? 0)) x = dominator.get(x) ?? 0;
      else y = dominator.get(y) ?? 0;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const id of order.slice(1)) {
      const known = (into[id] ?? []).filter((from) => dominator.has(from));
      const [first, ...rest] = known;
      if (first === undefined) continue;
      const found = rest.reduce(meet, first);
      changed ||= dominator.get(id) !== found;
      dominator.set(id, found);
    }
  }
  return dominator;
}

/** All blocks that reach a latch without passing the header. */
function bodyOf(into: readonly (readonly number[])[], header: number, latches: readonly number[]): ReadonlySet<number> {
  const body = new Set([header]);
  const pending = [...latches];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (body.has(id)) continue;
    body.add(id);
    pending.push(...(into[id] ?? []));
  }
  return body;
}

function nested(blocks: readonly Block[], found: readonly Omit<NaturalLoop, "parent">[], irreducible: readonly number[]): LoopForest {
  const sorted = found.toSorted((a, b) => b.blocks.size - a.blocks.size || a.header - b.header);
  const innermost = new Array<number | undefined>(blocks.length).fill(undefined);
  const loops = sorted.map((loop, k): NaturalLoop => {
    const parent = innermost[loop.header];
    for (const id of loop.blocks) innermost[id] = k;
    return { ...loop, parent };
  });
  return { loops, innermost, irreducible };
}
