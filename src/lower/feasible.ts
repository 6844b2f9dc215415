/**
 * Whether any integer point of a box satisfies affine conditions: interval evaluation
 * over sub-boxes, pruning what is decided and bisecting what is not. It keeps empty
 * cases out of witnesses. Nothing rests on it: an empty case is refuted by its cover.
 */
import { type Atom, type Condition, type IndexExpr, eachVariable, holds } from "../../ir/loop/index-expr.js";
import { present } from "../../ir/prelude.js";

/** A variable with 0 <= name < extent. */
export interface Bounded {
  readonly name: string;
  readonly extent: number;
}

/** Sub-boxes looked at before the search gives up and answers true. */
const budget = 20_000;

type Range = readonly [low: number, high: number];
type Box = ReadonlyMap<string, Range>;
type Answer = "always" | "never" | "sometimes";

/**
 * Is there a point of the box where all of `when` holds and, for each list of
 * `notEarlier`, not all of it? Exact unless the budget runs out; then true.
 */
export function feasible(variables: readonly Bounded[], when: readonly Condition[], notEarlier: readonly (readonly Condition[])[] = []): boolean {
  const pending: Box[] = [new Map(variables.map(({ name, extent }) => [name, [0, extent - 1]]))];
  for (let looked = 0; looked < budget; looked++) {
    const box = pending.pop();
    if (box === undefined) return false;
    const { answer, open } = examine(box, when, notEarlier);
    if (answer === "always" || (answer === "sometimes" && cornerHolds(box, when, notEarlier))) return true;
    if (answer === "sometimes") pending.push(...halves(box, open));
  }
  return true;
}

interface Examined {
  readonly answer: Answer;
  /** The conditions that intervals leave undecided. */
  readonly open: readonly Condition[];
}

function examine(box: Box, when: readonly Condition[], notEarlier: readonly (readonly Condition[])[]): Examined {
  const own = conjunction(box, when);
  if (own.answer === "never") return own;
  const earlier = notEarlier.map((list) => conjunction(box, list));
  if (earlier.some(({ answer }) => answer === "always")) return { answer: "never", open: [] };
  const open = [...own.open, ...earlier.flatMap((list) => (list.answer === "never" ? [] : list.open))];
  return { answer: open.length === 0 ? "always" : "sometimes", open };
}

function conjunction(box: Box, conditions: readonly Condition[]): Examined {
  const open: Condition[] = [];
  for (const c of conditions) {
    const answer = decide(c, box);
    if (answer === "never") return { answer, open: [] };
    if (answer === "sometimes") open.push(c);
  }
  return { answer: open.length === 0 ? "always" : "sometimes", open };
}

/** Points at the lower and upper ends: most satisfiable cases are so there, long before bisection finds it. */
function cornerHolds(box: Box, when: readonly Condition[], notEarlier: readonly (readonly Condition[])[]): boolean {
  return ([0, 1] as const).some((end) => {
    const corner = (name: string): number => rangeIn(box, name)[end];
    const all = (list: readonly Condition[]): boolean => list.every((c) => holds(c, corner));
    return all(when) && !notEarlier.some(all);
  });
}

/** The box cut in the middle of its longest side among those that `open` mentions. */
function halves(box: Box, open: readonly Condition[]): readonly Box[] {
  let widest: { name: string; range: Range } | undefined;
  for (const { index } of open) {
    eachVariable(index, (name) => {
      const range = rangeIn(box, name);
      if (widest === undefined || range[1] - range[0] > widest.range[1] - widest.range[0]) widest = { name, range };
    });
  }
  const { name, range: [low, high] } = present(widest, "variable of an undecided condition");
  const middle = Math.floor((low + high) / 2);
  return [new Map(box).set(name, [middle + 1, high]), new Map(box).set(name, [low, middle])];
}

function decide({ kind, index }: Condition, box: Box): Answer {
  const [low, high] = rangeOf(index, box);
  if (high < 0 || (kind === "eq" && low > 0)) return "never";
  if (kind === "ge") return low >= 0 ? "always" : "sometimes";
  return low === 0 && high === 0 ? "always" : "sometimes";
}

function rangeOf(e: IndexExpr, box: Box): Range {
  let low = e.constant;
  let high = e.constant;
  for (const { coefficient, atom } of e.terms) {
    const range = atomRange(atom, box);
    low += coefficient * (coefficient > 0 ? range[0] : range[1]);
    high += coefficient * (coefficient > 0 ? range[1] : range[0]);
  }
  return [low, high];
}

function atomRange(atom: Atom, box: Box): Range {
  if (atom.kind === "var") return rangeIn(box, atom.name);
  const [low, high] = rangeOf(atom.of, box);
  const [first, last] = [Math.floor(low / atom.by), Math.floor(high / atom.by)];
  if (atom.kind === "floordiv") return [first, last];
  return first === last ? [low - atom.by * first, high - atom.by * first] : [0, atom.by - 1];
}

function rangeIn(box: Box, name: string): Range {
  return present(box.get(name), `variable ${name} in scope`);
}
