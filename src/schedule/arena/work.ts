/** How much a program does: runs of its stores; a test on one variable is counted, any other as if it always held. */
import type { Condition } from "../../../ir/loop/index-expr.js";
import type { Node, Program } from "../../../ir/loop/program.js";
import { extentsUnder } from "../../passes/shared/simplify.js";

export function workOf({ body }: Program): number {
  return body.reduce((sum, node) => sum + runsIn(node, new Map()), 0);
}

/** `extents`: iterations of each loop around the node in which it runs. */
function runsIn(node: Node, extents: ReadonlyMap<string, number>): number {
  if (node.kind === "store") return [...extents.values()].reduce((product, extent) => product * extent, 1);
  const inside = node.kind === "loop" ? new Map([...extents, [node.variable, node.extent]]) : under(extents, node.conditions);
  return node.body.reduce((sum, child) => sum + runsIn(child, inside), 0);
}

function under(extents: ReadonlyMap<string, number>, conditions: readonly Condition[]): ReadonlyMap<string, number> {
  const extentOf = extentsUnder(conditions, (name) => extents.get(name) ?? 1);
  return new Map([...extents.keys()].map((name) => [name, extentOf(name)]));
}
