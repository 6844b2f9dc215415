/**
 * What is known of a whole tensor: one value per element, or one per channel (axis 1)
 * that holds for every element of the channel. Which of the two is a matter of cost;
 * the coarser one is never less true.
 */
import type { IndexExpr } from "../../ir/loop/index-expr.js";
import { plus, times, zero as origin } from "../../ir/loop/index-expr.js";
import { type Tensor, elementCount, stridesOf } from "../../ir/tensor/tensor.js";
import { around } from "./fixed.js";
import { type Value, hull } from "./value.js";

export interface Summary {
  readonly shape: readonly number[];
  readonly by: "element" | "channel";
  readonly cells: readonly Value[];
}

/** Above this many elements a tensor of rank 3 or more is known by its channels, unless said otherwise. */
export const elementLimit = 4096;

export function granularityOf(shape: readonly number[], limit: number): Summary["by"] {
  return shape.length >= 3 && elementCount(shape) > limit ? "channel" : "element";
}

/** The number of the cell that holds the element at `index`. */
export function cellIndex({ shape, by }: Pick<Summary, "shape" | "by">, index: readonly IndexExpr[]): IndexExpr {
  if (by === "channel") return index[1] ?? origin;
  const strides = stridesOf(shape);
  return index.reduce((sum, e, axis) => plus(sum, times(e, strides[axis] ?? 0)), origin);
}

/** The cell of the element at row-major position `position`. */
export function cellAt({ shape, by }: Pick<Summary, "shape" | "by">, position: number): number {
  if (by === "element") return position;
  const inner = elementCount(shape.slice(2));
  return Math.floor(position / inner) % (shape[1] ?? 1);
}

/** Elements in row-major order as a summary. */
export function summarise(shape: readonly number[], elements: readonly Value[], by: Summary["by"]): Summary {
  if (by === "element") return { shape, by, cells: elements };
  const cells = new Array<Value | undefined>(shape[1] ?? 1).fill(undefined);
  elements.forEach((element, position) => {
    const cell = cellAt({ shape, by }, position);
    const known = cells[cell];
    cells[cell] = known === undefined ? element : hull(known, element);
  });
  return { shape, by, cells: cells.filter((cell) => cell !== undefined) };
}

/** A constant of the model: known to the bit, but for the `deviations` a lemma proved of it, which count as introduced by the node that reads it. */
export function constantSummary({ shape, data }: Tensor, deviations: readonly bigint[] | undefined): Summary {
  const cells = Array.from({ length: data.length }, (_, k): Value => {
    const [low] = around(Number(data[k]));
    const introduced = deviations?.[k] ?? 0n;
    return { low: low - introduced, high: low + introduced, propagated: 0n, introduced };
  });
  return { shape, by: "element", cells };
}
