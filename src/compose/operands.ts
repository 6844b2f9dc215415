/**
 * Operands in the reference program: which operator reaches an argument of a node,
 * directly or through a load, by the table of sources that the kernel established.
 */
import { substitute, substituteCondition } from "../../ir/loop/index-expr.js";
import type { Expr } from "../../ir/loop/program.js";
import { loadsOf } from "../../ir/loop/visit.js";
import type { Established } from "../../proofs/kernel/kernel.js";
import type { Case, NodeInstance } from "../../proofs/kernel/witness.js";
import { bindPoint } from "../passes/shared/compose.js";

export type NodeCases = readonly Case<NodeInstance>[];

/** The nodes that reach argument `at` of a node, each under the conditions of both; leaves are left out. */
export function operandsOf(reference: Established, { when, then: node }: Case<NodeInstance>, at: number): NodeCases {
  const store = reference.stores.get(node.statement);
  if (store === undefined) return [];
  const path = [...node.path, at];
  const operand = valueAt(store.store.value, path);
  if (operand?.kind === "op") return [{ when, then: { ...node, path } }];
  if (operand?.kind !== "load") return [];
  const by = bindPoint(store, node.point);
  const sources = reference.sources.get(node.statement)?.[loadsOf(store.store.value).indexOf(operand)] ?? [];
  return sources.flatMap(({ when: inner, then: source }) => {
    if (source.kind === "leaf") return [];
    const { instance } = source;
    const point = instance.point.map((e) => substitute(e, by));
    return [{ when: [...when, ...inner.map((c) => substituteCondition(c, by))], then: { ...instance, point } }];
  });
}

function valueAt(value: Expr, path: readonly number[]): Expr | undefined {
  return path.reduce<Expr | undefined>((at, j) => (at?.kind === "op" ? at.args[j] : undefined), value);
}
