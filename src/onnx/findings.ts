/**
 * Findings: what import noticed about a model without refusing it, each with the
 * reason and how to fix it. The restrictions are those of the SONNX profile: a model
 * without findings means the same to every tool that reads it.
 */
import type { Refusal } from "../../ir/prelude.js";

export type Severity = "error" | "warning" | "info";

export interface Finding {
  /** Stable identifier, a key of `rules` or the code of a Refusal. */
  readonly code: string;
  readonly severity: Severity;
  /** The node or tensor concerned, if there is one. */
  readonly node: string | undefined;
  readonly reason: string;
  readonly fix: string;
}

const rules = {
  "unknown-field": ["warning", "check the file with the tool that wrote it: what those fields say is ignored"],
  "training-graph": ["warning", "export the model for inference only"],
  "unsorted-nodes": ["warning", "store the nodes in execution order; ONNX requires it"],
  "unnamed-node": ["info", "name every node, so that it can be traced"],
  "duplicate-node-name": ["warning", "give every node a name of its own"],
  "dead-node": ["warning", "remove the node"],
  "unused-input": ["warning", "remove the input"],
  "unused-initializer": ["info", "remove the initializer"],
  "overridable-initializer": ["info", "remove the initializer from the graph inputs (IR version 4 or later)"],
  "dynamic-dim-fixed": ["info", "store the literal extent in the model"],
  "input-fixed": ["info", "make the input an initializer in the model"],
  "function-inlined": ["info", "inline the function in the model"],
  "branch-taken": ["warning", "store the nodes of that branch in place of the If"],
  "branches-selected": ["warning", "store the nodes of both branches, and a Where for each output, in place of the If"],
  "loop-unrolled": ["warning", "store the nodes of every run in place of the node"],
  "condition-ignored": ["warning", "give the loop a condition, or let its body return true"],
  "shadowed-name": ["warning", "rename it: ONNX allows no name that is visible around the subgraph"],
  "declared-scalar": ["warning", "declare the shape of the output, or leave it out"],
  "not-a-number": ["warning", "check how the weights were trained or converted"],
  "infinite-value": ["warning", "check how the weights were trained or converted"],
  "constant-output": ["warning", "remove the output: it does not depend on the inputs"],
  "bounded-output": ["info", "read the count first, then that many elements"],
  "not-folded": ["info", "store the result as an initializer: computing it at import would take too long"],
  "implicit-broadcast": ["info", "write the broadcast with Expand, or store operands of equal shape"],
  "implicit-default": ["info", "write the attributes in the node"],
  "implicit-bias": ["info", "give the node a bias of zeros"],
  "early-operator": ["warning", "export the model with the opset that introduced the operator, or a later one"],
  "negative-axis": ["info", "count axes from the front"],
  "auto-pad": ["warning", "write the pads explicitly (auto_pad = NOTSET)"],
  "untyped-output": ["info", "declare the type and shape of the output"],
} as const;

export type FindingCode = keyof typeof rules;

/** The codes of all findings that are no refusals. */
export const findingCodes: readonly string[] = Object.keys(rules);

export function finding(code: FindingCode, node: string | undefined, reason: string): Finding {
  const [severity, fix] = rules[code];
  return { code, severity, node, reason, fix };
}

/** A refusal among the findings of a check that goes on to report. */
export function findingOfRefusal(refusal: Refusal): Finding {
  return { code: refusal.code, severity: "error", node: refusal.where, reason: refusal.message, fix: refusal.remedy };
}
