/**
 * GridSample: X read between its elements at points that the grid gives, in two dimensions
 * or more. Along axis d of extent S the coordinate g is
 *
 *     x = (g + 1)/2·(S − 1) with align_corners, else ((g + 1)·S − 1)/2, rounded to an integer for nearest
 *
 * and, outside of 0 … S − 1 (align_corners) or −½ … S − ½, clamped to 0 … S − 1 for `border` or
 * reflected at these ends for `reflection`. The taps are ⌊x⌋ + k − b, k = 0 … K − 1 (nearest K = 1,
 * b = 0; linear K = 2, b = 0; cubic K = 4, b = 1), clamped or reflected in the same way, with the
 * weights of linear or cubic (a = −¾) interpolation at x − ⌊x⌋:
 *
 *     Y[n, c, o…] = +0 + Σ_{k…} (w₀·w₁·…)·X[n, c, taps…]        (fold over k…, taps that exist)
 *
 * The grid has the last axis of X first. Taps are looked up (shared/terms); each operation
 * rounds to nearest even, the sum as the build's contract says.
 */
import { type IndexExpr, literal, variable, zero } from "../loop/index-expr.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, shapeMismatch, textOf } from "./shared/define.js";
import { byRun } from "./shared/regions.js";
import { choose, equal, every, less, position, truth } from "./shared/terms.js";

const t = "f32";
const number = (value: number): TensorExpr => constant(t, value);
const add = (a: TensorExpr, b: TensorExpr): TensorExpr => op(`add.${t}`, a, b);
const sub = (a: TensorExpr, b: TensorExpr): TensorExpr => op(`sub.${t}`, a, b);
const mul = (a: TensorExpr, b: TensorExpr): TensorExpr => op(`mul.${t}`, a, b);

interface Geometry {
  /** Extents of the spatial axes of X. */
  readonly spatial: readonly number[];
  /** Those of the output. */
  readonly points: readonly number[];
  /** Taps along each axis. */
  readonly taps: number;
  readonly output: TensorType;
}

const tapsOf: Readonly<Record<string, number>> = { nearest: 1, linear: 2, cubic: 4 };

function geometryOf(node: OperatorNode): Geometry {
  const { shape: [batch = 1, channels = 1, ...spatial] } = inputOf(node, 0);
  const { shape: grid } = inputOf(node, 1);
  if (grid.length !== spatial.length + 2 || grid[0] !== batch || grid.at(-1) !== spatial.length) shapeMismatch(node, `the grid must give ${spatial.length} coordinates for ${batch} batches`);
  const points = grid.slice(1, -1);
  return { spatial, points, taps: tapsOf[textOf(node, "mode")] ?? 1, output: { type: t, shape: [batch, channels, ...points] } };
}

/** The ends of axis extent `extent`. */
function ends(node: OperatorNode, extent: number): readonly [low: number, high: number] {
  return numberOf(node, "align_corners") === 0 ? [-0.5, extent - 0.5] : [0, extent - 1];
}

/** x turned back at the ends as often as it takes. */
function reflected(x: TensorExpr, [low, high]: readonly [number, number]): TensorExpr {
  const below = less(t, x, number(low));
  const beyond = choose(t, below, sub(number(low), x), sub(x, number(high)));
  const turns = op(`trunc.${t}`, op(`div.${t}`, beyond, number(high - low)));
  const rest = sub(beyond, mul(turns, number(high - low)));
  const even = equal(t, mul(op(`floor.${t}`, mul(turns, number(0.5))), number(2)), turns);
  const fromLow = op("eq.bool", below, even);
  return choose(t, fromLow, add(number(low), rest), sub(number(high), rest));
}

/** What `padding` makes of a coordinate outside of `bounds`. */
function returned(node: OperatorNode, x: TensorExpr, extent: number, bounds: readonly [number, number]): TensorExpr {
  const outside = op("or.bool", less(t, x, number(bounds[0])), less(t, number(bounds[1]), x));
  switch (textOf(node, "padding_mode")) {
    case "border": return choose(t, outside, op(`min.${t}`, op(`max.${t}`, x, number(0)), number(extent - 1)), x);
    case "reflection": return choose(t, outside, reflected(x, bounds), x);
    default: return x;
  }
}

/** By spatial axis of X: the last coordinate but one of the point. */
function byAxis(spatial: readonly number[], axis: IndexExpr, value: (extent: number) => TensorExpr): TensorExpr {
  return byRun(axis, spatial.map((extent, d) => ({ end: d + 1, value: value(extent) })));
}

