/**
 * The list of wrong kernels: each rule left out, and each condition within a rule that
 * can be weakened. A weakening reads the form that the kernel gives its obligations
 * (proofs/kernel/sources.ts, refine.ts, bounds.ts, kinds.ts), which the identifiers tell.
 */
import { shift } from "../../../ir/loop/index-expr.js";
import type { EnabledRules } from "../../../proofs/kernel/claims.js";
import { type Formula, type Obligation, type Rule, type SolverObligation, and, condition, or, truth } from "../../../proofs/kernel/obligation.js";

export interface Weakening {
  readonly name: string;
  readonly bug: string;
  /** The obligation as a wrong kernel makes it: the same object if it makes it as it should, undefined if not at all. */
  readonly change: (o: Obligation) => Obligation | undefined;
  /** For a rule left out whole. */
  readonly enabled?: EnabledRules;
  /** Why the rules together still refuse every wrong program. */
  readonly equivalent?: string;
}

const rules: readonly Rule[] = ["W0", "W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "M1"];

const left: readonly Weakening[] = rules.map((rule) => ({
  name: `${rule}.left-out`, bug: `rule ${rule} is not asked`, change: (o) => (o.rule === rule ? undefined : o), enabled: (it) => it !== rule,
}));

/** What the identifier says after stage and rule. */
function detailOf({ id, stage, rule }: Obligation): string {
  return id.slice(stage.length + rule.length + 2);
}

/** Leaves out the obligations whose detail matches. */
function drop(rule: Rule, name: string, bug: string, detail: RegExp, but: (detail: string) => boolean = () => true): Weakening {
  return { name: `${rule}.${name}`, bug, change: (o) => (o.rule === rule && detail.test(detailOf(o)) && but(detailOf(o)) ? undefined : o) };
}

/** Rewrites the obligations whose detail matches. */
function rewrite(rule: Rule, name: string, bug: string, detail: RegExp, to: (o: SolverObligation) => SolverObligation): Weakening {
  return { name: `${rule}.${name}`, bug, change: (o) => (o.kind === "solver" && o.rule === rule && detail.test(detailOf(o)) ? to(o) : o) };
}

/** The goal without its k-th part: domain, order and index of a producer; writes, index and order of a store between. */
function without(k: number): (o: SolverObligation) => SolverObligation {
  return (o) => ({ ...o, goal: withoutPart(o.goal, k) });
}

function withoutPart(goal: Formula, k: number): Formula {
  if (goal.kind === "not") return { kind: "not", of: withoutPart(goal.of, k) };
  return goal.kind === "and" ? and(...goal.of.filter((_, at) => at !== (k < 0 ? goal.of.length + k : k))) : goal;
}

/** The k-th part of the goal rewritten. */
function part(k: number, to: (f: Formula) => Formula): (o: SolverObligation) => SolverObligation {
  return (o) => ({ ...o, goal: o.goal.kind === "and" ? and(...o.goal.of.map((f, at) => (at === k ? to(f) : f))) : o.goal });
}

/** θ(a) ≤ θ(b) for θ(a) < θ(b): the innermost comparison lets equality pass. */
function orEqual(f: Formula): Formula {
  const ways = f.kind === "or" ? f.of : [f];
  const last = ways.at(-1);
  return last === undefined ? truth : or(...ways.slice(0, -1), loosened(last));
}

function loosened(f: Formula): Formula {
  if (f.kind === "condition" && f.condition.kind === "ge") return condition({ kind: "ge", index: shift(f.condition.index, 1) });
  return f.kind === "and" ? and(...f.of.map(loosened)) : f;
}

/** Cases taken one by one, as if no earlier one came first: the negations of the earlier cases are not assumed. */
function unordered(f: Formula): Formula {
  if (f.kind === "and") return and(...f.of.filter((p) => p.kind !== "not").map(unordered));
  if (f.kind === "or") return or(...f.of.map((p) => (p.kind === "not" ? { kind: "not" as const, of: unordered(p.of) } : unordered(p))));
  return f;
}

const assumedToo = (o: SolverObligation): SolverObligation => ({ ...o, premises: [...o.premises, o.goal] });
const nothingAssumed = (o: SolverObligation): SolverObligation => ({ ...o, premises: [] });
const producer = /^\w+\.\d+\.case\d+$/;
const between = /^\w+\.\d+\.case\d+\.\w+$/;

export const weakenings: readonly Weakening[] = [
  ...left,
  {
    ...rewrite("W1", "target-anywhere", "the instance that φ names need not be in its domain", /^\w+$/, (o) => ({ ...o, goal: withoutTargets(o.goal) })),
    equivalent: "W2 and W4 map the source of every output and of every operand of a live instance to a source of the program before, which is in its domain by lemma 3 there; only the image of a dead instance could lie outside, and nobody asks for it",
  },
  rewrite("W1", "premise-is-goal", "the claim stands among its own premises", /^\w+$/, assumedToo),
  rewrite("W2", "producer-outside-domain", "the producer need not be in its domain", producer, without(0)),
  rewrite("W2", "order-not-asked", "the producer need not run before its reader", producer, without(1)),
  {
    ...rewrite("W2", "order-or-equal", "θ(producer) ≤ θ(reader) in place of <", producer, part(1, orEqual)),
    equivalent: "the only new producer is the reader itself: an operator would be its own operand, and W2 maps that to an operator of the program before that is its own operand, which < excludes there; a copy of itself is a chain of copies that does not end, which W2 refutes",
  },
  rewrite("W2", "index-not-asked", "the producer need not write the element that is read", producer, without(2)),
  rewrite("W2", "first-case-only", "only the first case of a producer is asked", producer, (o) => (/case0$/.test(o.id) ? o : { ...o, goal: truth })),
  rewrite("W2", "cases-unordered", "the cases of a producer are taken without the negation of the earlier ones", producer, (o) => ({ ...o, premises: o.premises.filter((p) => p.kind !== "not") })),
  rewrite("W2", "guards-not-assumed", "the guards of the reader are not assumed", producer, nothingAssumed),
  drop("W2", "sources-not-compared", "the source of an operand is not compared with the program before", /\.source$/),
  rewrite("W2", "source-cases-unordered", "the cases of a source are taken without the negation of the earlier ones", /\.source$/, (o) => ({ ...o, goal: unordered(o.goal) })),
  drop("W3", "own-statement-left-out", "stores of the reader's own statement are not considered", between, (detail) => detail.split(".")[0] === detail.split(".")[3]),
  drop("W3", "other-statements-left-out", "only stores of the reader's own statement are considered", between, (detail) => detail.split(".")[0] !== detail.split(".")[3]),
  drop("W3", "later-cases-left-out", "clobbering is asked for the first case of a producer only", /^\w+\.\d+\.case[1-9]/),
  drop("W3", "once-not-asked", "a buffer said to be written once is believed to be", /^once\./),
  rewrite("W3", "after-producer-not-required", "any earlier store to the element counts as between", between, without(-2)),
  rewrite("W3", "before-reader-not-required", "any later store to the element counts as between", between, without(-1)),
  rewrite("W3", "once-by-statement", "two stores of one statement are taken for one instance", /^once\.(\w+)\.\1$/, (o) => ({ ...o, goal: truth })),
  drop("W4", "later-store-not-asked", "a later store to an output element is not looked for", /\.final\d+\.\w+$/),
  drop("W4", "writes-not-asked", "the last store need not write the element", /\.final\d+$/),
  drop("W4", "source-not-compared", "the source of an output element is not compared with the program before", /\.source$/),
  drop("W4", "first-output-only", "outputs after the first are not compared", /\.source$/, (detail) => !/^(y|y0)\./.test(detail)),
  rewrite("W4", "final-outside-domain", "the last store need not be in its domain", /\.final\d+$/, without(0)),
  drop("W5", "finals-not-covered", "the cases of the last stores need not cover the output", /\.final$/),
  drop("W5", "phi-not-covered", "the cases of φ need not cover the domain", /\.phi$/),
  drop("W5", "producers-not-covered", "the cases of producers need not cover the domain", /^\w+\.\d+$/),
  drop("W6", "loads-not-asked", "indices of loads are not bounded", /\.load\d+$/),
  drop("W6", "stores-not-asked", "indices of stores are not bounded", /\.store$/),
  drop("W6", "dividends-not-asked", "dividends may be negative", /dividends$/),
  rewrite("W6", "lower-bounds-only", "indices have no upper bound", /\.(load\d+|store)$/, everySecond(0)),
  rewrite("W6", "upper-bounds-only", "indices have no lower bound", /\.(load\d+|store)$/, everySecond(1)),
  rewrite("W6", "one-beyond", "an index may be the extent itself", /\.(load\d+|store)$/, (o) => ({ ...o, goal: loosened(o.goal) })),
  rewrite("W6", "guards-not-assumed", "the guards around an access are not assumed", /\.(load\d+|store)$/, nothingAssumed),
  drop("W7", "contents-not-compared", "the contents of a weight are not compared with the model", /^weight\./),
  drop("W7", "tensors-not-looked-up", "a weight may refer to a tensor that the model has not", /\.map$/),
  drop("W8", "reads-not-asked", "only two writes of one element are a conflict", /\.\d+$/, (detail) => !detail.endsWith(".0")),
  drop("W8", "writes-not-asked", "two writes of one element are no conflict", /\.0$/),
  drop("W8", "own-statement-left-out", "a statement is not compared with itself", /^\w+\.(\w+)\.\1\.\d+$/),
  drop("W8", "other-statements-left-out", "a statement is compared with itself only", /^\w+\.\w+\.\w+\.\d+$/, (detail) => detail.split(".")[1] !== detail.split(".")[2]),
  rewrite("W8", "same-iteration-counts", "one iteration conflicts with itself", /./, (o) => ({ ...o, goal: o.goal.kind === "not" ? { kind: "not", of: sameIteration(o.goal.of) } : o.goal })),
  drop("M1", "sharing-not-asked", "temporaries that share elements are not looked for", /^alone\./),
];

/** Lower bounds of an access are the even parts of its goal, upper bounds the odd ones. */
function everySecond(first: 0 | 1): (o: SolverObligation) => SolverObligation {
  return (o) => ({ ...o, goal: o.goal.kind === "and" ? and(...o.goal.of.filter((_, k) => k % 2 === first)) : o.goal });
}

/** The target's domain is the first part of what a case of φ claims. */
function withoutTargets(f: Formula): Formula {
  if (f.kind === "or") return or(...f.of.map((p, k) => (k === f.of.length - 1 ? withoutTargets(p) : p)));
  return f.kind === "and" && f.of.length === 2 ? withoutPart(f, 0) : f;
}

/** Two instances of a W8 claim, without the demand that they differ. */
function sameIteration(f: Formula): Formula {
  return f.kind === "and" ? and(...f.of.filter((p) => p.kind !== "not")) : f;
}
