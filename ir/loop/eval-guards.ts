/**
 * Guards moved outward before a program is compiled: a condition that does not
 * mention a loop's variable is asked once, outside it; what remains directly inside
 * and is affine in the variable becomes the range of iterations that run. Neither
 * changes which statement instances run, nor their order.
 */
import { affineIn, mentions } from "./affine.js";
import type { Condition } from "./index-expr.js";
import type { Loop, Node } from "./program.js";

/** `body` with every condition as far out as it can stand. */
export function liftGuards(body: readonly Node[]): Node[] {
  return body.map((node) => {
    if (node.kind === "store") return node;
    const inner = { ...node, body: liftGuards(node.body) };
    return inner.kind === "loop" ? liftFrom(inner) : inner;
  });
}

function liftFrom(loop: Loop): Node {
  const { conditions, body } = soleGuard(loop.body);
  const outside = conditions.filter((c) => !mentions(c.index, loop.variable));
  if (outside.length === 0) return loop;
  const inside = conditions.filter((c) => mentions(c.index, loop.variable));
  const rest: Loop = { ...loop, body: inside.length === 0 ? body : [{ kind: "guard", conditions: inside, body }] };
  return { kind: "guard", conditions: outside, body: [rest] };
}

/** The conditions of the guards that each hold all of the rest, and that rest. */
function soleGuard(body: readonly Node[]): { readonly conditions: readonly Condition[]; readonly body: readonly Node[] } {
  const [only, second] = body;
  if (only?.kind !== "guard" || second !== undefined) return { conditions: [], body };
  const inner = soleGuard(only.body);
  return { conditions: [...only.conditions, ...inner.conditions], body: inner.body };
}

/** The conditions around all of the loop's body that are affine in its variable, and the body without them. */
export function rangeConditions(loop: Loop): { readonly conditions: readonly Condition[]; readonly body: readonly Node[] } {
  const { conditions, body } = soleGuard(loop.body);
  const isAffine = (c: Condition): boolean => affineIn(c.index, loop.variable) !== undefined;
  const rest = conditions.filter((c) => !isAffine(c));
  return { conditions: conditions.filter(isAffine), body: rest.length === 0 ? body : [{ kind: "guard", conditions: rest, body }] };
}
