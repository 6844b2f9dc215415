/**
 * The refusal for a value that decides a shape and is computed from inputs: it names the
 * inputs behind the value, because fixing these makes the shape static.
 */
import type { GraphNode } from "../../ir/graph/graph.js";
import { Refusal } from "../../ir/prelude.js";
import type { TensorType } from "../../ir/tensor/tensor.js";
import type { Tensor } from "../../ir/tensor/tensor.js";

/** Code `dynamic-shape`; `inputs` are those of the graph that `tensor` depends on, as far as they are known. */
export class DynamicShape extends Refusal {
  readonly tensor: string;
  readonly inputs: readonly string[];

  constructor(what: string, node: string, tensor: string, inputs: readonly string[] = []) {
    const options = inputs.map((name) => `--fix-input ${name}=VALUE`).join(" ");
    super("unsupported", "dynamic-shape", what, node, options === "" ? "make this input a constant" : `fix it: ${options}; the build is then about that value alone`);
    this.tensor = tensor;
    this.inputs = inputs;
  }

  /** The same, with the inputs to fix. */
  behind(inputs: readonly string[]): DynamicShape {
    return new DynamicShape(this.message, this.where ?? "", this.tensor, inputs);
  }
}

interface Known {
  readonly nodes: readonly GraphNode[];
  readonly types: ReadonlyMap<string, TensorType>;
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** The graph inputs that `tensor` depends on, in the order of the graph. */
export function inputsBehind({ nodes, types, constants }: Known, tensor: string): readonly string[] {
  const needed = new Set<string | null>([tensor]);
  const made = new Set<string>();
  for (const { inputs, outputs } of nodes.toReversed()) {
    for (const output of outputs) made.add(output);
    if (outputs.some((output) => needed.has(output))) for (const input of inputs) needed.add(input);
  }
  return [...types.keys()].filter((name) => needed.has(name) && !made.has(name) && !constants.has(name));
}
