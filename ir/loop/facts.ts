/**
 * Flow facts of a LoopProgram: how often every loop, guard and statement runs, as
 * exact numbers. They depend on no data, so for each the minimum is the maximum.
 */
import type { Origin } from "../prelude.js";
import { countPoints, times } from "./count.js";
import { type Condition, printCondition } from "./index-expr.js";
import type { Guard, Loop, LoopKind, Node, Program } from "./program.js";

export interface LoopFact {
  /** The loop's variable, its identity. */
  readonly loop: string;
  readonly mode: LoopKind;
  /** The loop around it, if there is one. */
  readonly parent: string | undefined;
  /** Iterations per entry, exactly. */
  readonly extent: number;
  /** Entries in one run of the program, exactly. */
  readonly entries: number;
  /** entries · extent: executions of its body in one run. */
  readonly total: number;
  readonly origin: Origin;
}

export interface GuardFact {
  /** As printed in the program's text. */
  readonly conditions: readonly string[];
  readonly parent: string | undefined;
  /** How often the conditions are asked in one run. */
  readonly reached: number;
  /** How often they hold. */
  readonly taken: number;
}

/** How often a store runs, exactly, and the loop it stands in. */
export interface StatementFact {
  readonly statement: string;
  readonly parent: string | undefined;
  readonly executions: number;
  readonly origin: Origin;
}

/** Each list in textual order, a guard or loop before what it holds. */
export interface Facts {
  readonly loops: readonly LoopFact[];
  readonly guards: readonly GuardFact[];
  readonly statements: readonly StatementFact[];
}

/** Throws a Refusal `count-too-large` (see count.ts). */
export function factsOf(program: Program): Facts {
  const facts = { loops: [], guards: [], statements: [] };
  collect(program.body, { loops: [], conditions: [], runs: 1 }, facts);
  return facts;
}

interface Lists {
  readonly loops: LoopFact[];
  readonly guards: GuardFact[];
  readonly statements: StatementFact[];
}

interface Place {
  readonly loops: readonly Loop[];
  readonly conditions: readonly Condition[];
  /** How often this place is reached in one run. */
  readonly runs: number;
}

function collect(body: readonly Node[], place: Place, lists: Lists): void {
  const parent = place.loops.at(-1)?.variable;
  for (const node of body) {
    if (node.kind === "store") {
      lists.statements.push({ statement: node.name, parent, executions: place.runs, origin: node.origin });
    } else if (node.kind === "guard") collectGuard(node, place, lists);
    else collectLoop(node, place, lists);
  }
}

function collectLoop(loop: Loop, place: Place, lists: Lists): void {
  const { variable, extent, mode, origin } = loop;
  const total = times(place.runs, extent);
  lists.loops.push({ loop: variable, mode, parent: place.loops.at(-1)?.variable, extent, entries: place.runs, total, origin });
  collect(loop.body, { ...place, loops: [...place.loops, loop], runs: total }, lists);
}

function collectGuard(guard: Guard, place: Place, lists: Lists): void {
  const conditions = [...place.conditions, ...guard.conditions];
  const taken = countPoints(place.loops, conditions);
  const parent = place.loops.at(-1)?.variable;
  lists.guards.push({ conditions: guard.conditions.map(printCondition), parent, reached: place.runs, taken });
  collect(guard.body, { ...place, conditions, runs: taken }, lists);
}
