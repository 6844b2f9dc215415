/** Outputs as a test stores them: of a bounded output the part in use, and no counts. */
import type { Graph } from "../../ir/graph/graph.js";
import { invariant, present } from "../../ir/prelude.js";
import type { ScalarValue } from "../../ir/scalar/types.js";
import { type Tensor, elementCount, tensorOf } from "../../ir/tensor/tensor.js";

/** `outputs` are those of `graph`, in order. */
export function storedForm({ outputs: declared, boundedOutputs = new Map() }: Graph, outputs: readonly Tensor[]): readonly Tensor[] {
  if (boundedOutputs.size === 0) return outputs;
  const byName = new Map(declared.map(({ name }, k) => [name, present(outputs[k], name)]));
  const counts = new Set([...boundedOutputs.values()].map(({ count }) => count));
  return declared.filter(({ name }) => !counts.has(name)).map(({ name }) => {
    const [tensor, part] = [present(byName.get(name), name), boundedOutputs.get(name)];
    return part === undefined ? tensor : firstAlong(tensor, part.axis, Number(byName.get(part.count)?.data[0] ?? 0));
  });
}

/** The first `extent` slices along `axis`. */
export function firstAlong({ type, shape, data }: Tensor, axis: number, extent: number): Tensor {
  const capacity = shape[axis] ?? 0;
  invariant(extent >= 0 && extent <= capacity, `a count of ${extent} in an array of ${capacity}`);
  const inner = elementCount(shape.slice(axis + 1));
  const period = inner * capacity;
  const kept = [...data].filter((_: ScalarValue, t: number) => t % period < extent * inner);
  return tensorOf(type, shape.with(axis, extent), kept);
}
