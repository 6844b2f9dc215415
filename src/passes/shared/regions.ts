/**
 * Regions of an iteration range: runs of one loop's values on which padding tests come
 * out alike. Found by trying every value, so no shape of window needs a formula.
 */
import { mentions } from "../../../ir/loop/affine.js";
import { type Condition, literal, substituteCondition } from "../../../ir/loop/index-expr.js";
import type { ExtentOf } from "../../../ir/loop/interval.js";
import type { Loop } from "../../../ir/loop/program.js";
import { simplifyCondition } from "./simplify.js";

/** Values low … low + size − 1 of a loop variable. */
export interface Region {
  readonly low: number;
  readonly size: number;
}

/** The signature of a run on which every condition holds for every tap. */
const untested = "";

interface Run extends Region {
  /** What is left of the conditions there; equal texts, equal sets of taps. */
  readonly signature: string;
}

/**
 * Cuts the values of `loop` where `conditions` change. At most `limit` regions: if the
 * runs are more, the longest run without any condition and what is before and after it,
 * or no cut where there is no such run.
 */
export function regionsOf(loop: Loop, conditions: readonly Condition[], extentOf: ExtentOf, limit: number): readonly Region[] {
  const whole = { low: 0, size: loop.extent };
  const own = conditions.filter((c) => mentions(c.index, loop.variable));
  if (own.length === 0 || loop.extent === 1) return [whole];
  const runs = runsOf(loop, own, extentOf);
  if (runs.length <= limit) return runs;
  const free = runs.filter((run) => run.signature === untested);
  const interior = free.reduce<Run | undefined>((best, run) => (best === undefined || run.size > best.size ? run : best), undefined);
  if (interior === undefined) return [whole];
  const after = interior.low + interior.size;
  return [{ low: 0, size: interior.low }, interior, { low: after, size: loop.extent - after }].filter(({ size }) => size > 0);
}

function runsOf(loop: Loop, conditions: readonly Condition[], extentOf: ExtentOf): readonly Run[] {
  const runs: Run[] = [];
  for (let value = 0; value < loop.extent; value++) {
    const signature = signatureAt(loop.variable, value, conditions, extentOf);
    const last = runs.at(-1);
    if (last?.signature === signature) runs.splice(-1, 1, { ...last, size: last.size + 1 });
    else runs.push({ low: value, size: 1, signature });
  }
  return runs;
}

function signatureAt(name: string, value: number, conditions: readonly Condition[], extentOf: ExtentOf): string {
  const at = literal(value);
  return conditions
    .map((c) => simplifyCondition(substituteCondition(c, (v) => (v === name ? at : undefined)), extentOf))
    .filter((left) => left !== "always")
    .map((left) => (left === "never" ? left : `${left.kind} ${left.index.text}`))
    .join("; ");
}

/**
 * The values of `loop` on which `conditions` can hold, as far as they say the same for
 * all values of the other variables; undefined if those are no interval.
 */
export function allowedRange(loop: Loop, conditions: readonly Condition[], extentOf: ExtentOf): Region | undefined {
  const own = conditions.filter((c) => mentions(c.index, loop.variable)).filter((c) => decidedBy(loop, c, extentOf));
  const allowed: number[] = [];
  for (let value = 0; value < loop.extent; value++) {
    if (own.every((c) => at(loop, value, c, extentOf) === "always")) allowed.push(value);
  }
  const [low = 0] = allowed;
  const size = allowed.length;
  return size === 0 || allowed.at(-1) === low + size - 1 ? { low, size } : undefined;
}

function at(loop: Loop, value: number, c: Condition, extentOf: ExtentOf): Condition | "always" | "never" {
  return simplifyCondition(substituteCondition(c, (v) => (v === loop.variable ? literal(value) : undefined)), extentOf);
}

/** Whether the value of `loop` alone decides the condition. */
function decidedBy(loop: Loop, c: Condition, extentOf: ExtentOf): boolean {
  for (let value = 0; value < loop.extent; value++) {
    const outcome = at(loop, value, c, extentOf);
    if (outcome !== "always" && outcome !== "never") return false;
  }
  return true;
}
