/** The search with prices and proofs made up here: what it keeps, drops and counts, where it stops, and that it goes on. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { measuredPrices } from "../../src/tune/measure.js";
import { type Asked, keptPrices } from "../../src/tune/kept-prices.js";
import { type Prices, modelledPrices } from "../../src/tune/prices.js";
import { type TuneRequest, tune } from "../../src/tune/search.js";
import { stepsWith } from "../../src/tune/space.js";
import { digestOfShape } from "../../src/tune/task.js";
import { machineNamed, products, spaceFor, stepsFor } from "./support.js";

const machine = machineNamed("x86-64-v4");
const space = spaceFor(products);
const base = stepsWith(space, new Map());
const request: TuneRequest = {
  space, machine, programs: products, prices: modelledPrices(machine), limit: 1000, perNest: Infinity, margin: { nest: 0.01, network: 0 },
  prove: () => Promise.resolve("proved"), expired: () => false, report: () => undefined,
};
const textOf = (program: Program): string => digestOfShape(printProgram(program));

test("by the model: something is better than the default, the same each time", async (t) => {
  const found = await tune(request);
  t.true(found.kept.length > 0 && found.after < found.before && found.proved && !found.cut);
  t.true(found.kept.some(({ sites }) => sites.length === 2), "equal nests get one choice");
  t.true(found.kept.every(({ before, after }) => after < before));
  t.deepEqual(await tune(request), found);
});

test("what is refuted or left open is dropped and counted, and the others are tried one by one", async (t) => {
  for (const [verdict, word] of [["refuted", "refuted"], ["undecided", "undecided"]] as const) {
    let first: string | undefined;
    const found = await tune({ ...request, prove: (steps) => {
      const text = JSON.stringify(steps);
      first ??= text; // all at once
      return Promise.resolve(text === first ? verdict : "proved");
    } });
    t.is(found.dropped[word], 2, "all at once, and again as the last one by one");
    t.true(found.proved && found.after <= found.before);
  }
});

test("nothing that is proved: the schedule stays as it is, and is not called proved", async (t) => {
  const found = await tune({ ...request, prove: () => Promise.resolve("refuted") });
  t.false(found.proved);
  t.deepEqual([found.steps, found.kept, found.after], [base, [], found.before]);
  t.true(found.dropped.refuted > 1);
});

/** Cheaper alone, dearer together: the price of a whole network counts statements that stay. */
test("what makes the network dearer is not kept", async (t) => {
  const whole = products.after(base).body.length;
  const prices: Prices = { unit: "µs", of: (all) => Promise.resolve(all.map((program, k) => (program.body.length >= whole ? 10 + k : 10 - k))) };
  const found = await tune({ ...request, prices, perNest: 3 });
  t.deepEqual([found.kept, found.steps], [[], base]);
  t.true(found.dropped.dearer > 0);
});

test("limits: no more candidates than allowed, none after the time", async (t) => {
  const few = await tune({ ...request, limit: 5 });
  t.true(few.cut && few.priced === 5);
  const none = await tune({ ...request, expired: () => true });
  t.true(none.cut && none.priced === 0 && none.kept.length === 0 && none.proved);
});

test("a candidate without a price is invalid, not free", async (t) => {
  const found = await tune({ ...request, prices: { unit: "µs", of: (all) => Promise.resolve(all.map((_, k) => (k === 0 ? 5 : undefined))) } });
  t.deepEqual(found.kept, []);
  t.is(found.dropped.invalid, found.priced);
});

/** Among many, luck makes one look cheap; looked at closely, another is. */
test("the winners of many are looked at once more, and that look decides", async (t) => {
  const closer: number[] = [];
  const prices: Prices = { unit: "µs", of: (all, closely) => {
    if (closely !== undefined) closer.push(all.length);
    return Promise.resolve(all.map((_, k) => (k === 0 ? 100 : closely === undefined ? 40 + k : 99.9)));
  } };
  const found = await tune({ ...request, prices, perNest: 6 });
  t.deepEqual([found.kept, found.steps], [[], base], "none is cheaper by more than the margin, looked at closely");
  t.true(closer.length > 0 && closer.every((count) => count === 4), "the best three beside what was there");
});

