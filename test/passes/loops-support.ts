/** What the tests of loop and data passes share: one pass, or several with options, on a program as text. */
import type { ExecutionContext } from "ava";
import { printStore } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Pass, PassOptions } from "../../src/pass.js";
import { runStages, startOf } from "./wires-support.js";

/** The stores of a program, in the text form without their origin. */
export function stores(program: Program): string[] {
  return storesOf(program).map(({ store }) => printStore(store).replace(/ from .*/, ""));
}

/** Loops with their extents and guards, as an outline: `o 4 { k 3 { if … { s } } }`. */
export function outline({ body }: Program): string {
  const text = (nodes: Program["body"]): string => nodes.map((node) => {
    if (node.kind === "store") return node.name;
    const head = node.kind === "loop" ? `${node.variable} ${node.extent}` : `if ${node.conditions.map(({ index, kind }) => `${index.text} ${kind}`).join(", ")}`;
    return `${head} { ${text(node.body)} }`;
  }).join(" ");
  return text(body);
}

export type Step = readonly [Pass, PassOptions?];

/** Each pass with its options; every stage proved and its outputs the same. The last program. */
export async function proved(t: ExecutionContext, text: string, steps: readonly Step[]): Promise<Program> {
  const passes = steps.map(([pass, options = {}]): Pass => ({ ...pass, run: (before) => pass.run(before, options) }));
  const reports = await runStages(startOf(text), passes);
  t.deepEqual(reports.map(({ pass }) => pass), steps.map(([pass]) => pass.name), "every pass has something to do");
  for (const { pass, same, open, obligations } of reports) {
    t.deepEqual(open, [], pass);
    t.true(same, pass);
    t.true(obligations > 0);
  }
  return present(reports.at(-1)?.program, "last program");
}

/** The pass leaves the program alone. */
export function untouched(t: ExecutionContext, text: string, [pass, options = {}]: Step): void {
  t.is(pass.run(startOf(text).staged, options), undefined);
}

/** Options that are refused as mistakes of the schedule. */
export function refused(t: ExecutionContext, pass: Pass, text: string, all: readonly PassOptions[]): void {
  for (const options of all) {
    const refusal = t.throws(() => pass.run(startOf(text).staged, options), { instanceOf: Refusal }, JSON.stringify(options));
    t.is(refusal?.code, "schedule-option");
    t.not(refusal?.remedy, "");
  }
}
