/**
 * move-channels: temporaries that windows run over get their second dimension, the
 * channels, as their last. Neighbouring channels are then neighbours in memory: lanes over
 * output channels store side by side, and a depthwise convolution, a pooling or a residual
 * sum has its lanes there too. Inputs and outputs stay as the model has them: the nests at
 * the ends read and write both layouts. A rule may name tensors and another dimension: what
 * attention sums over tokens has its lanes along tokens.
 *
 * Rewrite: shape and every index of a buffer, the same rotation; loops stay.
 * Requires: nothing of the program. Ensures: the same stores at the same points (T0); only
 * where an element lies is another. Timing: none by itself; lanes become possible.
 * Refuses: unknown options.
 */
import type { Buffer, Node, Program } from "../../ir/loop/program.js";
import { mapExpr, mapStores } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { accessesOf, foldDepth, mapNests, nestOf, storesIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption, patternsOption, rulesOf } from "./shared/options.js";
import { remap } from "./shared/remap.js";

const name = "move-channels";

/** Loops around a step of a sum over a window: more than a matrix product has. */
export const windowDepth = 2;

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "which tensors move (default: none); the first that names one decides about it",
    words: {
      foldLoopsAtLeast: { kind: "count", about: "images that windows run over: those have so many loops around a step of their sum (default: 2: more than a matrix product)" },
      tensors: { kind: "patterns", about: "these temporaries instead" },
      dimension: { kind: "count", about: "of those, the dimension that becomes the last, counted from 1 (default: 2)" },
    },
  },
};

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const { program } = before;
  const moved = movedDimensions(program, rulesOf(name, given, []));
  if (moved.size === 0) return undefined;
  const rotated = <T>(buffer: string, along: readonly T[]): readonly T[] => dimensionLast(along, moved.get(buffer));
  const body = mapStores(program, (store) => ({
    ...store,
    index: rotated(store.buffer, store.index),
    value: mapExpr(store.value, (e) => (e.kind === "load" ? { ...e, index: rotated(e.buffer, e.index) } : e)),
  }));
  const buffers = program.buffers.map((buffer) => ({ ...buffer, shape: rotated(buffer.name, buffer.shape) }));
  return remap(before, { after: { ...body, buffers }, from: new Map(), to: new Map() });
}

/** Moves the dimension to the end: (n, c, …) as (n, …, c) for 1; as it is for undefined. */
function dimensionLast<T>(along: readonly T[], dimension: number | undefined): readonly T[] {
  return dimension === undefined ? along : [...along.slice(0, dimension), ...along.slice(dimension + 1), ...along.slice(dimension, dimension + 1)];
}

/** The dimension, from 0, that each buffer gets as its last. */
function movedDimensions(program: Program, rules: readonly PassOptions[]): ReadonlyMap<string, number> {
  const moved = new Map<string, number>();
  for (const rule of rules) {
    const tensors = patternsOption(name, rule, "tensors");
    const dimension = (countOption(name, rule, "dimension") ?? 2) - 1;
    const named = program.buffers.filter((buffer) => buffer.kind === "temp" && dimension < buffer.shape.length && tensors?.some((pattern) => pattern.test(buffer.name)));
    const buffers = tensors === undefined ? movedImages(program, countOption(name, rule, "foldLoopsAtLeast") ?? windowDepth) : named.map((buffer) => buffer.name);
    for (const buffer of buffers) if (!moved.has(buffer)) moved.set(buffer, tensors === undefined ? 1 : dimension);
  }
  return moved;
}

/**
 * Temporaries of images that a window reads or writes, and those of their rank that stand
 * in one nest with such: between two layouts a residual sum would run across one of them.
 */
export function movedImages(program: Program, depth: number = windowDepth): ReadonlySet<string> {
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

export const moveChannels: Pass = { name, summary: "lay images out with their channels last, or other tensors with a dimension last", options, run };
