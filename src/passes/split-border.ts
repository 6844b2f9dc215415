/**
 * split-border: index-set splitting. A nest whose steps are guarded by padding tests
 * becomes one nest per region of its outer loops, cut where the tests change: before,
 * interior, after on every axis. In the interior no test is left; in a border whose
 * points all use the same taps the range of the taps is cut instead, so none is left
 * there either. The largest region keeps the names of the nest, the others add b1, b2, …
 *
 * A nest without a sum that fills a tensor from here in the middle and from there around, as
 * one with its padding stored, can be split too, where its tensor is named: what is left of it
 * in the middle may then be fused with the nest that makes what it reads.
 */
import { mentions } from "../../ir/loop/affine.js";
import { type Condition, type IndexExpr, eachVariable, shift, substituteCondition, variable } from "../../ir/loop/index-expr.js";
import type { ExtentOf } from "../../ir/loop/interval.js";
import type { Loop, Node } from "../../ir/loop/program.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type Nest, foldDepth, guardsIn, loopsIn, storesIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption, patternsOption } from "./shared/options.js";
import { type Cell, splitNests } from "./shared/pieces.js";
import { type Region, regionsOf } from "./shared/regions.js";
import { extentsOf, simplifyCondition } from "./shared/simplify.js";

const name = "split-border";

/** The most regions along one loop, and the most nests that one nest may become. */
export const splitLimits = { regionsPerLoop: 3, nests: 27 } as const;

const options: OptionTable = {
  regionsPerLoop: { kind: "count", about: "the most regions along one loop; with fewer than a window has, tests stay in its borders (default: 3)" },
  nests: { kind: "count", about: "the most nests that one nest may become (default: 27)" },
  tensors: { kind: "patterns", about: "nests without a sum that fill these tensors, and no others (default: all nests with a sum)" },
};

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const perLoop = countOption(name, given, "regionsPerLoop") ?? splitLimits.regionsPerLoop;
  const mostNests = countOption(name, given, "nests") ?? splitLimits.nests;
  const tensors = patternsOption(name, given, "tensors");
  return splitNests(before, { pass: name, letter: "b" }, (nest) => {
    const cells = tensors === undefined ? borderCells(nest, perLoop) : fills(nest, tensors) ? caseCells(nest, perLoop) : [];
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

/** Whether a nest without a sum stores into one of the tensors. */
function fills(nest: Nest, tensors: readonly RegExp[]): boolean {
  return foldDepth(nest) === 0 && storesIn(nest.body).some(({ buffer }) => tensors.some((pattern) => pattern.test(buffer)));
}

/** The conditions that one store stands under. */
type Case = readonly Condition[];

/** Regions of a nest without a sum: a loop is cut only where more than one store is left, so that a row of one value stays one. */
function caseCells(nest: Nest, perLoop: number): readonly Cell[] {
  const extentOf = extentsOf(nest.loops);
  const cut = ([loop, ...inner]: readonly Loop[], cases: readonly Case[], cell: Cell): readonly Cell[] => {
    if (loop === undefined) return [cell];
    const regions = cases.length < 2 ? [] : regionsOfCases(loop, cases, extentOf);
    if (regions.length < 2 || regions.length > perLoop) return cut(inner, cases, cell);
    return regions.flatMap((region) => cut(inner, cases.filter((each) => isPossible(each, loop, region)), new Map([...cell, [loop.variable, region]])));
  };
  return cut(nest.loops, casesOf(nest.body), new Map());
}

/** Cut wherever a region of some store begins. */
function regionsOfCases(loop: Loop, cases: readonly Case[], extentOf: ExtentOf): readonly Region[] {
  const starts = [...new Set(cases.flatMap((each) => regionsOf(loop, each, extentOf, loop.extent)).map(({ low }) => low))].toSorted((a, b) => a - b);
  return starts.map((low, k) => ({ low, size: (starts[k + 1] ?? loop.extent) - low }));
}

function casesOf(body: readonly Node[], under: Case = []): readonly Case[] {
  return body.flatMap((node) => (node.kind === "store" ? [under] : casesOf(node.body, node.kind === "guard" ? [...under, ...node.conditions] : under)));
}

/** Whether the store is reached for some value of the loop in the region. */
function isPossible(conditions: Case, { variable: name }: Loop, { low, size }: Region): boolean {
  const moved = conditions.filter((c) => mentions(c.index, name)).map((c) => substituteCondition(c, (v) => (v === name ? shift(variable(name), low) : undefined)));
  return moved.every((c) => simplifyCondition(c, (v) => (v === name ? size : Infinity)) !== "never");
}

function within(e: IndexExpr, names: ReadonlySet<string>): boolean {
  let inside = true;
  eachVariable(e, (name) => {
    inside &&= names.has(name);
  });
  return inside;
}

export const splitBorder: Pass = { name, summary: "separate borders from the interior, without padding tests", options, run };
