/**
 * Rule W8: loops whose iterations may run together. θ takes every loop as serial; for
 * a vector or parallel loop, two instances that agree on the loops around it and
 * differ in its own touch no common element unless both only read.
 */
import { type IndexExpr, equals, substitute, variable } from "../../ir/loop/index-expr.js";
import type { Loop, Program } from "../../ir/loop/program.js";
import { type StoreContext, loopsOf, storesOf } from "../../ir/loop/visit.js";
import { accessesOf } from "./bounds.js";
import { type Claims, prove } from "./claims.js";
import { bind, conditions, ownPoint, samePoint, variablesOf } from "./domain.js";
import { and, condition, not } from "./obligation.js";
import { subjectOf } from "./sources.js";

export function checkKinds(into: Claims, program: Program): void {
  const stores = storesOf(program);
  for (const loop of loopsOf(program)) {
    if (loop.mode !== "vector" && loop.mode !== "parallel") continue;
    const inside = stores.filter((store) => store.loops.includes(loop));
    inside.forEach((first) => {
      for (const second of inside) checkPair(into, loop, first, second);
    });
  }
}

/** A store of `first` against every access of `second`. */
function checkPair(into: Claims, loop: Loop, first: StoreContext, second: StoreContext): void {
  const point = ownPoint(second, "w.");
  const by = bind(second, point);
  accessesOf(second).forEach((access, at) => {
    if (access.buffer !== first.store.buffer) return;
    const clash = and(
      ...around(loop, second, point),
      not(condition(equals(variable(loop.variable), variable(`w.${loop.variable}`)))),
      ...conditions(second.conditions, by),
      samePoint(first.store.index, access.index.map((e) => substitute(e, by))),
    );
    prove(
      into,
      { rule: "W8", detail: `${loop.variable}.${first.store.name}.${second.store.name}.${at}`, sentence: `Iterations of ${loop.mode} loop ${loop.variable} do not share an element of ${access.buffer} that one of them writes.`, subject: subjectOf(first, access.buffer) },
      { variables: [...variablesOf(first), ...variablesOf(second, "w.")], premises: conditions(first.conditions), goal: not(clash) },
    );
  });
}

/** The loops around `loop`: both instances are in the same iteration of each. */
function around(loop: Loop, store: StoreContext, point: readonly IndexExpr[]) {
  const depth = store.loops.indexOf(loop);
  return store.loops.slice(0, depth).map((outer, d) => condition(equals(variable(outer.variable), point[d] ?? variable(outer.variable))));
}
