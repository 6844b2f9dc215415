/** Operators whose channels are the last axis, between two transpositions: an operator of ai.onnx has them second. */
import { asNode, type Composition, composed, knowing } from "./compose.js";
import { type Normaliser, inputName, inputType } from "./node.js";

/** N, spatial…, C as N, C, spatial…. */
export function nchwShape(shape: readonly number[]): readonly number[] {
  return [shape[0] ?? 1, shape.at(-1) ?? 1, ...shape.slice(1, -1)];
}

/** `x` of `rank` axes with its channels second, `x` itself where they are already (`last` is false). */
export function channelsSecond(made: Composition, x: string, rank: number, last = true): string {
  if (!last) return x;
  return made.node("Transpose", [x], { perm: [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, d) => d + 1)] });
}

function toLast(rank: number): readonly number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, d) => d + 2), 1];
}

/** The way back. */
export function channelsLast(made: Composition, x: string, rank: number, last = true): string {
  return last ? made.node("Transpose", [x], { perm: toLast(rank) }) : x;
}

/** `op` of ai.onnx on input 0 with its channels brought to the second place, and back; the other inputs stay. */
export function onChannelsLast(op: string, normaliser: Normaliser): Normaliser {
  return (node) => composed(node, (made) => {
    const { type, shape } = inputType(node, 0);
    const [x, y] = [channelsSecond(made, inputName(node, 0), shape.length), node.fresh(`${node.name}_value`)];
    const typeOf = knowing(node, x, { type, shape: nchwShape(shape) });
    made.include(normaliser(asNode(node, { name: node.fresh(`${node.name}_${op}`), op, inputs: [x, ...node.inputs.slice(1)], outputs: [y], typeOf })));
    made.output(0, "Transpose", [y], { perm: toLast(shape.length) });
  });
}
