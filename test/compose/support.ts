/** Cases of φ as short text, the way tests write them. */
import { printCondition } from "../../ir/loop/index-expr.js";
import type { Case, PhiTarget } from "../../proofs/kernel/witness.js";

export function printIndexCases(cases: readonly Case<PhiTarget>[] | undefined): string {
  return (cases ?? []).map(({ when, then }) => `${when.length === 0 ? "" : `${when.map(printCondition).join(", ")} ? `}${printTarget(then)}`).join("; ");
}

function printTarget(target: PhiTarget): string {
  if (target === "dead") return target;
  return `${target.statement}(${target.point.map((e) => e.text).join(", ")})${target.path.map((j) => `.${j}`).join("")}`;
}
