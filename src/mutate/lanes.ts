/**
 * Orders in which a machine may run the iterations of vector and parallel loops. The
 * interpreter runs every loop serially; these rewrites make it run other orders that
 * the kind of a loop allows, so that a wrong kind shows in an output.
 */
import { literal, minus, substitute, substituteCondition, variable } from "../../ir/loop/index-expr.js";
import type { IndexExpr } from "../../ir/loop/index-expr.js";
import type { Loop, Node, Program } from "../../ir/loop/program.js";
import { mapExpr } from "../../ir/loop/visit.js";

/** The last iteration first, and each statement for all lanes before the next; none without such loops. */
export function laneOrders(program: Program): readonly Program[] {
  const orders = [reversed, lockstep].map((order) => ({ ...program, body: program.body.flatMap((node) => reorder(node, order)) }));
  return hasLanes(program.body) ? orders : [];
}

function hasLanes(body: readonly Node[]): boolean {
  return body.some((node) => node.kind !== "store" && ((node.kind === "loop" && runsTogether(node)) || hasLanes(node.body)));
}

function runsTogether(loop: Loop): boolean {
  return loop.mode === "vector" || loop.mode === "parallel";
}

type Order = (loop: Loop) => readonly Node[];

function reorder(node: Node, order: Order): readonly Node[] {
  if (node.kind === "store") return [node];
  const inner = { ...node, body: node.body.flatMap((child) => reorder(child, order)) };
  return inner.kind === "loop" && runsTogether(inner) ? order(inner) : [inner];
}

function reversed(loop: Loop): readonly Node[] {
  const last = minus(literal(loop.extent - 1), variable(loop.variable));
  const by = (name: string): IndexExpr | undefined => (name === loop.variable ? last : undefined);
  return [{ ...loop, body: loop.body.map((node) => rename(node, by)) }];
}

/** One loop per node of the body; a nested loop is cut into its own lockstep by the loop outside it. */
function lockstep(loop: Loop): readonly Node[] {
  return loop.body.map((node) => {
    if (node.kind !== "loop") return { ...loop, body: [node] };
    return { ...node, body: lockstep({ ...loop, body: node.body }) };
  });
}

function rename(node: Node, by: (name: string) => IndexExpr | undefined): Node {
  if (node.kind === "loop") return { ...node, body: node.body.map((child) => rename(child, by)) };
  if (node.kind === "guard") {
    return { ...node, conditions: node.conditions.map((c) => substituteCondition(c, by)), body: node.body.map((child) => rename(child, by)) };
  }
  const value = mapExpr(node.value, (e) => {
    if (e.kind === "load") return { ...e, index: e.index.map((i) => substitute(i, by)) };
    return e.kind === "index" ? { ...e, index: substitute(e.index, by) } : e;
  });
  return { ...node, index: node.index.map((i) => substitute(i, by)), value };
}
