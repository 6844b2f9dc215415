/**
 * Constant folding: a node whose inputs are all constants is evaluated by its own
 * meaning while the graph is built, because later shapes may depend on its value.
 * The result is recorded as derived, so that it can be computed again from the model.
 */
import type { OperatorDefinition, OperatorNode } from "../../ir/ops/operator.js";
import { evalMeaning } from "../../ir/tensor/eval.js";
import type { Meaning, MulAddContract, TensorExpr } from "../../ir/tensor/meaning.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { GraphNode } from "../../ir/graph/graph.js";

/** Scalar operations that one node may cost at import: some ten seconds of evaluation. */
const stepLimit = 1e8;

/** The value that a Constant node carries. */
export function carriedValue(node: GraphNode): Tensor | undefined {
  const value = node.op === "Constant" && node.domain === "" ? node.attributes["value"] : undefined;
  return typeof value === "object" && "data" in value ? value : undefined;
}

export interface FoldContext {
  readonly inputs: readonly (Tensor | null)[];
  readonly contract: MulAddContract;
}

/** The outputs of a node on constant inputs, or undefined when evaluating it would take too long. */
export function foldNode(
  definition: OperatorDefinition, node: OperatorNode, { inputs, contract }: FoldContext,
): readonly Tensor[] | undefined {
  const meaning = definition.meaning(node);
  return meaningSteps(meaning) > stepLimit ? undefined : evalMeaning(meaning, inputs, contract);
}

/** Number of expression nodes that evaluating `meaning` visits, branches counted as taken. */
function meaningSteps({ stages }: Meaning): number {
  return stages.reduce((sum, { shape, value }) => sum + elementCount(shape) * steps(value), 0);
}

function steps(e: TensorExpr): number {
  switch (e.kind) {
    case "op":
      return e.args.reduce((sum, arg) => sum + steps(arg), 1);
    case "fold":
      return steps(e.start) + e.over.reduce((product, { extent }) => product * extent, steps(e.step));
    case "select":
      return 1 + steps(e.then) + steps(e.otherwise);
    case "at":
    case "const":
    case "index":
    case "acc":
      return 1;
  }
}
