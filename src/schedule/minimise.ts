/**
 * What a schedule shall make small, one word for every command:
 *
 *   time   what the target's schedule is for; the default schedule without a target
 *   code   bytes of instructions: plain loops, one nest per operator, nothing written out
 *   ram    bytes of the arena: rows of tensors in place of tensors, around the nests that make the peak
 *   wcet   the bound of the time on a small core; searched over compiled programs (src/optimise)
 *
 * `code` and `ram` change the steps that a target gives and leave its other choices as they are.
 */
import type { Graph } from "../../ir/graph/graph.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { stagedReference } from "../lower/reference.js";
import type { PassOptions, Staged } from "../pass.js";
import { pipeline } from "../pipeline.js";
import type { ScheduleStep } from "../schedule.js";
import { afterKeptStep, planSteps } from "../steps.js";
import { type Aim, chooseFusions } from "./arena/choose.js";
import { largestLocal } from "./arena/live.js";

export const figures = ["time", "code", "ram", "wcet"] as const;

export type Figure = (typeof figures)[number];

export interface MinimisedModel {
  readonly graph: Graph;
  readonly contract: MulAddContract;
}

/** The steps for `figure` on the base of a target's; for `time` and `wcet` the given ones. */
export function stepsToMinimise(figure: Figure, model: () => MinimisedModel, steps: readonly ScheduleStep[]): readonly ScheduleStep[] {
  if (figure === "code") return steps.filter(({ pass }) => !copying.has(pass));
  return figure === "ram" ? withFusions(steps, chooseFusions(stagedBefore(fusing, model(), steps), smallestArena)) : steps;
}

/** Passes that copy code or need those copies. */
const copying: ReadonlySet<string> = new Set(["split-loops", "split-border", "split-remainder", "tile-loops", "fission-loops", "reorder-loops", "vectorise-loops", "unroll-loops"]);

const fusing = "recompute-producers";

/** Rows that tiles share are kept, so that hardly anything is computed twice. */
const smallestArena: Aim = { tilings: [{ keepHalo: true }], extraWork: 0.1, depth: 12, gain: 0.05 };

function withFusions(steps: readonly ScheduleStep[], fusions: readonly (readonly PassOptions[])[]): readonly ScheduleStep[] {
  const fused = fusions.map((rules): ScheduleStep => ({ pass: fusing, options: { rules } }));
  const first = steps.findIndex(({ pass }) => pass === fusing);
  return steps.flatMap((step, at): readonly ScheduleStep[] => {
    if (at === first) return [...fused, ...(rulesIn(step) === 0 ? [] : [step])];
    return step.pass === "contract-buffers" ? [{ ...step, options: { maxLocal: largestLocal, ...step.options } }] : [step];
  });
}

function rulesIn({ options: { rules } }: ScheduleStep): number {
  return Array.isArray(rules) ? rules.length : 0;
}

/** The program that the first step with this pass meets, not proved; that of all steps where none has it. */
function stagedBefore(pass: string, { graph, contract }: MinimisedModel, steps: readonly ScheduleStep[]): Staged {
  const end = steps.findIndex((step) => step.pass === pass);
  const planned = planSteps({ schedule: end < 0 ? steps : steps.slice(0, end), until: undefined, skip: [] }, pipeline);
  return planned.reduce(afterKeptStep, stagedReference(graph, contract));
}
