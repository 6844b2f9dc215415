/**
 * From a schedule, or the default order, to the steps of one build: which passes run,
 * with which options, after --until and --skip. And what a step makes of a program, for
 * those who choose a schedule and prove nothing.
 */
import { Refusal } from "../ir/prelude.js";
import type { Pass, PassOptions, Staged } from "./pass.js";
import type { ScheduleStep } from "./schedule.js";

export interface PlannedStep {
  readonly pass: Pass;
  readonly options: PassOptions;
}

export interface StepChoice {
  /** Undefined: every pass once, in the order of the pipeline, with its defaults. */
  readonly schedule: readonly ScheduleStep[] | undefined;
  /** The last pass to run. */
  readonly until: string | undefined;
  readonly skip: readonly string[];
}

/** Throws a Refusal `unknown-pass` that lists the names there are. */
export function planSteps({ schedule, until, skip }: StepChoice, passes: readonly Pass[]): readonly PlannedStep[] {
  const named = (name: string): Pass => passes.find((pass) => pass.name === name) ?? unknownPass(name, passes);
  const chosen = schedule ?? passes.map(({ name }) => ({ pass: name, options: {} }));
  const steps = chosen.map(({ pass, options }) => ({ pass: named(pass), options }));
  const left = new Set(skip.map((name) => named(name).name));
  const last = until === undefined ? steps.length : steps.findLastIndex(({ pass }) => pass === named(until)) + 1;
  if (last === 0 && steps.length > 0) {
    throw new Refusal("usage", "unknown-pass", `the schedule has no step ${until ?? ""}`, undefined, "name a pass of the schedule");
  }
  return steps.slice(0, last).filter(({ pass }) => !left.has(pass.name));
}

function unknownPass(name: string, passes: readonly Pass[]): never {
  const known = passes.map((pass) => pass.name).join(", ");
  throw new Refusal("usage", "unknown-pass", `there is no pass ${name}`, undefined, `name one of ${known}`);
}

/** By the pass itself, not its name: a test may bring a wrong one of the same name. */
const kept = new WeakMap<Staged, Map<Pass, Map<string, Staged>>>();

/** What a step makes of a program, nothing proved; the program itself where its pass finds nothing to do. */
export function afterStep(before: Staged, { pass, options }: PlannedStep): Staged {
  const known = kept.get(before)?.get(pass)?.get(JSON.stringify(options));
  if (known !== undefined) return known;
  const result = pass.run(before, options);
  return result === undefined ? before : { program: result.after, dataflow: result.witness };
}

/** The same, kept as long as `before` is: what chooses a schedule asks this, so that the same step after it costs nothing. */
export function afterKeptStep(before: Staged, step: PlannedStep): Staged {
  const after = afterStep(before, step);
  const known = kept.get(before) ?? new Map<Pass, Map<string, Staged>>();
  const own = known.get(step.pass) ?? new Map<string, Staged>();
  kept.set(before, known.set(step.pass, own.set(JSON.stringify(step.options), after)));
  return after;
}
