/** Pooling: the window over the spatial axes of an input of shape (batch, channel, spatial…). */
import type { OperatorNode } from "../operator.js";
import { inputOf, numberOf, shapeMismatch } from "./define.js";
import { type WindowAxis, windowOf } from "./window.js";

export interface Pool {
  readonly window: readonly WindowAxis[];
  /** Shape of the output. */
  readonly shape: readonly number[];
}

export function poolOf(node: OperatorNode): Pool {
  const { shape: [batch = 1, channels = 1, ...spatial] } = inputOf(node, 0);
  if (spatial.length < 1) shapeMismatch(node, "the input must have at least 1 spatial axis");
  const window = windowOf(node, spatial, numberOf(node, "ceil_mode") !== 0);
  return { window, shape: [batch, channels, ...window.map((axis) => axis.output)] };
}
