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
import { type OptionTable, checkOptions, countOption, flagOption, patternsOption, rulesOf } from "./shared/options.js";
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
  readonly even: boolean;
}

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "the first whose depth and one of whose loops a nest has decides about it (default: none)",
    words: {
      loops: { kind: "patterns", about: "loops to cut, in order of preference", required: true },
      foldLoopsAtLeast: { kind: "count", about: "only nests with so many loops around a step of a sum (default: 1)" },
      sizeAtLeast: { kind: "count", about: "a loop with a divisor of at least this is left alone (default: sizeUpTo)" },
      sizeUpTo: { kind: "count", about: "the largest size of tile (default: 8)" },
      even: { kind: "flag", about: "what is left over is tiles too, one shorter: 14 in tiles of up to 6 are 10 and 4 (default: false, as little as possible is left over)" },
    },
  },
};

function parseRule(rule: PassOptions): Rule {
  const sizeUpTo = countOption(name, rule, "sizeUpTo") ?? 8;
  return {
    loops: patternsOption(name, rule, "loops") ?? [],
    foldLoopsAtLeast: countOption(name, rule, "foldLoopsAtLeast") ?? 1,
    sizeAtLeast: countOption(name, rule, "sizeAtLeast") ?? sizeUpTo,
    sizeUpTo,
    even: flagOption(name, rule, "even"),
  };
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules = rulesOf(name, given, remainderRules).map(parseRule);
  if (rules.length === 0) return undefined;
  return splitNests(before, { pass: name, letter: "r" }, (nest) => {
    const rule = rules.find((it) => foldDepth(nest) >= it.foldLoopsAtLeast && loopFor(nest, it) !== undefined);
    return rule === undefined ? [] : cellsOf(nest, rule);
  });
}

function loopFor({ loops }: Nest, rule: Rule): Loop | undefined {
  return rule.loops.map((pattern) => loops.find((it) => pattern.test(it.variable) && it.extent > 1)).find((it) => it !== undefined);
}

/** The loop up to the last whole tile, and the rest. */
function cellsOf(nest: Nest, rule: Rule): readonly Cell[] {
  const loop = loopFor(nest, rule);
  const whole = loop === undefined ? undefined : tilesLeft(loop.extent, rule);
  if (loop === undefined || whole === undefined) return [];
  return [{ low: 0, size: whole }, { low: whole, size: loop.extent - whole }].map((region) => new Map([[loop.variable, region]]));
}

/** How many iterations are whole tiles; undefined where some size divides the extent. */
export function tilesLeft(extent: number, rule: Pick<Rule, "sizeUpTo" | "sizeAtLeast" | "even">): number | undefined {
  if (extent <= rule.sizeUpTo || largestDivisor(extent, rule.sizeUpTo) >= rule.sizeAtLeast) return undefined;
  if (!rule.even) return extent - (extent % sizeFor(extent, rule));
  const tiles = Math.ceil(extent / rule.sizeUpTo);
  const shorter = Math.floor(extent / tiles);
  return extent % tiles === 0 ? undefined : (extent - (tiles * shorter)) * (shorter + 1);
}

/** The size of tile that leaves least over, the largest of those. */
function sizeFor(extent: number, { sizeAtLeast, sizeUpTo }: Pick<Rule, "sizeUpTo" | "sizeAtLeast">): number {
  let best = sizeUpTo;
  for (let size = sizeUpTo - 1; size >= sizeAtLeast; size--) if (extent % size < extent % best) best = size;
  return best;
}

export const splitRemainder: Pass = { name, summary: "cut loops where no tile divides them", options, run };
