/**
 * split-border: index-set splitting. A nest whose steps are guarded by padding tests
 * becomes one nest per region of its outer loops, cut where the tests change: before,
 * interior, after on every axis. In the interior no test is left; in a border whose
 * points all use the same taps the range of the taps is cut instead, so none is left
 * there either. The largest region keeps the names of the nest, the others add b1, b2, …
 */
import { type IndexExpr, eachVariable } from "../../ir/loop/index-expr.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type Nest, foldDepth, guardsIn, loopsIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption } from "./shared/options.js";
import { type Cell, splitNests } from "./shared/pieces.js";
import { regionsOf } from "./shared/regions.js";
import { extentsOf } from "./shared/simplify.js";

const name = "split-border";

/** The most regions along one loop, and the most nests that one nest may become. */
export const splitLimits = { regionsPerLoop: 3, nests: 27 } as const;

const options: OptionTable = {
  regionsPerLoop: { kind: "count", about: "the most regions along one loop; with fewer than a window has, tests stay in its borders (default: 3)" },
  nests: { kind: "count", about: "the most nests that one nest may become (default: 27)" },
};

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const perLoop = countOption(name, given, "regionsPerLoop") ?? splitLimits.regionsPerLoop;
  const mostNests = countOption(name, given, "nests") ?? splitLimits.nests;
  return splitNests(before, { pass: name, letter: "b" }, (nest) => {
    const cells = borderCells(nest, perLoop);
    return cells.length <= mostNests ? cells : [];
  });
}

/** All combinations of the regions of the outer loops, in the order of execution. */
export function borderCells(nest: Nest, perLoop: number = splitLimits.regionsPerLoop): readonly Cell[] {
  if (foldDepth(nest) === 0) return [];
  const extentOf = extentsOf([...nest.loops, ...loopsIn(nest.body)]);
  const own = new Set([...nest.loops, ...loopsIn(nest.body)].map(({ variable }) => variable));
  const tests = nest.body.filter((item) => loopsIn([item]).length > 0).flatMap((item) => guardsIn([item]).flatMap((guard) => guard.conditions))
    .filter(({ index }) => within(index, own)); // a test of a loop further out decides nothing in a region
  return nest.loops.reduce<readonly Cell[]>((cells, loop) => {
    const regions = regionsOf(loop, tests, extentOf, perLoop);
    if (regions.length < 2) return cells;
    return cells.flatMap((cell) => regions.map((region) => new Map([...cell, [loop.variable, region]])));
  }, [new Map()]);
}

function within(e: IndexExpr, names: ReadonlySet<string>): boolean {
  let inside = true;
  eachVariable(e, (name) => {
    inside &&= names.has(name);
  });
  return inside;
}

export const splitBorder: Pass = { name, summary: "separate borders from the interior, without padding tests", options, run };
