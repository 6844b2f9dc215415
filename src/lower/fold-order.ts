/**
 * The order of a fold in a reference program: which step comes before a step, and
 * which is the last. Taps outside of the input are skipped, so both are piecewise.
 *
 * Each condition of a fold bounds one of its variables, from below where its factor
 * is positive and from above where it is negative. So the variables run over
 * intervals that do not depend on each other, and the step before (…, k, …) is the
 * one where the innermost variable that can is one less, and all further in are last.
 */
import { affineIn, mentions } from "../../ir/loop/affine.js";
import { type Condition, type IndexExpr, atLeast, below, floordiv, minus, shift, substituteCondition, variable, zero } from "../../ir/loop/index-expr.js";
import type { Loop } from "../../ir/loop/program.js";
import type { StoreContext } from "../../ir/loop/visit.js";
import { invariant, unsupported } from "../../ir/prelude.js";
import type { Case, Instance } from "../../proofs/kernel/witness.js";

/** The stores of one accumulator. */
export interface Fold {
  readonly init: StoreContext;
  readonly step: StoreContext;
}

/** Which store an accumulator was last written by, seen from a step: the one before it. */
export function beforeStep({ init, step }: Fold): readonly Case<Instance>[] {
  const { variables } = rangesOf(init, step);
  const cases = variables.toReversed().flatMap((range, k) => {
    const depth = variables.length - 1 - k;
    const less = at(range, shift(variable(range.name), -1));
    const outer = variables.slice(0, depth).map(({ name }) => variable(name));
    return lastTuples(variables.slice(depth + 1)).map((inner) => ({
      when: [...less.when, ...inner.when],
      then: instance(step, [...pointOf(init), ...outer, ...less.tuple, ...inner.tuple]),
    }));
  });
  return [...cases, initial(init)];
}

/** Seen from after the fold: its last step, or its start where every tap was skipped. */
export function afterFold({ init, step }: Fold): readonly Case<Instance>[] {
  const { variables, shared } = rangesOf(init, step);
  const cases = lastTuples(variables).map(({ when, tuple }) => ({
    when: [...shared, ...when],
    then: instance(step, [...pointOf(init), ...tuple]),
  }));
  return [...cases, initial(init)];
}

function initial(init: StoreContext): Case<Instance> {
  return { when: [], then: instance(init, pointOf(init)) };
}

function instance({ store }: StoreContext, point: readonly IndexExpr[]): Instance {
  return { statement: store.name, point };
}

function pointOf({ loops }: StoreContext): readonly IndexExpr[] {
  return loops.map((loop) => variable(loop.variable));
}

/** One variable of a fold, with the conditions on it as rest + factor · name >= 0. */
interface FoldRange {
  readonly name: string;
  readonly extent: number;
  readonly bounds: readonly { readonly condition: Condition; readonly rest: IndexExpr; readonly factor: number }[];
}

interface Ranges {
  /** Outermost first. */
  readonly variables: readonly FoldRange[];
  /** Conditions on no variable of the fold: without them there is no step at all. */
  readonly shared: readonly Condition[];
}

function rangesOf(init: StoreContext, step: StoreContext): Ranges {
  const depth = init.loops.length;
  invariant(init.loops.every((loop, k) => loop === step.loops[k]), `${step.store.name} is not below the loops of ${init.store.name}`);
  const over = step.loops.slice(depth);
  const where = step.conditions.slice(init.conditions.length).flatMap(inequalities);
  const owner = where.map((c) => ownerOf(c, over, step));
  const variables = over.map(({ variable: name, extent }) => {
    const own = where.filter((_, k) => owner[k] === name);
    return { name, extent, bounds: own.map((c) => boundOf(c, name, step)) };
  });
  return { variables, shared: where.filter((_, k) => owner[k] === undefined) };
}

function inequalities({ kind, index }: Condition): readonly Condition[] {
  return kind === "ge" ? [{ kind, index }] : [{ kind: "ge", index }, { kind: "ge", index: minus(zero, index) }];
}

/** The variable of the fold that a condition is about, if any. */
function ownerOf({ index }: Condition, over: readonly Loop[], step: StoreContext): string | undefined {
  const owners = over.filter((loop) => mentions(index, loop.variable));
  if (owners.length > 1) unclear(index, step, "is about several taps at once");
  return owners[0]?.variable;
}

function boundOf(condition: Condition, name: string, step: StoreContext): FoldRange["bounds"][number] {
  const split = affineIn(condition.index, name);
  return split === undefined ? unclear(condition.index, step, "is not affine in its tap") : { condition, ...split };
}

function unclear(index: IndexExpr, { store }: StoreContext, why: string): never {
  unsupported("fold-condition", `the condition on ${index.text} ${why}, so the order of the fold is not known`, store.origin.node, "use an operator whose window is an interval along each axis");
}

/** Values of some variables of a fold, and when they are what is asked for. */
interface Tuple {
  readonly when: readonly Condition[];
  readonly tuple: readonly IndexExpr[];
}

/** `value` where it is in the interval of the variable. */
function at({ name, extent, bounds }: FoldRange, value: IndexExpr): Tuple {
  const within = bounds.map(({ condition }) => substituteCondition(condition, (other) => (other === name ? value : undefined)));
  return { when: [atLeast(value, zero), below(value, extent), ...within], tuple: [value] };
}

/** The last value of each variable, in every way that its bounds from above can decide. */
function lastTuples(variables: readonly FoldRange[]): readonly Tuple[] {
  return variables.reduce<readonly Tuple[]>((tuples, range) => tuples.flatMap(({ when, tuple }) =>
    lastValues(range).map((last) => ({ when: [...when, ...last.when], tuple: [...tuple, ...last.tuple] }))), [{ when: [], tuple: [] }]);
}

/** extent − 1, or ⌊rest / d⌋ for a bound rest − d · name >= 0: the one within all bounds is the last value. */
function lastValues(range: FoldRange): readonly Tuple[] {
  const ends = range.bounds.filter(({ factor }) => factor < 0).map(({ rest, factor }) => floordiv(rest, -factor));
  return [shift(zero, range.extent - 1), ...ends].map((end) => at(range, end));
}
