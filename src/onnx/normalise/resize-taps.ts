/**
 * Which input positions an output position of Resize reads along one axis, and with what
 * weights: the definition of the ONNX reference, in double precision, as literals.
 */

export const interpolationModes: readonly string[] = ["nearest", "linear", "cubic"];
export const nearestModes: readonly string[] = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];
export const coordinateModes: readonly string[] = [
  "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn",
];

export interface Interpolation {
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
  /** The coefficient a of the cubic. */
  readonly cubic: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

export interface AxisSizes {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  /** The target length: a fraction where it is a scale times the extent (the reference's output_width), of which `output` is the floor. */
  readonly length: number;
  readonly region: readonly [start: number, end: number];
}

/** By output position. */
export interface AxisTaps {
  /** Input positions, as many for each output position. */
  readonly indices: readonly (readonly number[])[];
  /** Of the indices; undefined where each position reads one element as it is. */
  readonly weights: readonly (readonly number[])[] | undefined;
  /** Whether the position lies outside of the input, for tf_crop_and_resize. */
  readonly outside: readonly boolean[];
}

/** The position in the input, a real number. */
function originOf({ input, output, length, scale, region: [start, end] }: AxisSizes, coordinates: string, o: number): number {
  switch (coordinates) {
    case "align_corners": return length === 1 ? 0 : (o * (input - 1)) / (length - 1);
    case "asymmetric": return o / scale;
    case "tf_crop_and_resize": return start * (input - 1) + (length === 1 ? ((end - start) * (input - 1)) / 2 : (o * (end - start) * (input - 1)) / (length - 1));
    case "pytorch_half_pixel": return length === 1 ? -0.5 : (o + 0.5) / scale - 0.5;
    case "tf_half_pixel_for_nn": return (o + 0.5) / scale;
    case "half_pixel_symmetric": return (input / 2) * (1 - output / length) + (o + 0.5) / scale - 0.5;
    default: return (o + 0.5) / scale - 0.5;
  }
}

/** Weights of consecutive positions for a point that lies `ratio` (in 0 < ratio ≤ 1) after one of them. */
function weightsOf({ mode, nearest, cubic, antialias }: Interpolation, ratio: number, scale: number): readonly number[] {
  const stretch = antialias ? Math.min(scale, 1) : 1;
  if (mode === "nearest") return nearestWeights(nearest, ratio);
  return mode === "linear" ? sampled(ratio, stretch, 1, (x) => Math.max(0, 1 - Math.abs(x))) : sampled(ratio, stretch, 2, (x) => cubicWeight(Math.abs(x), cubic));
}

function nearestWeights(nearest: string, ratio: number): readonly number[] {
  const up = { round_prefer_floor: ratio > 0.5, round_prefer_ceil: ratio >= 0.5, floor: false, ceil: true }[nearest];
  return ratio === 1 || up === true ? [0, 1] : [1, 0];
}

/** A kernel of the given reach, stretched by 1/stretch, at the positions that it reaches; the weights add up to 1. */
function sampled(ratio: number, stretch: number, reach: number, kernel: (x: number) => number): readonly number[] {
  const first = Math.floor(-reach / stretch) + 1;
  const raw = Array.from({ length: 2 - 2 * first }, (_, k) => kernel(stretch * (first + k - ratio)));
  return stretch === 1 ? raw : normalised(raw);
}

function cubicWeight(x: number, a: number): number {
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((x - 5) * x + 8) * a * x - 4 * a : 0;
}

function normalised(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

export function tapsOf(sizes: AxisSizes, interpolation: Interpolation): AxisTaps {
  const rows = Array.from({ length: sizes.output }, (_, o) => rowOf(sizes, interpolation, o));
  const outside = rows.map((row) => row.outside);
  const single = rows.map(({ taps }) => taps.filter(({ weight }) => weight !== 0));
  if (single.every((taps) => taps.length === 1 && taps[0]?.weight === 1)) {
    return { indices: single.map((taps) => taps.map(({ index }) => index)), weights: undefined, outside };
  }
  return { indices: rows.map(({ taps }) => taps.map(({ index }) => index)), weights: rows.map(({ taps }) => taps.map(({ weight }) => weight)), outside };
}

interface Row {
  readonly taps: readonly { readonly index: number; readonly weight: number }[];
  readonly outside: boolean;
}

/** A point on a position counts as one after the position before it. */
function rowOf(sizes: AxisSizes, interpolation: Interpolation, o: number): Row {
  const { input, output, scale } = sizes;
  if (input === output && scale === 1 && interpolation.coordinates !== "tf_crop_and_resize") return { taps: [{ index: o, weight: 1 }], outside: false };
  const origin = originOf(sizes, interpolation.coordinates, o);
  const before = Math.ceil(origin) - 1;
  const weights = weightsOf(interpolation, origin - before, scale);
  const positions = weights.map((_, k) => before + 1 - weights.length / 2 + k);
  const inside = (position: number): boolean => position >= 0 && position < input;
  const counted = interpolation.excludeOutside ? normalised(weights.map((weight, k) => (inside(positions[k] ?? 0) ? weight : 0))) : weights;
  const taps = positions.map((position, k) => ({ index: Math.min(Math.max(position, 0), input - 1), weight: counted[k] ?? 0 }));
  return { taps, outside: interpolation.coordinates === "tf_crop_and_resize" && (origin < 0 || origin > input - 1) };
}
