/** The choices for a model and a processor: the passes run, unproved, as far as each choice needs to see. */
import type { Program } from "../../../ir/loop/program.js";
import type { Staged } from "../../pass.js";
import { moveChannels } from "../../passes/move-channels.js";
import { pipeline } from "../../pipeline.js";
import type { ScheduleStep } from "../../schedule.js";
import { planSteps } from "../../steps.js";
import { layoutsFor } from "./layouts.js";
import type { VectorMachine } from "./machine.js";
import { usualStrides, vectorNestsOf } from "./nests.js";
import { type VectorChoices, imageRule, stepsWith } from "./steps.js";
import { tileFor } from "./tiles.js";

/** Layouts first: tiles and lanes depend on what lies side by side. */
export function choicesFor(reference: Staged, steps: readonly ScheduleStep[], machine: VectorMachine): VectorChoices {
  const whole = after(reference, until(steps, moveChannels.name));
  const images = after(whole, [{ pass: moveChannels.name, options: { rules: [imageRule] } }]);
  const layouts = layoutsFor(images.program, movedIn(whole.program, images.program), machine);
  const laid = after(whole, stepsWith(steps, { layouts, tiles: [] }).filter(({ pass }) => pass === moveChannels.name));
  const strides = usualStrides(laid.program);
  return { layouts, tiles: vectorNestsOf(laid.program).flatMap((nest) => tileFor(nest, strides, machine) ?? []) };
}

/** Buffers of another shape. */
function movedIn(before: Program, after: Program): ReadonlySet<string> {
  const shapes = new Map(before.buffers.map(({ name, shape }) => [name, shape.join()]));
  return new Set(after.buffers.filter(({ name, shape }) => shapes.get(name) !== shape.join()).map(({ name }) => name));
}

function until(steps: readonly ScheduleStep[], pass: string): readonly ScheduleStep[] {
  const end = steps.findIndex((step) => step.pass === pass);
  return end < 0 ? steps : steps.slice(0, end);
}

function after(start: Staged, steps: readonly ScheduleStep[]): Staged {
  return planSteps({ schedule: steps, until: undefined, skip: [] }, pipeline).reduce((staged, { pass, options }) => {
    const result = pass.run(staged, options);
    return result === undefined ? staged : { program: result.after, dataflow: result.witness };
  }, start);
}
