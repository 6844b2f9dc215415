/**
 * Where in the control-flow graph each mark stands. Inside a block, it is passed as often
 * as the block. At the first address of a block it stands before or after the labels
 * there, which the ELF does not show: control that falls in from above passes it, control
 * that jumps in only if it jumps to a label before it. Where nothing falls in, the mark
 * begins a block of its own, which the ways within the loop lead to; what enters the loop
 * may still jump past it. Of several marks there this is true of the last: those before it
 * may end a guarded body, and what does not run the body jumps past them.
 *
 * What decides then is that every cycle of compiled code passes a mark: loops come from
 * loops of the C, the compiler's own (copies, fills) being switched off by the pinned
 * flags, and each round of one ends in its mark, outside the loops within. If a round
 * would be without a mark unless a way into the block passes this one, that way does.
 */
import type { Block, CodeGraph, FunctionGraph } from "../cfg/graph.js";
import { type LoopForest, loopForest, predecessorsOf } from "../cfg/loops.js";
import { remembered } from "../cfg/remembered.js";
import type { Mark } from "../elf/marks.js";

/** A way into a block: from another block, or from the caller. */
export type Way = Block | "entry";

/** `block`: passed with the block · `either`: on the certain ways into the block, and perhaps on others. */
export type Place<M = unknown> =
  | { readonly kind: "block"; readonly mark: M; readonly graph: FunctionGraph; readonly block: Block }
  | { readonly kind: "either"; readonly mark: M; readonly graph: FunctionGraph; readonly block: Block; readonly certain: readonly Way[] };

export type MarkPlace = Place<Mark>;

export interface MarkPlaces {
  readonly places: readonly MarkPlace[];
  /** Marks outside every reachable block. */
  readonly stray: readonly Mark[];
  /** Cycles without any mark: no bound exists. By address of their first block. */
  readonly unmarked: readonly string[];
}

export function placeMarks(code: CodeGraph, marks: readonly Mark[]): MarkPlaces {
  return placedIn(code)(marks);
}

const placedIn = remembered((code: CodeGraph) => remembered((marks: readonly Mark[]) => placed(code, marks)));

function placed({ functions }: CodeGraph, marks: readonly Mark[]): MarkPlaces {
  const places: MarkPlace[] = [];
  const unmarked: string[] = [];
  const known = new Set<Mark>();
  for (const graph of functions) {
    const own = placesIn(graph, marks);
    own.forEach(({ mark }) => known.add(mark));
    const whole = new Set(own.map(({ block }) => block.id));
    const free = cycleWithout(graph, whole);
    if (free !== undefined) unmarked.push(`${graph.name} at 0x${(graph.blocks[free]?.instructions[0]?.address ?? 0).toString(16)}`);
    const rounds = { graph, forest: loopForest(graph), into: predecessorsOf(graph.blocks), own };
    for (const place of own) places.push(free === undefined ? decided(place, rounds) : place);
  }
  return { places, stray: marks.filter((mark) => !known.has(mark)), unmarked };
}

/** What addresses alone tell. */
export function placesIn<M extends { readonly address: number }>(graph: FunctionGraph, marks: readonly M[]): readonly Place<M>[] {
  const blockAt = new Map(graph.blocks.flatMap((block) => block.instructions.map(({ address }) => [address, block] as const)));
  const into = predecessorsOf(graph.blocks);
  return marks.flatMap((mark): readonly Place<M>[] => {
    const block = blockAt.get(mark.address);
    if (block === undefined) return [];
    const inside: Place<M> = { kind: "block", mark, graph, block };
    if (block.instructions[0]?.address !== mark.address) return [inside];
    const ways = waysInto(graph, block, into);
    const certain = ways.filter((way) => way === "entry" || fallsInto(way, block));
    return [ways.length === 1 ? inside : { ...inside, kind: "either", certain }];
  });
}

function waysInto({ blocks }: FunctionGraph, { id }: Block, into: readonly (readonly number[])[]): readonly Way[] {
  const sources = (into[id] ?? []).flatMap((from) => blocks[from] ?? []);
  return id === 0 ? ["entry", ...sources] : sources;
}

/** Whether control comes from the block `from` into `block` without a jump. */
function fallsInto(from: Block, block: Block): boolean {
  const last = from.instructions.at(-1);
  const falls = last !== undefined && last.flow.kind !== "jump" && !(last.flow.kind === "return" && !last.flow.conditional);
  return falls && last.address + last.size === block.instructions[0]?.address;
}

interface Rounds {
  readonly graph: FunctionGraph;
  readonly forest: LoopForest;
  readonly into: readonly (readonly number[])[];
  /** All marks of the function. */
  readonly own: readonly MarkPlace[];
}

/**
 * A way passes the mark if a round of the innermost loop would pass none otherwise: all others are taken where they cut
 * most. Marks at one address are noted in the order of the code, so what jumps past this one jumps past those before it.
 */
function decided(place: MarkPlace, { graph, forest: { loops, innermost }, into, own }: Rounds): MarkPlace {
  if (place.kind === "block") return place;
  const { mark, block } = place;
  const followed = own.findLast((other) => other.block === block) !== place;
  const round = loops[innermost[block.id] ?? -1]?.blocks ?? new Set(graph.blocks.map(({ id }) => id));
  const others = own.flatMap(({ block: { id } }) => (innermost[id] === innermost[block.id] && (id !== block.id || followed) ? [id] : []));
  const passing = place.certain.length === 0 && !followed ? round : reachedFrom(graph, block.id, round, new Set(others));
  const ways = waysInto(graph, block, into);
  const certain = ways.filter((way) => place.certain.includes(way) || (way !== "entry" && passing.has(way.id)));
  return certain.length === ways.length ? { kind: "block", mark, graph, block } : { ...place, certain };
}

/** Blocks that control can come to from `start` without leaving `within` and without passing `avoid`. */
function reachedFrom({ blocks }: FunctionGraph, start: number, within: ReadonlySet<number>, avoid: ReadonlySet<number>): ReadonlySet<number> {
  const reached = new Set<number>();
  const pending = [start];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (reached.has(id) || !within.has(id) || avoid.has(id)) continue;
    reached.add(id);
    pending.push(...(blocks[id]?.successors ?? []));
  }
  return reached;
}

/** A block on a cycle that avoids the given blocks, or undefined. */
function cycleWithout({ blocks }: FunctionGraph, avoid: ReadonlySet<number>): number | undefined {
  const state = new Map<number, "open" | "done">();
  for (const { id: root } of blocks) {
    const path: { readonly id: number; next: number }[] = avoid.has(root) || state.has(root) ? [] : [{ id: root, next: 0 }];
    if (path.length > 0) state.set(root, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = blocks[top.id]?.successors[top.next++];
      if (to === undefined) {
        state.set(top.id, "done");
        path.pop();
      } else if (!avoid.has(to)) {
        if (state.get(to) === "open") return to;
        if (!state.has(to)) {
          state.set(to, "open");
          path.push({ id: to, next: 0 });
        }
      }
    }
  }
  return undefined;
}
