/** Intersection over union of two boxes in f32, in the order of operations of the reference implementation of ONNX. */
import { type TensorExpr, constant, op } from "../../tensor/meaning.js";
import { choose, every, less } from "./terms.js";

/** Coordinate k of a box: [y1, x1, y2, x2] of two corners in any order, or [x, y, width, height] about a centre. */
type Box = (k: number) => TensorExpr;

interface Interval {
  readonly low: TensorExpr;
  readonly high: TensorExpr;
}

/** Whether `other`, which is selected, suppresses `box`: their IoU is greater than `threshold`. */
export function suppresses(box: Box, other: Box, threshold: TensorExpr, centred: boolean): TensorExpr {
  const [x1, x2] = [sideOf(box, "x", centred), sideOf(other, "x", centred)];
  const [y1, y2] = [sideOf(box, "y", centred), sideOf(other, "y", centred)];
  const [x, y] = [intersection(x1, x2), intersection(y1, y2)];
  const shared = product(length(x), length(y));
  const [area1, area2] = [product(length(x1), length(y1)), product(length(x2), length(y2))];
  const union = op("sub.f32", op("add.f32", area1, area2), shared);
  return every(
    exceeds(x.high, x.low), exceeds(y.high, y.low), ...[shared, area1, area2, union].map((area) => exceeds(area, constant("f32", 0))),
    less("f32", threshold, op("div.f32", shared, union)),
  );
}

/** a is not at most b: a NaN is no reason to let a box go. */
function exceeds(a: TensorExpr, b: TensorExpr): TensorExpr {
  return op("not.bool", op("le.f32", a, b));
}

function sideOf(box: Box, side: "x" | "y", centred: boolean): Interval {
  if (centred) {
    const [middle, half] = side === "x" ? [box(0), halved(box(2))] : [box(1), halved(box(3))];
    return { low: op("sub.f32", middle, half), high: op("add.f32", middle, half) };
  }
  const [a, b] = side === "x" ? [box(1), box(3)] : [box(0), box(2)];
  const descending = op("le.f32", b, a);
  return { low: choose("f32", descending, b, a), high: choose("f32", descending, a, b) };
}

function halved(x: TensorExpr): TensorExpr {
  return op("div.f32", x, constant("f32", 2));
}

function intersection(a: Interval, b: Interval): Interval {
  return {
    low: choose("f32", less("f32", a.low, b.low), b.low, a.low),
    high: choose("f32", less("f32", b.high, a.high), b.high, a.high),
  };
}

function length({ low, high }: Interval): TensorExpr {
  return op("sub.f32", high, low);
}

function product(a: TensorExpr, b: TensorExpr): TensorExpr {
  return op("mul.f32", a, b);
}