test("all: every choice that registers hold, not only those that an estimate likes", async (t) => {
  const [usual, all] = [await tune({ ...request, perNest: 8 }), await tune({ ...request, perNest: "all" })];
  t.true(all.priced > 3 * usual.priced, `${all.priced} candidates, ${usual.priced} of them usual`);
  t.true(all.after <= usual.after);
});

/** A clock that adds a drift to every round, and costs more the longer it is asked. */
function clock(): { readonly inTurns: (all: readonly Program[]) => Promise<readonly number[][]>; asked: number } {
  const self = {
    asked: 0,
    inTurns: (all: readonly Program[]): Promise<readonly number[][]> => {
      self.asked += all.length;
      return Promise.resolve(all.map((program) => Array.from({ length: 5 }, (_, round) => costs(program) * (1 + round + self.asked))));
    },
  };
  return self;
}

const costs = (program: Program): number => 1000 + (parseInt(textOf(program).slice(0, 4), 16) % 500);

test("measured: a drift of the machine changes no ratio", async (t) => {
  const [first, second] = [products.after(base), products.after(stepsFor("x86-64-v3"))];
  const prices = measuredPrices(clock());
  const [a = 0, b = 0] = await prices.of([first, second]);
  const [c = 0, d = 0] = await prices.of([first, second]);
  t.true(Math.abs(b / a - costs(second) / costs(first)) < 1e-9);
  t.true(Math.abs(d / c - b / a) < 1e-9 && c > a);
});

test("measured: more candidates than take turns at once are measured in several goes, each beside the first", async (t) => {
  const own = clock();
  const goes: number[] = [];
  const prices = measuredPrices({ inTurns: (all) => (goes.push(all.length), own.inTurns(all)) });
  const [first, second] = [products.after(base), products.after(stepsFor("x86-64-v3"))];
  const all = await prices.of([first, ...Array.from({ length: 60 }, () => second)]);
  t.deepEqual(goes, [25, 25, 13]);
  t.is(all.length, 61);
  for (const price of all.slice(1)) t.true(Math.abs((price ?? 0) / (all[0] ?? 1) - costs(second) / costs(first)) < 1e-9);
});

function kept(t: ExecutionContext): Asked {
  const folder = mkdtempSync(join(tmpdir(), "obligato-tune-test-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return { name: "a compiler", textOf, folder };
}

test("interrupted: the second run asks only what the first did not come to, and finds what an uninterrupted one finds", async (t) => {
  const asked = kept(t);
  const whole = await tune({ ...request, prices: keptPrices(measuredPrices(clock()), { ...asked, folder: undefined }), perNest: 4 });
  const broken = clock();
  let calls = 0;
  const failing = { inTurns: (all: readonly Program[]): ReturnType<typeof broken.inTurns> => (++calls > 2 ? Promise.reject(new Error("interrupt")) : broken.inTurns(all)) };
  await t.throwsAsync(tune({ ...request, prices: keptPrices(measuredPrices(failing), asked), perNest: 4 }), { message: "interrupt" });
  const again = clock();
  const prices = keptPrices(measuredPrices(again), asked);
  const found = await tune({ ...request, prices, perNest: 4 });
  t.deepEqual([found.steps, found.kept.length], [whole.steps, whole.kept.length]);
  t.true(prices.counts().known > 0 && broken.asked > 0);
  const third = clock();
  await tune({ ...request, prices: keptPrices(measuredPrices(third), asked), perNest: 4 });
  t.is(third.asked, 0);
});

test("kept prices: another name asks anew, a file that is no answer is none", async (t) => {
  const asked = kept(t);
  const pair = [products.after(base), products.after(stepsFor("x86-64-v3"))];
  const [first, second, third] = [clock(), clock(), clock()];
  await keptPrices(measuredPrices(first), asked).of(pair);
  await keptPrices(measuredPrices(second), { ...asked, name: "another" }).of(pair);
  t.deepEqual([first.asked, second.asked], [2, 2]);
  for (const file of readdirSync(asked.folder ?? "")) writeFileSync(join(asked.folder ?? "", file), "{ half");
  await keptPrices(measuredPrices(third), asked).of(pair);
  t.is(third.asked, 2);
});