/** The stages x (where the point lies), place and weight (of each tap). */
function tapStages(node: OperatorNode, { spatial, points, taps, output }: Geometry): readonly Stage[] {
  const rank = spatial.length;
  const shape = [output.shape[0] ?? 1, ...points, rank];
  const nearest = textOf(node, "mode") === "nearest";
  const plain = (g: TensorExpr, extent: number): TensorExpr => (numberOf(node, "align_corners") === 0
    ? mul(sub(mul(add(g, number(1)), number(extent)), number(1)), number(0.5))
    : mul(mul(add(g, number(1)), number(0.5)), number(extent - 1)));
  const raw = stage("raw", { type: t, shape }, (point) => {
    const axis = point.at(-1) ?? zero;
    const value = (extent: number): TensorExpr => (nearest ? op(`rint.${t}`, plain(at(1, ...point), extent)) : plain(at(1, ...point), extent));
    return byAxis(spatial.toReversed(), axis, value);
  }, "g");
  const x = stage("x", { type: t, shape }, (point) => byAxis(spatial.toReversed(), point.at(-1) ?? zero, (extent) => returned(node, stageAt("raw", ...point), extent, ends(node, extent))), "x");
  const first = taps === 4 ? 1 : 0;
  const place = stage("place", { type: "i64", shape: [...shape, taps] }, (point) => byAxis(spatial.toReversed(), point.at(-2) ?? zero, (extent) => {
    const tap = sub(add(op(`floor.${t}`, stageAt("x", ...point.slice(0, -1))), op("cast.i64.f32", position(point.at(-1) ?? zero))), number(first));
    return op("cast.f32.i64", op(`rint.${t}`, returned(node, tap, extent, textOf(node, "padding_mode") === "border" ? [0, extent - 1] : ends(node, extent))));
  }), "p");
  const weight = stage("weight", { type: t, shape: [...shape, taps] }, (point) => {
    const own = stageAt("x", ...point.slice(0, -1));
    const weights = weightsOf(taps, sub(own, op(`floor.${t}`, own)));
    return byRun(point.at(-1) ?? zero, weights.map((value, k) => ({ end: k + 1, value })));
  }, "w");
  return [raw, x, place, weight];
}

/** Of the taps, for a point that lies r after the tap below it. */
function weightsOf(taps: number, r: TensorExpr): readonly TensorExpr[] {
  const rest = sub(number(1), r);
  if (taps === 1) return [number(1)];
  if (taps === 2) return [rest, r];
  return [outer(add(r, number(1))), inner(r), inner(rest), outer(add(rest, number(1)))];
}

const a = -0.75;

/** ((a + 2)·x − (a + 3))·x² + 1, for x ≤ 1. */
function inner(x: TensorExpr): TensorExpr {
  return add(mul(mul(sub(mul(number(a + 2), x), number(a + 3)), x), x), number(1));
}

/** ((a·x − 5a)·x + 8a)·x − 4a, for 1 < x ≤ 2. */
function outer(x: TensorExpr): TensorExpr {
  return sub(mul(add(mul(sub(mul(number(a), x), number(5 * a)), x), number(8 * a)), x), number(4 * a));
}

function meaning(node: OperatorNode): Meaning {
  const geometry = geometryOf(node);
  const { spatial, taps, output } = geometry;
  const tapAxes = spatial.map((_, d) => ({ name: `k${d}`, extent: taps }));
  const inputAxes = spatial.map((extent, d) => ({ name: `h${d}`, extent }));
  const y = stage("y", output, ([n = zero, c = zero, ...o]) => {
    const own = (name: string, d: number): TensorExpr => stageAt(name, n, ...o, literal(spatial.length - 1 - d), variable(`k${d}`));
    const hits = spatial.map((_, d) => equal("i64", position(variable(`h${d}`)), own("place", d)));
    const [first = number(1), ...others] = spatial.map((_, d) => own("weight", d));
    const x = at(0, n, c, ...inputAxes.map(({ name }) => variable(name)));
    const sum = op(`muladd.${t}`, acc, others.reduce(mul, first), x);
    return fold([...tapAxes, ...inputAxes], [], number(0), choose(t, every(hits[0] ?? truth, ...hits.slice(1)), sum, acc));
  });
  return { stages: [...tapStages(node, geometry), y], outputs: ["y"] };
}

export const gridSample = defineOperator({
  op: "GridSample", types: [t], inputs: [2, 2], shape: (node) => [geometryOf(node).output], meaning,
});
