/**
 * The proofs are tested by wrong passes: each is refuted and shows different outputs
 * when run, and for every rule there is one that only this rule notices.
 */
import test from "ava";
import { present } from "../../ir/prelude.js";
import type { Rule } from "../../proofs/kernel/obligation.js";
import { catalogue } from "../../src/mutate/catalogue.js";
import { type Row, checkOriginals, runCatalogue } from "../../src/mutate/index.js";

const rules: readonly Rule[] = ["W0", "W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "M1"];

const rows = runCatalogue();

function printed(row: Row): string {
  const instance = Object.entries(row.counterexample).map(([name, value]) => `${name}=${value}`).join(" ");
  const shown = row.replay.kind === "confirmed" ? row.replay.what : "no difference found";
  return [row.name, row.rules.join("+"), `${row.by} ${instance || row.detail}`.trim(), shown].join(" | ");
}

test("mutants: the catalogue is large and names are unique", (t) => {
  t.true(catalogue.length >= 90, `${catalogue.length} entries`);
  t.is(new Set(catalogue.map(({ name }) => name)).size, catalogue.length);
  t.true(catalogue.every(({ name }) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)));
});

test("mutants: what the wrong passes start from is proved, and equal to itself", async (t) => {
  const lines = await checkOriginals();
  t.deepEqual(lines.filter(({ verdict }) => verdict.kind !== "proved").map(({ id }) => id), []);
  t.true(lines.length > catalogue.length);
});

test("mutants: every wrong pass is refuted", async (t) => {
  for (const row of await rows) t.log(printed(row));
  t.deepEqual((await rows).filter(({ killed }) => !killed).map(({ name }) => name), []);
});

test("mutants: every wrong pass shows another output when it is run", async (t) => {
  t.deepEqual((await rows).filter(({ replay }) => replay.kind !== "confirmed").map(({ name }) => name), []);
});

test("mutants: without any one rule, some wrong pass gets through", async (t) => {
  const all = await rows;
  const onlyBy = new Map<Rule, readonly string[]>();
  for (const rule of rules) {
    const without = await runCatalogue({ enabled: (it) => it !== rule });
    const through = without.filter((row, k) => present(all[k], row.name).killed && !row.killed);
    onlyBy.set(rule, through.map(({ name }) => name));
    t.log(`${rule}: ${through.map(({ name }) => name).join(", ")}`);
    t.true(through.some(({ unknown }) => unknown.length === 0), `${rule} is not shown to be needed`);
  }
  const count = (...of: Rule[]): number => of.reduce((sum, rule) => sum + (onlyBy.get(rule)?.length ?? 0), 0);
  t.true(count("W3", "M1") >= 4);
  t.true(count("W6") >= 2);
});
