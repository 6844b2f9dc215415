/**
 * Schedules for processors with vectors. For a model, each nest gets the lanes and the tile of
 * registers that suit its shape (schedule/vector); without one, the default schedule with lanes
 * over output channels in memory and one size of tile for all. They differ in sizes and layouts
 * only, so that the proofs, the bits and the passes are the same everywhere;
 * docs/performance.md has what they give.
 */
import type { Graph } from "../../ir/graph/graph.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { stagedReference } from "../lower/reference.js";
import type { PassOptions } from "../pass.js";
import { reorderRules } from "../passes/reorder-loops.js";
import { type Schedule, defaultSchedule } from "../schedule.js";
import { choicesFor } from "./vector/choose.js";
import { type VectorMachine, machineUnder, vectorMachines } from "./vector/machine.js";
import { imageRule, pairableSteps, stepsWith } from "./vector/steps.js";

export const scheduledTargets: readonly string[] = vectorMachines.map(({ name }) => name);

export interface ScheduledModel {
  readonly graph: Graph;
  readonly contract: MulAddContract;
}

/** The schedule for one of `scheduledTargets`, and for a model if one is given; undefined for another target. */
export function scheduleFor(target: string, model?: ScheduledModel): Schedule | undefined {
  const machine = vectorMachines.find(({ name }) => name === target);
  if (machine === undefined) return undefined;
  const usual = defaultSchedule();
  return { ...usual, target, ...(model === undefined ? { steps: generalSteps(usual, machine) } : { muladd: model.contract, steps: stepsFor(model, usual, machine) }) };
}

function stepsFor({ graph, contract }: ScheduledModel, { steps }: Schedule, machine: VectorMachine): Schedule["steps"] {
  const stored = pairableSteps(steps, machine);
  return stepsWith(stored, choicesFor(stagedReference(graph, contract), stored, machineUnder(contract, machine)));
}

/** For any model: two vectors of channels or columns, and what registers are left of pixels or rows. */
function generalSteps({ steps }: Schedule, { width, accumulators }: VectorMachine): Schedule["steps"] {
  const options = new Map<string, PassOptions>([
    ["move-channels", { rules: [imageRule] }],
    ["tile-loops", { rules: generalTiles(2 * width, accumulators.windows) }],
    ["reorder-loops", { rules: reorderRules.map((rule) => ({ ...rule, around: true })) }],
  ]);
  return steps.map((step) => ({ ...step, options: options.get(step.pass) ?? step.options }));
}

function generalTiles(lanes: number, accumulators: number): readonly PassOptions[] {
  const axes = ["*_o5*", "*_o4*", "*_o3*", "*_o2*", "*_o1*", "*_o0*"];
  const rows = Math.floor(accumulators / 2);
  return [
    { foldLoopsAtLeast: 2, loops: ["*_o1*"], largestDivisorUpTo: lanes },
    { foldLoopsAtLeast: 2, loops: ["*_o4*", "*_o3*", "*_o2*"], take: 1, largestDivisorUpTo: rows },
    { foldLoopsAtMost: 1, loops: axes, take: 1, largestDivisorUpTo: lanes },
    { foldLoopsAtMost: 1, loops: axes, take: 1, largestDivisorUpTo: rows },
  ];
}
