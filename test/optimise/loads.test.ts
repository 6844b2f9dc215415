/** Loads of a register tile by counting: against the elements that the written steps really read. */
import test from "ava";
import { liveWith, loadsPerProduct, registersBeside, sharesTaps } from "../../src/optimise/loads.js";
import type { FoldNest, Read } from "../../src/optimise/nests.js";

const row = (...terms: readonly (readonly [string, number])[]): ReadonlyMap<string, number> => new Map(terms);
const fold = ["c*", "h*", "w*"].map((pattern) => ({ pattern, extent: 3 }));
const lanes = ["m*", "x*"].map((pattern) => ({ pattern, extent: 12 }));

function nestWith(...reads: readonly Read[]): FoldNest {
  const [, ...weights] = reads;
  return { site: "n0", lanes, outer: lanes, fold, reads, step: "sum", pairs: undefined, weights, fused: false, short: [0], long: [] };
}

/** x[c, y + h, stride·x + w] under w[m, c, h, w]. */
const window = (stride: number): FoldNest => nestWith([row(["c*", 1]), row(["h*", 1]), row(["x*", stride], ["w*", 1])], [row(["m*", 1]), row(["c*", 1]), row(["h*", 1]), row(["w*", 1])]);
/** x[m, y + h, x + w] under w[m, h, w]. */
const depthwise = nestWith([row(["m*", 1]), row(["h*", 1]), row(["x*", 1], ["w*", 1])], [row(["m*", 1]), row(["h*", 1]), row(["w*", 1])]);

/** The distinct elements, enumerated. */
function counted({ reads }: FoldNest, sizes: ReadonlyMap<string, number>): number {
  const points = [...sizes].reduce<readonly ReadonlyMap<string, number>[]>((all, [pattern, size]) => all.flatMap((point) => Array.from({ length: size }, (_, k) => new Map([...point, [pattern, k]]))), [new Map()]);
  const elements = (read: Read): number => new Set(points.map((point) => read.map((terms) => [...terms].reduce((sum, [pattern, c]) => sum + c * (point.get(pattern) ?? 0), 0)).join())).size;
  return reads.reduce((sum, read) => sum + elements(read), 0) / points.length;
}

test("loads by products are those of the distinct elements", (t) => {
  for (const nest of [window(1), window(2), depthwise]) {
    for (const [m, x, w] of [[4, 5, 1], [4, 5, 3], [2, 10, 3], [1, 8, 3], [3, 1, 1]] as const) {
      const sizes = new Map([["m*", m], ["x*", x], ["w*", w]]);
      t.is(loadsPerProduct(nest, sizes), counted(nest, sizes), JSON.stringify([m, x, w]));
    }
  }
});

test("a tile of one channel reads no more for a product than one of four, where each channel has its own inputs", (t) => {
  const of = (nest: FoldNest, m: number, x: number): number => loadsPerProduct(nest, new Map([["m*", m], ["x*", x], ["w*", 3]]));
  t.is(of(depthwise, 1, 4), of(depthwise, 4, 4));
  t.true(of(window(1), 4, 4) < of(window(1), 1, 4));
  t.true(of(window(1), 2, 10) < of(window(2), 2, 10));
});

test("in use at once: a row of pixels under all its taps, or the weights of all channels", (t) => {
  const sizes = new Map([["m*", 4], ["x*", 5], ["w*", 3]]);
  t.is(liveWith(window(1), { pattern: "x*", extent: 12 }, sizes), 7);
  t.is(liveWith(window(1), { pattern: "m*", extent: 12 }, sizes), 12);
});

test("two weights by one load cost three quarters of two loads", (t) => {
  const sizes = new Map([["m*", 4], ["x*", 5]]);
  const [m] = lanes;
  t.is(loadsPerProduct(window(1), sizes), 9 / 20);
  t.is(loadsPerProduct(window(1), sizes, m), 8 / 20);
});

test("registers beside the accumulators: all that the innermost lane reads, a load of the other, and what later taps read again", (t) => {
  const [m, x] = lanes;
  const beside = (nest: FoldNest, sizes: readonly (readonly [string, number])[], innermost = m, paired = m): number => (innermost === undefined ? 0 : registersBeside(nest, new Map(sizes), innermost, paired));
  t.is(beside(window(1), [["m*", 8], ["x*", 3]]), 9, "eight weights, a pixel");
  t.is(beside(window(1), [["m*", 8], ["x*", 3]], x), 5, "three pixels, a pair of weights");
  t.is(beside(window(1), [["m*", 2], ["x*", 8], ["w*", 3]]), 9, "seven of a row of eight, of which each tap reads one less and one more, and two weights");
  t.is(beside(window(2), [["m*", 4], ["x*", 5], ["w*", 4]]), 12, "of ten elements that two taps read four are still to be read when the fifth comes");
  t.is(beside(depthwise, [["m*", 2], ["x*", 5], ["w*", 3]]), 10, "of each of two rows of five four, a pair of weights");
});

test("taps share what they read where a window moves by less than half of its width", (t) => {
  const sizes = new Map([["m*", 4], ["x*", 5], ["w*", 3]]);
  t.true(sharesTaps(window(1), sizes));
  t.false(sharesTaps(window(2), sizes));
});
