/**
 * split-remainder: a loop whose extent has no good divisor becomes a part that tiles
 * divide and what is left over, each a nest of its own. 47 columns are 45 in tiles of
 * five and 2 more; tile-loops then finds its sizes without a guarded tail.
 *
 * Rewrite: index-set splitting of an outer loop of a fold, as split-border does it.
 * Requires: independent iterations. Ensures: every order within an output stays (T0).
 * Timing: no test in any tile; more code. Refuses: unknown options.
 */
import type { Loop } from "../../ir/loop/program.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { largestDivisor } from "./shared/divisors.js";
import { type Nest, foldDepth } from "./shared/nests.js";
import { countOption, onlyOptions, patternsOption, rulesOf } from "./shared/options.js";
import { type Cell, splitNests } from "./shared/pieces.js";

const name = "split-remainder";

/**
 * None: on a MobileNet with the rule { foldLoopsAtLeast: 2, loops: ["*_o3*"], sizeAtLeast: 4,
 * sizeUpTo: 8 } the code is 4 % faster for 17 % more obligations.
 */
export const remainderRules: readonly PassOptions[] = [];

interface Rule {
  /** In order of preference; the first pattern that names a loop decides which one it is. */
  readonly loops: readonly RegExp[];
  readonly foldLoopsAtLeast: number;
  readonly sizeAtLeast: number;
  readonly sizeUpTo: number;
}

const words = ["loops", "foldLoopsAtLeast", "sizeAtLeast", "sizeUpTo"];

function parseRule(rule: PassOptions): Rule {
  const sizeUpTo = countOption(name, rule, "sizeUpTo") ?? 8;
  return {
    loops: patternsOption(name, rule, "loops") ?? [],
    foldLoopsAtLeast: countOption(name, rule, "foldLoopsAtLeast") ?? 1,
    sizeAtLeast: countOption(name, rule, "sizeAtLeast") ?? sizeUpTo,
    sizeUpTo,
  };
}

function run(before: Staged, options: PassOptions): PassResult | undefined {
  onlyOptions(name, options, ["rules"]);
  const rules = rulesOf(name, options, remainderRules, words).map(parseRule);
  if (rules.length === 0) return undefined;
  return splitNests(before, { pass: name, letter: "r" }, (nest) => {
    const rule = rules.find(({ foldLoopsAtLeast }) => foldDepth(nest) >= foldLoopsAtLeast);
    return rule === undefined ? [] : cellsOf(nest, rule);
  });
}

/** The loop up to the last whole tile, and the rest. */
function cellsOf({ loops }: Nest, rule: Rule): readonly Cell[] {
  const loop = rule.loops.map((pattern) => loops.find((it) => pattern.test(it.variable) && it.extent > 1)).find((it) => it !== undefined);
  const size = loop === undefined ? undefined : sizeFor(loop, rule);
  if (loop === undefined || size === undefined) return [];
  const whole = loop.extent - (loop.extent % size);
  return [{ low: 0, size: whole }, { low: whole, size: loop.extent - whole }].map((region) => new Map([[loop.variable, region]]));
}

/** The size of tile that leaves least over, the largest of those; undefined where some size divides the extent. */
function sizeFor({ extent }: Loop, { sizeAtLeast, sizeUpTo }: Rule): number | undefined {
  if (extent <= sizeUpTo || largestDivisor(extent, sizeUpTo) >= sizeAtLeast) return undefined;
  let best = sizeUpTo;
  for (let size = sizeUpTo - 1; size >= sizeAtLeast; size--) if (extent % size < extent % best) best = size;
  return best;
}

export const splitRemainder: Pass = { name, summary: "cut loops where no tile divides them", run };
