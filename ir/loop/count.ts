/**
 * How many points of a box of loop variables satisfy affine conditions: exactly, by
 * splitting into parts that share no variable, by closed form where one variable is
 * left, and otherwise by trying the values of the variable with the fewest.
 */
import { present, unsupported } from "../prelude.js";
import { affineIn } from "./affine.js";
import { type Condition, eachVariable, holds, literal, substituteCondition } from "./index-expr.js";
import { decide } from "./interval.js";

export interface Axis {
  readonly variable: string;
  readonly extent: number;
}

/** Values tried before counting gives up; a padded convolution takes as many as its kernel has taps. */
export const maxTrials = 2_000_000;

/** Throws a Refusal `count-too-large` beyond maxTrials values, or when the result is no safe integer. */
export function countPoints(axes: readonly Axis[], conditions: readonly Condition[]): number {
  return count(axes, conditions, { trials: 0, known: new Map() });
}

interface State {
  trials: number;
  /** Counts of parts already solved, by their text. */
  readonly known: Map<string, number>;
}

function count(axes: readonly Axis[], conditions: readonly Condition[], state: State): number {
  const extents = new Map(axes.map(({ variable, extent }) => [variable, extent]));
  const decided = conditions.map((c) => decide(c, (name) => present(extents.get(name), `variable ${name} in scope`)));
  if (decided.includes("never")) return 0;
  const open = conditions.filter((_, k) => decided[k] === "sometimes");
  let product = 1;
  const parts = partsOf(open);
  for (const part of parts) {
    const own = axes.filter(({ variable }) => part.variables.has(variable));
    product = times(product, countPart(own, part.conditions, state));
  }
  const free = axes.filter(({ variable }) => !parts.some((part) => part.variables.has(variable)));
  return free.reduce((points, { extent }) => times(points, extent), product);
}

/** The product of two counts. */
export function times(a: number, b: number): number {
  const product = a * b;
  return Number.isSafeInteger(product) ? product : unsupported("count-too-large", `${a} · ${b} iterations exceed 2^53`, undefined, "split the model");
}

interface Part {
  readonly variables: Set<string>;
  readonly conditions: Condition[];
}

/** Conditions grouped so that no two groups share a variable. */
function partsOf(conditions: readonly Condition[]): Part[] {
  let parts: Part[] = [];
  for (const c of conditions) {
    const variables = new Set<string>();
    eachVariable(c.index, (name) => variables.add(name));
    const shares = (part: Part): boolean => [...variables].some((name) => part.variables.has(name));
    const joined = parts.filter(shares);
    const part = {
      variables: new Set([...variables, ...joined.flatMap((p) => [...p.variables])]),
      conditions: [...joined.flatMap((p) => p.conditions), c],
    };
    parts = [...parts.filter((p) => !shares(p)), part];
  }
  return parts;
}

function countPart(axes: readonly Axis[], conditions: readonly Condition[], state: State): number {
  const key = [...axes.map((a) => `${a.variable}<${a.extent}`), ...conditions.map((c) => `${c.kind} ${c.index.text}`)].join(";");
  const known = state.known.get(key);
  if (known !== undefined) return known;
  const [only, second] = axes;
  const result = only !== undefined && second === undefined ? countOne(only, conditions, state) : countByTrial(axes, conditions, state);
  state.known.set(key, result);
  return result;
}

/** One variable: each affine condition leaves a range of it. */
function countOne(axis: Axis, conditions: readonly Condition[], state: State): number {
  const { variable, extent } = axis;
  let low = 0;
  let high = extent;
  for (const { kind, index } of conditions) {
    const split = affineIn(index, variable);
    if (split === undefined) return countEach(axis, conditions, state);
    const bound = -split.rest.constant / split.factor;
    if (split.factor > 0 || kind === "eq") low = Math.max(low, Math.ceil(bound));
    if (split.factor < 0 || kind === "eq") high = Math.min(high, Math.floor(bound) + 1);
  }
  return Math.max(0, high - low);
}

function countEach({ variable, extent }: Axis, conditions: readonly Condition[], state: State): number {
  spend(extent, state);
  let found = 0;
  for (let v = 0; v < extent; v++) {
    if (conditions.every((c) => holds(c, (name) => (name === variable ? v : NaN)))) found++;
  }
  return found;
}

function countByTrial(axes: readonly Axis[], conditions: readonly Condition[], state: State): number {
  const least = axes.reduce((a, b) => (b.extent < a.extent ? b : a));
  const rest = axes.filter((axis) => axis !== least);
  spend(least.extent, state);
  let sum = 0;
  for (let v = 0; v < least.extent; v++) {
    const value = (name: string) => (name === least.variable ? literal(v) : undefined);
    sum += count(rest, conditions.map((c) => substituteCondition(c, value)), state);
  }
  return sum;
}

function spend(trials: number, state: State): void {
  state.trials += trials;
  if (state.trials <= maxTrials) return;
  unsupported("count-too-large", `counting the points of a guard takes more than ${maxTrials} trials`, undefined, "use a schedule whose guards share fewer variables");
}
