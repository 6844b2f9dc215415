/**
 * Which points of a stage have equal values, so that one of them can stand for all.
 * An axis whose variable enters no cell that is read and no value, only conditions,
 * makes no difference but through the outcomes of these conditions: positions with the
 * same outcomes, whatever the variables of folds are, belong to one class. A condition
 * on two such axes at once leaves every position in a class of its own.
 */
import { type Condition, type IndexExpr, eachVariable, holds } from "../../ir/loop/index-expr.js";
import type { Axis, Stage, TensorExpr, TensorRef } from "../../ir/tensor/meaning.js";

/** Per axis of the stage: the positions that stand for the others, and which one stands for each position. */
export interface AxisClasses {
  readonly representatives: readonly number[];
  readonly standsFor: readonly number[];
}

/** `cellOf` gives the index expression of the cell that a load reads. */
export function classesOf(stage: Stage, cellOf: (ref: TensorRef, index: readonly IndexExpr[]) => IndexExpr): readonly AxisClasses[] {
  const uses: Uses = { fixed: new Set(), conditions: [], folds: new Map() };
  collect(stage.value, uses, cellOf);
  return stage.axes.map((name, axis) => axisClasses({ name, extent: stage.shape[axis] ?? 1 }, stage, uses));
}

interface Uses {
  /** Variables that enter a cell or a value. */
  readonly fixed: Set<string>;
  readonly conditions: Condition[];
  /** Largest extent of each fold variable. */
  readonly folds: Map<string, number>;
}

function collect(e: TensorExpr, uses: Uses, cellOf: (ref: TensorRef, index: readonly IndexExpr[]) => IndexExpr): void {
  const fix = (index: IndexExpr): void => eachVariable(index, (name) => uses.fixed.add(name));
  switch (e.kind) {
    case "at": return fix(cellOf(e.tensor, e.index));
    case "index": return fix(e.index);
    case "op": return e.args.forEach((arg) => collect(arg, uses, cellOf));
    case "fold":
      for (const { name, extent } of e.over) uses.folds.set(name, Math.max(extent, uses.folds.get(name) ?? 0));
      uses.conditions.push(...e.where);
      return [e.start, e.step].forEach((part) => collect(part, uses, cellOf));
    case "select":
      uses.conditions.push(...e.when);
      return [e.then, e.otherwise].forEach((part) => collect(part, uses, cellOf));
    case "const":
    case "acc":
      return undefined;
  }
}

function axisClasses({ name, extent }: Axis, stage: Stage, uses: Uses): AxisClasses {
  const positions = Array.from({ length: extent }, (_, at) => at);
  const about = uses.conditions.filter(({ index }) => variablesOf(index).has(name));
  const alone = about.every(({ index }) => stage.axes.every((other) => other === name || !variablesOf(index).has(other)));
  if (uses.fixed.has(name) || !alone) return { representatives: positions, standsFor: positions };
  const first = new Map<string, number>();
  const standsFor = positions.map((at) => {
    const outcome = about.map((c) => outcomes(c, [name, at], uses.folds)).join("|");
    const known = first.get(outcome) ?? at;
    first.set(outcome, known);
    return known;
  });
  return { representatives: [...first.values()], standsFor };
}

function variablesOf(index: IndexExpr): ReadonlySet<string> {
  const names = new Set<string>();
  eachVariable(index, (name) => names.add(name));
  return names;
}

/** The truth of a condition at a position, for every value of the fold variables in it. */
function outcomes(condition: Condition, [axis, at]: readonly [string, number], folds: ReadonlyMap<string, number>): string {
  const names = [...variablesOf(condition.index)].filter((name) => name !== axis);
  const points = names.reduce<readonly (readonly number[])[]>((rest, name) =>
    rest.flatMap((point) => Array.from({ length: folds.get(name) ?? 1 }, (_, k) => [...point, k])), [[]]);
  return points.map((point) => (holds(condition, (name) => (name === axis ? at : point[names.indexOf(name)] ?? 0)) ? "1" : "0")).join("");
}
