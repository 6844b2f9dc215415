/**
 * Flow facts as the file `flow-facts.json`: what a program says of its own iteration
 * counts, for analysers, reports and read-back of emitted code.
 *
 * Schema `obligato-flow-facts/1`:
 *
 *   { "schema": "obligato-flow-facts/1",
 *     "program": NAME,
 *     "loops": { ID: {            in textual order; ID is the loop's variable
 *       "node": STRING,           the ONNX node it computes
 *       "pass": STRING,           the pass that last made it
 *       "kind": "serial" | "unrolled" | "vector" | "parallel",
 *       "parent": ID | null,      the loop around it
 *       "N_body": N,              executions of the body per entry
 *       "N_backedge": N,          back edges per entry when the test is at the top
 *       "N_header": N + 1,        evaluations of the test per entry
 *       "entries": E,             entries in one run of the program
 *       "total": E · N            executions of the body in one run
 *     } },
 *     "guards": [ { "conditions": [STRING], "parent": ID | null, "reached": N, "taken": N } ],
 *     "statements": { NAME: { "node": STRING, "pass": STRING, "parent": ID | null, "executions": N } } }
 *
 * All counts are exact, so each is a minimum and a maximum at once. They are counts
 * of the program: a compiler that rotates a loop runs its header N times, not N + 1,
 * and one that unrolls it runs fewer, longer bodies.
 */
import type { CodeFacts } from "../../ir/loop/code-facts.js";
import type { Facts, GuardFact, LoopFact, StatementFact } from "../../ir/loop/facts.js";
import { factsOf } from "../../ir/loop/facts.js";
import type { LoopKind, Program } from "../../ir/loop/program.js";

export const schema = "obligato-flow-facts/1";

export interface LoopRecord {
  readonly node: string;
  readonly pass: string;
  readonly kind: LoopKind;
  readonly parent: string | null;
  readonly N_body: number;
  readonly N_backedge: number;
  readonly N_header: number;
  readonly entries: number;
  readonly total: number;
}

export interface GuardRecord {
  readonly conditions: readonly string[];
  readonly parent: string | null;
  readonly reached: number;
  readonly taken: number;
}

export interface StatementRecord {
  readonly node: string;
  readonly pass: string;
  readonly parent: string | null;
  readonly executions: number;
}

export interface FlowFacts {
  readonly schema: typeof schema;
  readonly program: string;
  readonly loops: Readonly<Record<string, LoopRecord>>;
  readonly guards: readonly GuardRecord[];
  readonly statements: Readonly<Record<string, StatementRecord>>;
}

export function flowFactsOf(program: Program): FlowFacts {
  const { loops, guards, statements }: Facts = factsOf(program);
  return {
    schema,
    program: program.name,
    loops: Object.fromEntries(loops.map((fact) => [fact.loop, loopRecord(fact)])),
    guards: guards.map(guardRecord),
    statements: Object.fromEntries(statements.map((fact) => [fact.statement, statementRecord(fact)])),
  };
}

/** Which loops and guards of a program are one of its code, the first of each naming it (ir/loop/code-facts.ts). */
export type InCode = Pick<CodeFacts, "namesakes" | "bodies">;

/** The facts of the code, where facts of the program are given: what stands for several runs as often as all of them. */
export function flowFactsInCode({ loops, guards, ...rest }: FlowFacts, { namesakes, bodies }: InCode): FlowFacts {
  const together = new Set([...namesakes.values()].flatMap(([, ...others]) => others));
  const summed = Object.entries(loops).filter(([loop]) => !together.has(loop)).map(([loop, record]): [string, LoopRecord] => {
    const all = (namesakes.get(loop) ?? [loop]).flatMap((name) => loops[name] ?? []);
    const sum = (count: "entries" | "total"): number => all.reduce((sofar, it) => sofar + it[count], 0);
    return [loop, { ...record, entries: sum("entries"), total: sum("total") }];
  });
  const bodiesOf = bodies.flatMap(([first = 0, ...others]) => {
    const guard = guards[first];
    const all = [first, ...others].flatMap((k) => guards[k] ?? []);
    const sum = (count: "reached" | "taken"): number => all.reduce((sofar, it) => sofar + it[count], 0);
    return guard === undefined ? [] : [{ ...guard, reached: sum("reached"), taken: sum("taken") }];
  });
  return { ...rest, loops: Object.fromEntries(summed), guards: bodiesOf };
}

function loopRecord({ origin, mode, parent, extent, entries, total }: LoopFact): LoopRecord {
  const counts = { N_body: extent, N_backedge: extent, N_header: extent + 1, entries, total };
  return { node: origin.node, pass: origin.pass, kind: mode, parent: parent ?? null, ...counts };
}

function guardRecord({ conditions, parent, reached, taken }: GuardFact): GuardRecord {
  return { conditions, parent: parent ?? null, reached, taken };
}

function statementRecord({ origin, parent, executions }: StatementFact): StatementRecord {
  return { node: origin.node, pass: origin.pass, parent: parent ?? null, executions };
}

/** The bytes of `flow-facts.json`: the same facts give the same text. */
export function printFlowFacts(facts: FlowFacts): string {
  return `${JSON.stringify(facts, null, 2)}\n`;
}
