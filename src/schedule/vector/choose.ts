/** The choices for a model and a processor: the passes run, unproved, up to the one that lays temporaries out. */
import type { Staged } from "../../pass.js";
import { foldNestsOf } from "../../optimise/nests.js";
import { moveChannels, movedImages } from "../../passes/move-channels.js";
import { splitRemainder } from "../../passes/split-remainder.js";
import { pipeline } from "../../pipeline.js";
import type { ScheduleStep } from "../../schedule.js";
import { afterKeptStep, planSteps } from "../../steps.js";
import { layoutsFor } from "./layouts.js";
import type { VectorMachine } from "./machine.js";
import { rotatedStrides, usualStrides, vectorNestsOf } from "./nests.js";
import { type VectorChoices, stepsWith } from "./steps.js";
import { inHalves, inPairs } from "./tile.js";
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
  const chosen: VectorChoices = { layouts, tiles: nests.flatMap((nest) => tileFor(nest, strides, machine) ?? []) };
  return machine.pairs && program.buffers.some(({ kind, type }) => kind === "temp" && type === "i16") ? paired(chosen, reference, steps) : chosen;
}

/** Tiles whose lanes take two steps at once, where steps read neighbours of 16 bits in the layouts that were chosen; else twice the lanes. */
function paired(chosen: VectorChoices, reference: Staged, steps: readonly ScheduleStep[]): VectorChoices {
  const { program } = before(splitRemainder.name, reference, stepsWith(steps, chosen));
  const nests = new Map(foldNestsOf(program).map((nest) => [nest.site, nest]));
  const tiles = chosen.tiles.map((tile) => {
    const nest = nests.get(tile.site);
    return nest?.step === "integer" ? (inPairs(tile, nest.pairs?.pattern) ?? inHalves(tile)) : tile;
  });
  return { ...chosen, tiles };
}

/** The program as the pass finds it. */
function before(pass: string, start: Staged, steps: readonly ScheduleStep[]): Staged {
  const end = steps.findIndex((step) => step.pass === pass);
  return planSteps({ schedule: steps.slice(0, end), until: undefined, skip: [] }, pipeline).reduce(afterKeptStep, start);
}
