/**
 * move-channels: temporaries that windows run over get their second dimension, the
 * channels, as their last. Neighbouring channels are then neighbours in memory: lanes over
 * output channels store side by side, and a depthwise convolution, a pooling or a residual
 * sum has its lanes there too. Inputs and outputs stay as the model has them: the nests at
 * the ends read and write both layouts.
 *
 * Rewrite: shape and every index of a buffer, the same permutation; loops stay.
 * Requires: nothing of the program. Ensures: the same stores at the same points (T0); only
 * where an element lies is another. Timing: none by itself; lanes become possible.
 * Refuses: unknown options.
 */
import type { Buffer, Load, Node, Program } from "../../ir/loop/program.js";
import { mapExpr, mapStores } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { accessesOf, foldDepth, mapNests, nestOf, storesIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption, rulesOf } from "./shared/options.js";
import { remap } from "./shared/remap.js";

const name = "move-channels";

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "images that windows run over (default: none are moved)",
    words: {
      foldLoopsAtLeast: { kind: "count", about: "a window has so many loops around a step of its sum (default: 2: more than a matrix product)" },
    },
  },
};

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const { program } = before;
  const depths = rulesOf(name, given, []).map((rule) => countOption(name, rule, "foldLoopsAtLeast") ?? 2);
  const moved = movedBuffers(program, Math.min(Infinity, ...depths));
  if (moved.size === 0) return undefined;
  const body = mapStores(program, (store) => ({
    ...store,
    index: moved.has(store.buffer) ? channelsLast(store.index) : store.index,
    value: mapExpr(store.value, (e) => (e.kind === "load" && moved.has(e.buffer) ? withIndex(e) : e)),
  }));
  const buffers = program.buffers.map((buffer) => (moved.has(buffer.name) ? { ...buffer, shape: channelsLast(buffer.shape) } : buffer));
  return remap(before, { after: { ...body, buffers }, from: new Map(), to: new Map() });
}

function withIndex(load: Load): Load {
  return { ...load, index: channelsLast(load.index) };
}

/** (n, c, …) as (n, …, c). */
function channelsLast<T>([first, channels, ...others]: readonly T[]): readonly T[] {
  return [first, ...others, channels].filter((x) => x !== undefined);
}

/**
 * Temporaries of images that a window reads or writes, and those of their rank that stand
 * in one nest with such: between two layouts a residual sum would run across one of them.
 */
function movedBuffers(program: Program, depth: number): ReadonlySet<string> {
  const images = new Map(program.buffers.filter(isImage).map((buffer) => [buffer.name, buffer.shape.length]));
  const nests: { readonly window: boolean; readonly touched: readonly string[] }[] = [];
  mapNests(program.body, (node) => {
    nests.push({ window: foldDepth(nestOf(node)) >= depth, touched: touchedBy(node).filter((buffer) => images.has(buffer)) });
    return [node];
  });
  const moved = new Set(nests.filter(({ window }) => window).flatMap(({ touched }) => touched));
  for (let before = -1; before < moved.size;) {
    before = moved.size;
    const ranks = (touched: readonly string[]): ReadonlySet<number | undefined> => new Set(touched.filter((buffer) => moved.has(buffer)).map((buffer) => images.get(buffer)));
    for (const { touched } of nests) for (const buffer of touched) if (ranks(touched).has(images.get(buffer))) moved.add(buffer);
  }
  return moved;
}

/** More than one channel, and more than one pixel to run over. */
function isImage({ kind, shape }: Buffer): boolean {
  const [, channels = 1, ...axes] = shape;
  return kind === "temp" && channels > 1 && axes.some((extent) => extent > 1);
}

function touchedBy(node: Node): readonly string[] {
  return [...new Set(storesIn([node]).flatMap(accessesOf).map(({ buffer }) => buffer))];
}

export const moveChannels: Pass = { name, summary: "lay images out with their channels last", options, run };
