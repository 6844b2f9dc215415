/** The choices for a model and a processor: the passes run, unproved, up to the one that lays temporaries out. */
import type { Staged } from "../../pass.js";
import { moveChannels, movedImages } from "../../passes/move-channels.js";
import { pipeline } from "../../pipeline.js";
import type { ScheduleStep } from "../../schedule.js";
import { afterKeptStep, planSteps } from "../../steps.js";
import { layoutsFor } from "./layouts.js";
import type { VectorMachine } from "./machine.js";
import { rotatedStrides, usualStrides, vectorNestsOf } from "./nests.js";
import type { VectorChoices } from "./steps.js";
import { tileFor } from "./tiles.js";

/** Channels of an image, counted from 0. */
const channels = 1;

/** Layouts first: lanes and tiles depend on what lies side by side. */
export function choicesFor(reference: Staged, steps: readonly ScheduleStep[], machine: VectorMachine): VectorChoices {
  const { program } = before(moveChannels.name, reference, steps);
  const nests = vectorNestsOf(program);
  const buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
  const images = movedImages(program);
  const strides = new Map(usualStrides(program));
  const lay = (name: string, dimension: number): void => {
    const buffer = buffers.get(name);
    if (buffer !== undefined) strides.set(name, rotatedStrides(buffer, dimension));
  };
  for (const image of images) lay(image, channels);
  const movable = program.buffers.filter(({ name, kind }) => kind === "temp" && !images.has(name));
  const layouts = layoutsFor(movable, nests, strides, machine);
  for (const { tensor, dimension } of layouts) lay(tensor, dimension - 1);
  return { layouts, tiles: nests.flatMap((nest) => tileFor(nest, strides, machine) ?? []) };
}

/** The program as the pass finds it. */
function before(pass: string, start: Staged, steps: readonly ScheduleStep[]): Staged {
  const end = steps.findIndex((step) => step.pass === pass);
  return planSteps({ schedule: steps.slice(0, end), until: undefined, skip: [] }, pipeline).reduce(afterKeptStep, start);
}
