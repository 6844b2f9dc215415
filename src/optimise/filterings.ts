/**
 * What the schedule of a small core does with convolutions by minimal filtering (ir/ops/winograd.ts), whose sums are made
 * of the products of tiles. All that a row of tiles needs is made where that row is read, so that its operands and products
 * need memory for one row only. Products of a tile lie side by side, and its sums are written out: then it is known
 * which of them are added, and no test is left. Rows of differences become a nest for each place in a tile, for the same reason.
 */
import type { IndexExpr } from "../../ir/loop/index-expr.js";
import type { Load, Node, Program, Store } from "../../ir/loop/program.js";
import { loadsOf } from "../../ir/loop/visit.js";
import { largestDivisor } from "../passes/shared/divisors.js";
import { foldDepth, guardsIn, nestOf, storesIn } from "../passes/shared/nests.js";
import type { PassOptions } from "../pass.js";
import type { ScheduleStep } from "../schedule.js";
import type { Programs } from "./evaluate.js";

/** One convolution. */
export interface Filtering {
  /** Its sums, the products they are made of, and what those are made of, from the last to the first. */
  readonly sums: string;
  readonly products: string;
  readonly operands: readonly string[];
  /** Elements of a tile along a row. */
  readonly size: number;
  /** Of the nest that makes the sums, its loops over channels and columns. */
  readonly columns: string;
  /** The nest that reads the sums: its outermost loop, and those over channels, rows, columns. */
  readonly reader: { readonly nest: string; readonly channels: string; readonly rows: string; readonly columns: string; readonly count: number };
}

/** Of the products, counted from 1: channels, and the place in a tile, which becomes the last. */
const productAxes = { filters: 5, place: 3 } as const;

/** The steps with what such convolutions need; as they are where there is none. */
export function withFilterings(programs: Programs, steps: readonly ScheduleStep[]): readonly ScheduleStep[] {
  const found = filteringsIn(programs.before("recompute-producers", steps));
  return found.length === 0 ? steps : steps.flatMap((step) => (step.pass === "recompute-producers" ? [...rowSteps(found), step] : [step]));
}

/** Layouts, the loops of readers, rows drawn in, and nests for each place. */
function rowSteps(all: readonly Filtering[]): readonly ScheduleStep[] {
  const rules = (pass: string, rule: (filtering: Filtering) => PassOptions): ScheduleStep => ({ pass, options: { rules: all.map(rule) } });
  const moved = (dimension: number): ScheduleStep => rules("move-channels", ({ products }) => ({ tensors: [products], dimension }));
  const drawn = Math.max(...all.map(({ operands }) => operands.length));
  return [
    moved(productAxes.filters), moved(productAxes.place), moved(productAxes.place),
    rules("reorder-loops", ({ reader }) => ({ nests: [reader.nest], inner: [reader.columns, reader.channels], pointwise: true })),
    rules("recompute-producers", ({ reader, sums, size }) => ({ loops: [reader.rows], tensors: [sums], size })),
    ...Array.from({ length: drawn + 1 }, (_, k) => rules("recompute-producers", ({ reader, products, operands }) => ({ loops: [`${reader.rows}t`], tensors: [products, ...operands].slice(k, k + 1) }))),
    { pass: "split-border", options: { tensors: all.flatMap(({ operands }) => operands), regionsPerLoop: 4 } },
  ];
}
