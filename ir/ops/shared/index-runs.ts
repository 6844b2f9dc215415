/**
 * A list of constant indices i(0), i(1), … as few runs, each with i(o) = ⌊(a·o + b) / c⌋ for
 * literals a, b, c: what repeats, skips or interpolates elements of an axis reads them by
 * such an index. Several lists at once are cut at the same places.
 */
import { type IndexExpr, floordiv, literal, shift, times } from "../../loop/index-expr.js";

/** Positions start … end − 1, and one index expression of the position for each list. */
export interface IndexRun {
  readonly start: number;
  readonly end: number;
  readonly index: (position: IndexExpr) => readonly IndexExpr[];
}

/** ⌊(step·o + offset) / by⌋ */
interface Progression {
  readonly step: number;
  readonly offset: number;
  readonly by: number;
}

/** Largest divisor that is tried: what scales by a ratio of larger numbers is cut into shorter runs. */
const mostBy = 16;

/** Runs that together are all positions of `lists`, which have one length; each run is as long as it can be. */
export function indexRuns(lists: readonly (readonly number[])[]): readonly IndexRun[] {
  const length = lists[0]?.length ?? 0;
  const runs: IndexRun[] = [];
  for (let start = 0; start < length;) {
    const found = lists.map((list) => longest(list, start));
    const end = Math.min(...found.map((own) => own.end));
    const progressions = lists.map((list, k) => (found[k]?.end === end ? found[k]?.progression : fitting(list, start, end)) ?? { step: 0, offset: 0, by: 1 });
    runs.push({ start, end, index: (position) => progressions.map((own) => indexAt(own, position)) });
    start = end;
  }
  return runs;
}

function indexAt({ step, offset, by }: Progression, position: IndexExpr): IndexExpr {
  return step === 0 ? literal(Math.floor(offset / by)) : floordiv(shift(times(position, step), offset), by);
}

function longest(list: readonly number[], start: number): { readonly end: number; readonly progression: Progression } {
  const [end, progression] = [start + 1, { step: 0, offset: list[start] ?? 0, by: 1 }];
  for (let next = list.length; next > end; next--) {
    const found = fitting(list, start, next);
    if (found !== undefined) return { end: next, progression: found };
  }
  return { end, progression };
}

/** The progression of the positions start … end − 1 with the least divisor, if there is one. */
function fitting(list: readonly number[], start: number, end: number): Progression | undefined {
  const part = list.slice(start, end);
  const [first = 0, last = 0] = [part[0], part.at(-1)];
  if (part.every((index) => index === first)) return { step: 0, offset: first, by: 1 };
  for (let by = 1; by <= mostBy; by++) {
    const slope = ((last - first) * by) / (part.length - 1);
    for (let step = Math.floor(slope - by / (part.length - 1)); step <= Math.ceil(slope + by / (part.length - 1)); step++) {
      const offset = offsetOf(part, step, by, start);
      if (offset !== undefined && step * start + offset >= 0 && step * (end - 1) + offset >= 0) return { step, offset, by };
    }
  }
  return undefined;
}

/** The b with ⌊(step·o + b) / by⌋ = list[o] for all o: by·i ≤ step·o + b < by·(i + 1). */
function offsetOf(part: readonly number[], step: number, by: number, start: number): number | undefined {
  let [low, high] = [-Infinity, Infinity];
  part.forEach((index, k) => {
    low = Math.max(low, by * index - step * (start + k));
    high = Math.min(high, by * (index + 1) - 1 - step * (start + k));
  });
  return low <= high ? low : undefined;
}
