/**
 * split-loops: index-set splitting in place. A loop becomes loops over runs of its values,
 * one after the other, where it stood; peeling the first or last iterations is a case of it.
 *
 * Rewrite: for v in 0..N { B } becomes for v in 0..p { B }, for vs1 in 0..N−p { B[v := vs1 + p] }.
 * The longest run keeps the names. Guards that a run decides go, and with them the ranges
 * of inner loops that only fail them. Requires: nothing, the order of execution stays.
 * Ensures: one copy of the body per run. Timing: fewer tests. Refuses: rules without a point.
 */
import type { Loop } from "../../ir/loop/program.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { loopsIn, namesOf } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption, countsOption, patternsOption, refuse, rulesOf } from "./shared/options.js";
import { type Part, type Tables, copied } from "./shared/parts.js";
import { remap } from "./shared/remap.js";

const name = "split-loops";

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "the first whose pattern fits a loop decides about it; without rules nothing is split",
    words: {
      loops: { kind: "patterns", about: "names of loops", required: true },
      at: { kind: "counts", about: "values at which a new run begins; those outside the loop are left out" },
      first: { kind: "count", about: "how many iterations to peel at the beginning" },
      last: { kind: "count", about: "how many iterations to peel at the end" },
    },
  },
};

interface Rule {
  readonly loops: readonly RegExp[];
  /** Where runs begin, 0 aside; ascending. */
  readonly pointsOf: (extent: number) => readonly number[];
}

function parseRule(rule: PassOptions): Rule {
  const at = countsOption(name, rule, "at") ?? [];
  const first = countOption(name, rule, "first");
  const last = countOption(name, rule, "last");
  if (at.length === 0 && first === undefined && last === undefined) refuse(name, "a rule says no point to split at", "give at, first or last");
  const pointsOf = (extent: number): readonly number[] => {
    const points = [...at, ...(first === undefined ? [] : [first]), ...(last === undefined ? [] : [extent - last])];
    return [...new Set(points)].filter((point) => point > 0 && point < extent).sort((a, b) => a - b);
  };
  return { loops: patternsOption(name, rule, "loops") ?? [], pointsOf };
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules = rulesOf(name, given, []).map(parseRule);
  const { program } = before;
  const parts = new Map(loopsIn(program.body).flatMap((loop) => partsBy(rules, loop)));
  if (parts.size === 0) return undefined;
  const names = namesOf(program);
  const tables: Tables = { from: new Map(), to: new Map() };
  const rename = (old: string, suffix: string): string => (suffix === "" ? old : names.fresh(old, suffix));
  const body = program.body.flatMap((node) => {
    const concerned = loopsIn([node]).some(({ variable }) => parts.has(variable));
    const partsOf = (loop: Loop): readonly Part[] | undefined => parts.get(loop.variable);
    return concerned ? copied(node, { pass: name, tables, rename, partsOf, buffers: new Map() }) : [node];
  });
  return remap(before, { after: { ...program, body }, ...tables });
}

function partsBy(rules: readonly Rule[], loop: Loop): [string, readonly Part[]][] {
  const rule = rules.find(({ loops }) => loops.some((pattern) => pattern.test(loop.variable)));
  const points = rule?.pointsOf(loop.extent) ?? [];
  if (points.length === 0) return [];
  const ends = [...points, loop.extent];
  const runs = ends.map((end, k) => ({ low: ends[k - 1] ?? 0, size: end - (ends[k - 1] ?? 0) }));
  const longest = runs.reduce((best, it) => (it.size > best.size ? it : best));
  let copies = 0;
  return [[loop.variable, runs.map((it) => ({ ...it, suffix: it === longest ? "" : `s${++copies}` }))]];
}

export const splitLoops: Pass = { name, summary: "split loops at literal points, peel iterations", options, run };
