/**
 * Tensors of which only a part is in use, because their extent depends on data. They may
 * become outputs of the graph, each beside its count; nodes that keep the count and turn 0
 * into 0 may stand in between, and every other reader is refused by name.
 */
import type { BoundedTensor, GraphNode } from "../../ir/graph/graph.js";
import type { OperatorDefinition, OperatorNode } from "../../ir/ops/operator.js";
import { unsupported } from "../../ir/prelude.js";
import type { FlatNode } from "./flat-node.js";

export type BoundedTensors = ReadonlyMap<string, BoundedTensor>;

const keepsCount: readonly string[] = ["Cast", "Identity", "Transpose"];

/** Refuses a node that reads the part of a bounded tensor that is not in use. */
export function rejectBounded({ op, name, domain, inputs }: Pick<FlatNode, "op" | "name" | "domain" | "inputs">, bounded: BoundedTensors): void {
  if (domain === "" && keepsCount.includes(op)) return;
  const read = inputs.find((input) => input !== null && bounded.has(input));
  if (read === undefined) return;
  unsupported("dynamic-shape", `${op} reads ${read}, whose extent depends on data`, name, `make ${read} an output of the graph, directly or by ${keepsCount.join(", ")}, and do the rest in the application`);
}

/** The bounded outputs of a node in normal form. */
export function boundedOutputs({ inputs, outputs }: GraphNode, definition: OperatorDefinition, view: OperatorNode, bounded: BoundedTensors): BoundedTensors {
  const own = definition.bounded?.(view);
  if (own !== undefined) {
    const count = outputs[own.count] ?? "";
    return new Map(own.axes.flatMap((axis, k) => (axis === undefined ? [] : [[outputs[k] ?? "", { axis, count }] as const])));
  }
  const [source, permutation] = [bounded.get(inputs[0] ?? ""), view.attributes["perm"]];
  if (source === undefined) return new Map();
  const axis = Array.isArray(permutation) ? permutation.indexOf(source.axis) : source.axis;
  return new Map(outputs.map((output) => [output, { ...source, axis }]));
}
