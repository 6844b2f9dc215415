/** What expressions over lanes refer to, and the lanes that conditions leave. */
import { type Condition, type IndexExpr, eachVariable } from "../loop/index-expr.js";
import { type Scope, compileIndex } from "./eval-index.js";
import type { Active, Lanes } from "./eval-lane-loops.js";
import type { MulAddContract, TensorRef } from "./meaning.js";
import type { Elements, Tensor } from "./tensor.js";

/** The lanes, their variable and everything that is in scope. */
export interface LaneContext {
  readonly scope: Scope;
  readonly tensor: (ref: TensorRef) => Tensor;
  /** Elements as doubles, exact for every type but 64-bit integers. */
  readonly doubles: (data: Elements) => Float64Array;
  readonly contract: MulAddContract;
  /** The variable of the lanes. In scope it has the value of lane 0. */
  readonly lane: string;
  /** Most lanes at a time. */
  readonly width: number;
  readonly active: Active;
  /** The running values of the fold around the expression. */
  readonly acc: Float64Array | undefined;
  /** Conditions that hold wherever the expression is evaluated, as text. */
  readonly known: ReadonlySet<string>;
}

/** Values of its own: lane k in element k. */
export function computed({ active, width }: LaneContext, run: (out: Float64Array) => void, out: Float64Array = new Float64Array(width)): Lanes {
  const place = { at: 0 };
  return { data: out, step: 1, place, run: () => { run(out); place.at = active.from; } };
}

/** How far `e` moves from lane to lane; undefined where that differs between lanes. */
export function coefficientOf(e: IndexExpr, lane: string): number | undefined {
  let coefficient = 0;
  for (const term of e.terms) {
    if (term.atom.kind === "var") coefficient += term.atom.name === lane ? term.coefficient : 0;
    else if (mentions(term.atom.of, lane)) return undefined;
  }
  return coefficient;
}

/** Does `name` occur in `e`? */
export function mentions(e: IndexExpr, name: string): boolean {
  let found = false;
  eachVariable(e, (other) => { found ||= other === name; });
  return found;
}

/** Leaves active the lanes where all conditions hold: each is linear in the lane, so they are neighbours. */
export function cutOf(conditions: readonly Condition[], { active, scope, lane }: LaneContext): () => void {
  const cuts = conditions.map(({ kind, index }) => ({ kind, first: compileIndex(index, scope), step: coefficientOf(index, lane) ?? 0 }));
  return () => {
    for (const { kind, first, step } of cuts) {
      const value = first();
      if (kind === "ge") atLeastZero(active, value, step);
      else equalZero(active, value, step);
    }
  };
}

/** value + step · k >= 0. */
function atLeastZero(active: Active, value: number, step: number): void {
  if (step > 0) active.from = Math.max(active.from, Math.ceil(-value / step));
  else if (step < 0) active.to = Math.min(active.to, Math.floor(value / -step) + 1);
  else if (value < 0) active.to = active.from;
}

/** value + step · k = 0. */
function equalZero(active: Active, value: number, step: number): void {
  const at = step === 0 ? 0 : -value / step;
  if (step === 0 ? value !== 0 : !Number.isInteger(at)) active.to = active.from;
  else if (step !== 0) {
    active.from = Math.max(active.from, at);
    active.to = Math.min(active.to, at + 1);
  }
}
