/**
 * DeformConv: a Conv whose taps are moved by offsets and weighted by a mask.
 *
 *     p_d[n, g, k…, o…] = o_d·s_d + k_d·δ_d − pad_d + offset[n, (g, k…, d), o…]          (d = each spatial axis)
 *     V[n, c, k…, o…] = (+0 + Σ_{h…} (Π_d max(0, 1 − |p_d − h_d|))·X[n, c, h…])·mask[n, (g, k…), o…]
 *     Y[n, m, o…]     = B[m] + Σ_{c, k…} V[n, q·(C/G) + c, k…, o…]·W[m, c, k…]            (fold from B[m] or +0)
 *
 * g = ⌊c / (C/offset groups)⌋, q = ⌊m / (M/G)⌋. The first sum, bilinear interpolation, is a fold
 * over the positions h… with weights above 0, so that elements elsewhere are not touched.
 * Each operation rounds to nearest even, the sums as the build's contract says.
 */
import { type IndexExpr, floordiv, plus, shift, times, variable, zero } from "../loop/index-expr.js";
import { type Meaning, type Stage, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import { type TensorType, elementCount, stridesOf } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { type Geometry, geometryOf } from "./shared/convolution.js";
import { defineOperator, inputOf, numberOf, optionalInput, shapeMismatch } from "./shared/define.js";
import { choose, every, less, position, truth } from "./shared/terms.js";

const t = "f32";
const slots = { x: 0, w: 1, bias: 3 } as const;

interface Sizes {
  readonly geometry: Geometry;
  readonly output: TensorType;
  readonly kernel: readonly number[];
  readonly groups: number;
}

function sizesOf(node: OperatorNode): Sizes {
  const geometry = geometryOf(node, slots);
  const kernel = geometry.window.map((axis) => axis.kernel);
  const [[batch = 1, channels = 1], groups] = [inputOf(node, slots.x).shape, numberOf(node, "offset_group")];
  const places = [batch, groups * elementCount(kernel)];
  const outputs = geometry.shape.slice(2);
  if (channels % groups !== 0 || inputOf(node, 2).shape.join() !== [batch, (places[1] ?? 0) * kernel.length, ...outputs].join()) shapeMismatch(node, "the offsets do not fit");
  const mask = optionalInput(node, 4)?.shape ?? [...places, ...outputs];
  if (mask.join() !== [...places, ...outputs].join()) shapeMismatch(node, "the mask does not fit");
  return { geometry, output: { type: t, shape: geometry.shape }, kernel, groups };
}

/** The row-major number of tap k… of offset group g. */
function tapNumber(g: IndexExpr, k: readonly IndexExpr[], kernel: readonly number[]): IndexExpr {
  const strides = stridesOf(kernel);
  return k.reduce((sum, own, d) => plus(sum, times(own, strides[d] ?? 1)), times(g, elementCount(kernel)));
}

/** One stage per spatial axis: where the moved taps lie. */
function coordinateStages({ geometry: { window, shape }, kernel, groups }: Sizes): readonly Stage[] {
  const [batch = 1, , ...outputs] = shape;
  const rank = kernel.length;
  return window.map((axis, d) => stage(`p${d}`, { type: t, shape: [batch, groups, ...kernel, ...outputs] }, ([n = zero, g = zero, ...rest]) => {
    const [k, o] = [rest.slice(0, rank), rest.slice(rank)];
    const place = shift(plus(times(o[d] ?? zero, axis.stride), times(k[d] ?? zero, axis.dilation)), -axis.padBegin);
    const offset = at(2, n, shift(times(tapNumber(g, k, kernel), rank), d), ...o);
    return op(`add.${t}`, op("cast.i64.f32", position(place)), offset);
  }, `p${d}_`));
}

function sampleStage(node: OperatorNode, { geometry: { window, shape }, kernel, groups }: Sizes): Stage {
  const [batch = 1, , ...outputs] = shape;
  const channels = inputOf(node, slots.x).shape[1] ?? 1;
  const over = window.map(({ input }, d) => ({ name: `h${d}`, extent: input }));
  return stage("unmasked", { type: t, shape: [batch, channels, ...kernel, ...outputs] }, ([n = zero, c = zero, ...rest]) => {
    const weights = over.map(({ name }, d) => {
      const distance = op(`sub.${t}`, stageAt(`p${d}`, n, floordiv(c, channels / groups), ...rest), op("cast.i64.f32", position(variable(name))));
      return op(`sub.${t}`, constant(t, 1), op(`abs.${t}`, distance));
    });
    const near = weights.map((weight) => less(t, constant(t, 0), weight));
    const [first = constant(t, 1), ...others] = weights;
    const sum = op(`muladd.${t}`, acc, others.reduce((x, y) => op(`mul.${t}`, x, y), first), at(slots.x, n, c, ...over.map(({ name }) => variable(name))));
    return fold(over, [], constant(t, 0), choose(t, every(near[0] ?? truth, ...near.slice(1)), sum, acc));
  }, "v");
}

function meaning(node: OperatorNode): Meaning {
  const sizes = sizesOf(node);
  const { geometry: { channels, filters }, kernel, groups, output } = sizes;
  const all = inputOf(node, slots.x).shape[1] ?? 1;
  const sample = sampleStage(node, sizes);
  const masked = stage("sample", sample, ([n = zero, c = zero, ...rest]) => {
    const value = stageAt("unmasked", n, c, ...rest);
    const [k, o] = [rest.slice(0, kernel.length), rest.slice(kernel.length)];
    return optionalInput(node, 4) === undefined ? value : op(`mul.${t}`, value, at(4, n, tapNumber(floordiv(c, all / groups), k, kernel), ...o));
  }, "m");
  const over = [{ name: "c", extent: channels }, ...kernel.map((extent, d) => ({ name: `t${d}`, extent }))];
  const taps = kernel.map((_, d) => variable(`t${d}`));
  const y = stage("y", output, ([n = zero, m = zero, ...o]) => {
    const start = optionalInput(node, slots.bias) === undefined ? constant(t, 0) : at(slots.bias, m);
    const channel = channels === all ? variable("c") : plus(times(floordiv(m, filters), channels), variable("c"));
    return fold(over, [], start, op(`muladd.${t}`, acc, stageAt("sample", n, channel, ...taps, ...o), at(slots.w, m, variable("c"), ...taps)));
  });
  return { stages: [...coordinateStages(sizes), sample, masked, y], outputs: ["y"] };
}

export const deformConv = defineOperator({
  op: "DeformConv",
  types: [t],
  inputs: [3, 5],
  shape: (node) => [sizesOf(node).output],
  meaning,
});
