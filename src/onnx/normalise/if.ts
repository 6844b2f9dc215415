/**
 * If. A condition that is constant once shapes are known takes its branch, whose nodes
 * stand in place of the node. A condition that is computed: both branches run, and
 * Where takes every output from one of them. That is exact, bit for bit, because nodes
 * have no effects and every operator is defined on all values of its type (an integer
 * division by 0 gives 0, an index of data is clamped): what the other branch computes is
 * not looked at. Both must then give one type and shape. Subgraphs of If have no inputs;
 * they read the names around it. One form for opsets 1 to 25.
 */
import { invalid } from "../../../ir/prelude.js";
import { printTensorType, sameType } from "../../../ir/tensor/tensor.js";
import type { GraphNode } from "../../../ir/graph/graph.js";
import { DynamicShape } from "../dynamic-shape.js";
import { type Normaliser, allowOnly, inputName } from "./node.js";
import type { RawNode, Subgraph } from "./raw-node.js";
import { asScalar, bodyOf, checkBody, checkOneElement, copies, final, typeOf, valueOf } from "./subgraphs.js";

export const ifElse: Normaliser = (node) => {
  allowOnly(node, "else_branch", "then_branch");
  const [yes, no] = [branchOf(node, "then_branch"), branchOf(node, "else_branch")];
  const condition = inputName(node, 0);
  if (node.inputs.length > 1) invalid("input-count", `If has ${node.inputs.length} inputs, not 1`, node.name, "give the condition alone: branches read names around them");
  checkOneElement(node, condition, "bool");
  const value = valueOf(node, condition);
  if (value === undefined) return selected(node, condition, [yes, no]);
  const [taken, label] = Number(value) === 0 ? [no, "else_branch"] : [yes, "then_branch"];
  node.control.note("branch-taken", `the condition ${condition} of ${node.name} is constant: ${label} is taken`);
  return copies(node, taken.run({ label, inputs: [], outputs: node.outputs }));
};

function branchOf(node: RawNode, attribute: string): Subgraph {
  const branch = bodyOf(node, attribute);
  checkBody(node, branch, attribute, { inputs: 0, outputs: node.outputs.length });
  return branch;
}

function selected(node: RawNode, condition: string, [yes, no]: readonly [Subgraph, Subgraph]): GraphNode[] {
  node.control.note("branches-selected", `the condition ${condition} of ${node.name} is computed: both branches run, and their outputs are selected`);
  const whenTrue = yes.run({ label: "then_branch", inputs: [] });
  const whenFalse = no.run({ label: "else_branch", inputs: [] });
  const scalar = asScalar(node, condition);
  return whenTrue.flatMap((tensor, k) => {
    const other = whenFalse[k] ?? "";
    checkBranches(node, condition, [tensor, other], k);
    return final(node, k, "Where", [scalar, tensor, other]);
  });
}

function checkBranches(node: RawNode, condition: string, [whenTrue, whenFalse]: readonly [string, string], k: number): void {
  if (node.control.held(whenTrue) !== undefined || node.control.held(whenFalse) !== undefined) {
    throw new DynamicShape(`output ${k} of If is a sequence or an optional value, and the condition is computed`, node.name, condition);
  }
  const [a, b] = [typeOf(node, whenTrue), typeOf(node, whenFalse)];
  if (sameType(a, b)) return;
  throw new DynamicShape(`output ${k} of If is ${printTensorType(a)} in one branch and ${printTensorType(b)} in the other, and the condition is computed`, node.name, condition);
}
