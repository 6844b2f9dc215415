/** Rules that steps of a schedule get before those they have, from the first tiles on. */
import type { PassOptions } from "../pass.js";
import type { ScheduleStep } from "../schedule.js";

/** These rules first, in the first step with each pass from `tile-loops` on: the first rule that fits decides. */
export function withRulesFirst(steps: readonly ScheduleStep[], added: ReadonlyMap<string, readonly PassOptions[]>): readonly ScheduleStep[] {
  const tiles = steps.findIndex(({ pass }) => pass === "tile-loops");
  const first = new Map([...added].filter(([, rules]) => rules.length > 0).map(([pass]) => [pass, steps.findIndex((step, k) => k >= tiles && step.pass === pass)]));
  return steps.map((step, k) => (first.get(step.pass) === k ? { ...step, options: { ...step.options, rules: [...added.get(step.pass) ?? [], ...rulesIn(step.options)] } } : step));
}

function rulesIn({ rules }: PassOptions): readonly unknown[] {
  return Array.isArray(rules) ? rules : [];
}
