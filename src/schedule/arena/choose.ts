/**
 * The schedule with a small arena: around the nest where most is alive, producer and consumer
 * are fused by rows, again and again as long as the peak falls. A chain of producers is drawn
 * in as far as that helps. Greedy, and measured on the program itself: every candidate is run,
 * unproved, up to the figure that decides. What is chosen is a schedule like any other,
 * proved by the build.
 */
import type { PassOptions, Staged } from "../../pass.js";
import { recomputeProducers } from "../../passes/recompute-producers.js";
import { isLower, peakOf, settledBytes } from "./live.js";
import { type Move, type Tiling, movesAt } from "./moves.js";
import { workOf } from "./work.js";

export interface Aim {
  readonly tilings: readonly Tiling[];
  /** The most work that rows computed twice may add, as a part of the whole. */
  readonly extraWork: number;
  /** Producers that one nest may draw in, one behind the other. */
  readonly depth: number;
  /** The part of the peak that has to go, over all moves, for any of them to be worth its loops. */
  readonly gain: number;
}

/** Rules of recompute-producers, one step after the other; none where they gain too little. */
export function chooseFusions(start: Staged, aim: Aim): readonly (readonly PassOptions[])[] {
  const most = workOf(start.program) * (1 + aim.extraWork);
  const first: State = { staged: start, bytes: settledBytes(start), moves: [] };
  let state = first;
  for (let next = bestOf(state, aim, most); next !== undefined; next = bestOf(state, aim, most)) state = next;
  return peakOf(state.bytes) <= peakOf(first.bytes) * (1 - aim.gain) ? stepsOf(state.moves) : [];
}

interface State {
  readonly staged: Staged;
  /** Alive per nest. */
  readonly bytes: readonly number[];
  readonly moves: readonly Move[];
}

/** The state with the lowest peak that a move at the peak leads to; undefined if none is lower. Each takes a nest away, so a search ends. */
function bestOf(state: State, aim: Aim, most: number): State | undefined {
  const peak = peakOf(state.bytes);
  const at = new Set(state.bytes.flatMap((bytes, position) => (bytes === peak && bytes > 0 ? [position] : [])));
  let best: State | undefined;
  for (const move of movesAt(state.staged.program, at, aim.tilings)) {
    for (const next of chainFrom(state, move, aim, most)) {
      if (isLower(next.bytes, (best ?? state).bytes)) best = next;
    }
  }
  return best;
}

/** After the move, and after each producer that its nest draws in besides. */
function chainFrom(state: State, first: Move, { tilings, depth }: Aim, most: number): readonly State[] {
  const chain: State[] = [];
  let move: Move | undefined = first;
  for (let before = state; move !== undefined && chain.length < depth;) {
    const next = moved(before, move);
    if (next === undefined || workOf(next.staged.program) > most) break;
    chain.push(next);
    const consumer: number = move.consumer - 1;
    move = movesAt(next.staged.program, new Set([consumer]), tilings.map(({ keepHalo = false }) => ({ keepHalo }))).find((it) => it.consumer === consumer);
    before = next;
  }
  return chain;
}

/** A producer that was drawn in leaves no nest behind, so that those after it move up by one. */
function moved({ staged, moves }: State, move: Move): State | undefined {
  const result = recomputeProducers.run(staged, { rules: [move.rule] });
  if (result === undefined) return undefined;
  const next = { program: result.after, dataflow: result.witness };
  return { staged: next, bytes: settledBytes(next), moves: [...moves, move] };
}

/** A move waits for those before it that touch a nest of its own; the others share a step. */
function stepsOf(moves: readonly Move[]): readonly (readonly PassOptions[])[] {
  const steps: PassOptions[][] = [];
  const free = new Map<string, number>();
  for (const { nests, rule } of moves) {
    const step = Math.max(0, ...nests.map((nest) => free.get(nest) ?? 0));
    (steps[step] ??= []).push(rule);
    for (const nest of nests) free.set(nest, step + 1);
  }
  return steps;
}
