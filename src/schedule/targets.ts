/**
 * Schedules for processors with vectors: the default one with lanes over output channels in
 * memory (move-channels) and tiles as large as the registers hold. They differ in sizes only,
 * so that the proofs, the bits and the passes are the same everywhere; docs/performance.md has
 * what they give.
 */
import type { PassOptions } from "../pass.js";
import { reorderRules } from "../passes/reorder-loops.js";
import { type Schedule, defaultSchedule } from "../schedule.js";

/** The largest tile of accumulators, per axis; one that does not divide the extent is smaller. */
interface Tile {
  /** Output channels of a window: one or several vectors. */
  readonly channels: number;
  /** Pixels of a window. */
  readonly pixels: number;
  /** Outputs of a matrix product along its last axis, and along the one before. */
  readonly columns: number;
  readonly rows: number;
}

/** 16 registers of 32 bytes, 32 of 64: accumulators, a vector of weights, a product. Sizes measured, not derived. */
const tiles: Readonly<Record<string, Tile>> = {
  "x86-64-v3": { channels: 16, pixels: 5, columns: 16, rows: 4 },
  "x86-64-v4": { channels: 32, pixels: 8, columns: 32, rows: 8 },
};

export const scheduledTargets: readonly string[] = Object.keys(tiles);

/** The schedule for one of `scheduledTargets`, or undefined. */
export function scheduleFor(target: string): Schedule | undefined {
  const tile = tiles[target];
  if (tile === undefined) return undefined;
  const options = new Map<string, PassOptions>([
    ["move-channels", { rules: [{ foldLoopsAtLeast: 2 }] }],
    ["tile-loops", { rules: tileRulesFor(tile) }],
    ["reorder-loops", { rules: reorderRules.map((rule) => ({ ...rule, around: true })) }],
  ]);
  const usual = defaultSchedule();
  return { ...usual, target, steps: usual.steps.map((step) => ({ ...step, options: options.get(step.pass) ?? step.options })) };
}

function tileRulesFor({ channels, pixels, columns, rows }: Tile): readonly PassOptions[] {
  const axes = ["*_o5*", "*_o4*", "*_o3*", "*_o2*", "*_o1*", "*_o0*"];
  return [
    { foldLoopsAtLeast: 2, loops: ["*_o1*"], largestDivisorUpTo: channels },
    { foldLoopsAtLeast: 2, loops: ["*_o4*", "*_o3*", "*_o2*"], take: 1, largestDivisorUpTo: pixels },
    { foldLoopsAtMost: 1, loops: axes, take: 1, largestDivisorUpTo: columns },
    { foldLoopsAtMost: 1, loops: axes, take: 1, largestDivisorUpTo: rows },
  ];
}
