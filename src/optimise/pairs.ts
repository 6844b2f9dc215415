/**
 * What the schedule of a small core begins with where sums of 16-bit products come in pairs
 * (backends/c/dot.ts): differences from zero points are stored as 16 bits, images that such sums
 * run over have their channels last, those with their padding in them are filled by a nest for the middle
 * and others for what is around, and a row or column that no tile of two divides is cut.
 * A program without such sums begins as any other.
 */
import { affineIn } from "../../ir/loop/affine.js";
import type { Node, Program, Store } from "../../ir/loop/program.js";
import { buffersByName, loadsOf } from "../../ir/loop/visit.js";
import { dotSteps } from "../../backends/c/dot.js";
import { foldDepth, guardsIn, loopsIn, mapNests, nestOf, storesIn } from "../passes/shared/nests.js";
import type { PassOptions } from "../pass.js";
import type { ScheduleStep } from "../schedule.js";
import type { Programs } from "./evaluate.js";
import { filteringsOf, withRows } from "./filterings.js";
import { type FoldNest, foldNestsOf, mostSteps } from "./nests.js";

/** The usual steps, made ready for pairs where a program has some. */
export function smallCoreSteps(programs: Programs, usual: readonly ScheduleStep[]): readonly ScheduleStep[] {
  const stored = withRings(programs, withOptions(usual, new Map([["inline-weights", { differences: "stored" }]])));
  const images = pairedImages(programs.before("move-channels", stored));
  const moved = images.length === 0 ? stored : withOptions(stored, new Map([["move-channels", { rules: [{ tensors: images }] }]]));
  const drawn = withRows(moved, filteringsOf(programs, moved));
  const nests = foldNestsOf(programs.before("split-remainder", drawn)).filter(({ pairs }) => pairs !== undefined);
  return nests.length === 0 ? usual : withOptions(drawn, new Map([["split-remainder", { rules: nests.flatMap(cutRules) }]]));
}

function withOptions(steps: readonly ScheduleStep[], options: ReadonlyMap<string, PassOptions>): readonly ScheduleStep[] {
  return steps.map((step) => ({ ...step, options: options.get(step.pass) ?? step.options }));
}

/**
 * Tensors of 16 bits with their padding in them become a nest for the middle and nests for what is around, before nests are
 * fused: the middle is then stored by the nest that makes it.
 */
function withRings(programs: Programs, steps: readonly ScheduleStep[]): readonly ScheduleStep[] {
  const tensors = paddedTensors(programs.before("fuse-loops", steps));
  if (tensors.length === 0) return steps;
  return steps.flatMap((step) => (step.pass === "fuse-loops" ? [{ pass: "split-border", options: { tensors } }, step] : [step]));
}

/** Filled under tests, by nests without a sum. */
function paddedTensors({ buffers, body }: Program): readonly string[] {
  const halves = new Set(buffers.filter(({ kind, type }) => kind === "temp" && type === "i16").map(({ name }) => name));
  const found = new Set<string>();
  mapNests(body, (node) => {
    const nest = nestOf(node);
    if (foldDepth(nest) === 0 && guardsIn(nest.body).length > 0) for (const { buffer } of storesIn(nest.body)) if (halves.has(buffer)) found.add(buffer);
    return [node];
  });
  return [...found];
}

/** Temporaries of 16 bits whose second dimension is the innermost loop of a sum, which pairs or triples divide. */
function pairedImages(program: Program): readonly string[] {
  const buffers = buffersByName(program);
  const found = new Set<string>();
  mapNests(program.body, (node) => {
    for (const name of channelsReadIn(node)) if (buffers.get(name)?.type === "i16" && buffers.get(name)?.kind === "temp" && (buffers.get(name)?.shape.length ?? 0) > 2) found.add(name);
    return [node];
  });
  return [...found];
}

function channelsReadIn(node: Node): readonly string[] {
  const { body } = nestOf(node);
  const innermost = loopsIn(body).filter(({ variable }) => /_k[0-9]/.test(variable)).at(-1);
  if (innermost === undefined || [dotSteps, mostSteps].every((steps) => innermost.extent % steps !== 0)) return [];
  const reads = (store: Store): readonly string[] => loadsOf(store.value).filter(({ index }) => index[1] !== undefined && affineIn(index[1], innermost.variable)?.factor === 1).map(({ buffer }) => buffer);
  return storesIn(body).flatMap(reads);
}

/** Pixels in twos and one left over, along the longer axis. */
function cutRules({ outer }: FoldNest): readonly PassOptions[] {
  const pixels = outer.filter(({ pattern, extent }) => /_o[2-9]\*$/.test(pattern) && extent > 1);
  const longest = pixels.toSorted((a, b) => b.extent - a.extent)[0];
  if (longest === undefined || pixels.some(({ extent }) => extent % 2 === 0)) return [];
  return [{ loops: [longest.pattern], sizeAtLeast: 2, sizeUpTo: 2 }];
}
