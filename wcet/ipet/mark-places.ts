/**
 * Where in the control-flow graph each loop mark stands. Inside a block, it is passed as
 * often as the block. At the first address of a block it stands before or after the label
 * there, and the two differ if the block is also reached otherwise than from above.
 *
 * What decides then is that every cycle of compiled code passes a mark: loops come from
 * loops of the C, the compiler's own (copies, fills) being switched off by the pinned
 * flags. If a cycle would be without a mark were this one before its label, it is after it.
 */
import type { Block, CodeGraph, FunctionGraph } from "../cfg/graph.js";
import { predecessorsOf } from "../cfg/loops.js";
import type { Mark } from "../elf/marks.js";

/** `block`: passed with the block · `either`: with the block, or with the edge from above only. */
export type MarkPlace =
  | { readonly kind: "block"; readonly mark: Mark; readonly graph: FunctionGraph; readonly block: Block }
  | { readonly kind: "either"; readonly mark: Mark; readonly graph: FunctionGraph; readonly block: Block; readonly above: Block | "entry" };

export interface MarkPlaces {
  readonly places: readonly MarkPlace[];
  /** Marks outside every reachable block. */
  readonly stray: readonly Mark[];
  /** Cycles without any mark: no bound exists. By address of their first block. */
  readonly unmarked: readonly string[];
}

export function placeMarks({ functions }: CodeGraph, marks: readonly Mark[]): MarkPlaces {
  const places: MarkPlace[] = [];
  const unmarked: string[] = [];
  const placed = new Set<Mark>();
  for (const graph of functions) {
    const own = placesIn(graph, marks);
    own.forEach(({ mark }) => placed.add(mark));
    const whole = new Set(own.map(({ block }) => block.id));
    const free = cycleWithout(graph, whole, new Set());
    if (free !== undefined) unmarked.push(`${graph.name} at 0x${(graph.blocks[free]?.instructions[0]?.address ?? 0).toString(16)}`);
    for (const place of own) places.push(free === undefined ? decided(graph, place, own, whole) : place);
  }
  return { places, stray: marks.filter((mark) => !placed.has(mark)), unmarked };
}

function placesIn(graph: FunctionGraph, marks: readonly Mark[]): readonly MarkPlace[] {
  const blockAt = new Map(graph.blocks.flatMap((block) => block.instructions.map(({ address }) => [address, block] as const)));
  const into = predecessorsOf(graph.blocks);
  return marks.flatMap((mark): readonly MarkPlace[] => {
    const block = blockAt.get(mark.address);
    if (block === undefined) return [];
    const inside: MarkPlace = { kind: "block", mark, graph, block };
    if (block.instructions[0]?.address !== mark.address) return [inside];
    const sources = into[block.id] ?? [];
    const over = sources.find((id) => fallsInto(graph, id, block));
    const above = block.id === 0 ? "entry" : over === undefined ? undefined : graph.blocks[over];
    const ways = sources.length + (block.id === 0 ? 1 : 0);
    return [above === undefined || ways === 1 ? inside : { ...inside, kind: "either", above }];
  });
}

/** Whether control comes from the block `id` into `block` without a jump. */
function fallsInto(graph: FunctionGraph, id: number, block: Block): boolean {
  const last = graph.blocks[id]?.instructions.at(-1);
  const falls = last !== undefined && last.flow.kind !== "jump" && !(last.flow.kind === "return" && !last.flow.conditional);
  return falls && last.address + last.size === block.instructions[0]?.address;
}

/**
 * After its label, if a cycle would have no mark otherwise: all others are taken where they cut most. Marks at one
 * address are noted in the order of the code, so were this one before the label, so would be those noted earlier.
 */
function decided(graph: FunctionGraph, place: MarkPlace, own: readonly MarkPlace[], whole: ReadonlySet<number>): MarkPlace {
  if (place.kind === "block") return place;
  const followed = own.findLast(({ block }) => block === place.block) !== place;
  const others = new Set([...whole].filter((id) => id !== place.block.id || followed));
  const cut = new Set(place.above === "entry" ? [] : [edge(place.above.id, place.block.id)]);
  if (cycleWithout(graph, others, cut) === undefined) return place;
  const { mark, block } = place;
  return { kind: "block", mark, graph, block };
}

function edge(from: number, to: number): string {
  return `${from}>${to}`;
}

/** A block on a cycle that avoids the given blocks and edges, or undefined. */
function cycleWithout({ blocks }: FunctionGraph, avoid: ReadonlySet<number>, cut: ReadonlySet<string>): number | undefined {
  const state = new Map<number, "open" | "done">();
  for (const { id: root } of blocks) {
    const path: { readonly id: number; next: number }[] = avoid.has(root) || state.has(root) ? [] : [{ id: root, next: 0 }];
    if (path.length > 0) state.set(root, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = blocks[top.id]?.successors[top.next++];
      if (to === undefined) {
        state.set(top.id, "done");
        path.pop();
      } else if (!avoid.has(to) && !cut.has(edge(top.id, to))) {
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
