/** The search over schedules with an evaluator made up here: what it takes, what it skips, and that it repeats. */
import test from "ava";
import { present } from "../../ir/prelude.js";
import { printNodes } from "../../ir/loop/print.js";
import type { Node } from "../../ir/loop/program.js";
import { loopsOf } from "../../ir/loop/visit.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { importModel } from "../../src/onnx/import.js";
import { type Aim, type Choice, otherFolds, otherOrders, otherShapes, stepsFor, stepsOf, usualChoice } from "../../src/optimise/choices.js";
import { type Evaluated, type Evaluator, programsOf } from "../../src/optimise/evaluate.js";
import { type FoldNest, foldNestsOf } from "../../src/optimise/nests.js";
import { type Found, boundedSteps, searchSchedule, usualSteps } from "../../src/optimise/search.js";
import { type ScheduleStep, defaultSchedule } from "../../src/schedule.js";
import { floats, graph, model, node, value } from "../support/onnx-model.js";

const ramp = (n: number): number[] => Array.from({ length: n }, (_, k) => (k % 7) - 3);

/** A convolution of 3 × 3 over 8 channels, a product with a matrix, a maximum over windows. */
function subject(): Parameters<typeof programsOf>[0] {
  const nodes = [
    node("Conv", ["x", "c"], ["a"], { attribute: [{ name: "pads", type: 7, ints: [1, 1, 1, 1] }] }),
    node("MaxPool", ["a"], ["b"], { attribute: [{ name: "kernel_shape", type: 7, ints: [2, 2] }, { name: "strides", type: 7, ints: [2, 2] }] }),
    node("Flatten", ["b"], ["d"]), node("Gemm", ["d", "w"], ["y"]),
  ];
  const initializer = [floats("c", [8, 4, 3, 3], ramp(288)), floats("w", [72, 10], ramp(720))];
  const bytes = model(graph(nodes, { input: [value("x", [1, 4, 6, 6])], output: [value("y", [1, 10])], initializer }));
  return { graph: importModel(bytes).graph, contract: "separate" };
}

const programs = programsOf(subject());
const nests = foldNestsOf(programs.before("tile-loops", defaultSchedule().steps));

test("nests: lanes, sums and what a step does", (t) => {
  const shown = nests.map(({ step, lanes, fold }) => [step, lanes.map(({ extent }) => extent), fold.map(({ extent }) => extent)]);
  t.deepEqual(shown[0], ["sum", [8, 4], [4, 3, 3]]);
  t.is(shown[1]?.[0], "other");
  t.deepEqual(shown.at(-1), ["sum", [10], [72]]);
  for (const { lanes } of nests) for (const { pattern } of lanes) t.regex(pattern, /^n[0-9]+[a-z]*_o[0-9]\*$/);
});

test("choices: tiles divide their loops, accumulators fit, all differ from the one at hand", (t) => {
  for (const nest of nests) {
    const choice = usualChoice(nest);
    const others = [...otherShapes(nest, choice), ...otherFolds(nest, choice), ...otherOrders(nest, choice)];
    t.true(others.every((other) => JSON.stringify(other) !== JSON.stringify(choice)));
    for (const { tile, foldTile } of [choice, ...others]) {
      t.true(tile.every((size, k) => (nest.lanes[k]?.extent ?? 0) % size === 0), nest.site);
      t.true(tile.reduce((product, size) => product * size, 1) <= 24);
      t.true(nest.fold.some(({ extent }) => extent % foldTile === 0));
    }
  }
});

test("usual tiles: no loop is left to a vector unit", (t) => {
  const steps = usualSteps(programs);
  const passes = steps.map(({ pass }) => pass);
  t.is(passes.filter((pass) => pass === "tile-loops").length, 2, "tiles, and within them pairs of weights");
  t.deepEqual([...new Set(passes)], defaultSchedule().steps.map(({ pass }) => pass));
  const modes = new Set(loopsOf(programs.after(steps)).map(({ mode }) => mode));
  t.deepEqual([...modes].toSorted(), ["serial", "unrolled"]);
});

test("aims: where code counts no nest is split, and small code has no tile of more than eight accumulators", (t) => {
  const nestsOf = (aim: Aim): number => programs.after(usualSteps(programs, aim)).body.length;
  t.true(nestsOf("fast") > nestsOf("balanced"));
  t.is(nestsOf("small"), nestsOf("balanced"));
  t.deepEqual(usualSteps(programs), usualSteps(programs, "balanced"));
  for (const nest of foldNestsOf(programs.before("tile-loops", stepsFor("small")))) {
    const { tile, foldTile, taps } = usualChoice(nest, "small");
    t.deepEqual([foldTile, taps], [1, "none"]);
    t.true(tile.reduce((product, size) => product * size, 1) <= 8);
  }
});

/** The tile, order and steps that a float convolution of this extent gets by its size alone. */
function chosen(contract: MulAddContract, channels: number, width: number, kernel: number, inputs: number): Pick<Choice, "tile" | "foldTile" | "taps" | "swapped"> {
  const initializer = [floats("c", [channels, inputs, kernel, kernel], ramp(channels * inputs * kernel * kernel))];
  const nodes = [node("Conv", ["x", "c"], ["y"])];
  const extent = width + kernel - 1;
  const bytes = model(graph(nodes, { input: [value("x", [1, inputs, extent, extent])], output: [value("y", [1, channels, width, width])], initializer }));
  const [nest] = foldNestsOf(programsOf({ graph: importModel(bytes, { contract }).graph, contract }).before("tile-loops", stepsFor("balanced")));
  const { tile, foldTile, taps, swapped } = usualChoice(present(nest, "the convolution"), "balanced");
  return { tile, foldTile, taps, swapped };
}

test("float tiles: pairs of channels and the pixels that registers hold; taps of rows that overlap are all written out", (t) => {
  t.deepEqual(chosen("fused", 64, 12, 1, 64), { tile: [8, 3], foldTile: 1, taps: "all", swapped: true });
  t.deepEqual(chosen("separate", 64, 5, 1, 64), { tile: [4, 5], foldTile: 2, taps: "all", swapped: false });
  t.deepEqual(chosen("fused", 16, 32, 3, 16), { tile: [2, 8], foldTile: 1, taps: "all", swapped: false });
});

test("a statement with an error function stays a loop around pairs, and is written out only where code does not count", (t) => {
  const initializer = [floats("w", [16, 16], ramp(256))];
  const bytes = model(graph([node("MatMul", ["x", "w"], ["m"]), node("Erf", ["m"], ["y"])], { input: [value("x", [8, 16])], output: [value("y", [8, 16])], initializer }));
  const own = programsOf({ graph: importModel(bytes).graph, contract: "separate" });
  const copies = (aim: Aim): number => {
    const count = (body: readonly Node[], times: number): number => body.reduce((sum, it) => sum + (it.kind === "store" ? (printNodes([it]).join("").includes("erf.f32") ? times : 0) : count(it.body, it.kind === "loop" && it.mode === "unrolled" ? times * it.extent : times)), 0);
    return count(own.after(usualSteps(own, aim)).body, 1);
  };
  t.deepEqual((["fast", "balanced", "small"] as const).map(copies), [16, 2, 1]);
});

type Cost = (nest: FoldNest, choice: string) => number | undefined;

/** Bounds as a sum over the nests; a nest without a cost leaves the whole without a bound. */
function evaluatorWith(cost: Cost, plain = 1e6): Evaluator & { readonly asked: string[] } {
  const asked: string[] = [];
  const evaluate = (steps: readonly ScheduleStep[]): Promise<Evaluated> => {
    const text = JSON.stringify(steps);
    asked.push(text);
    if (text === JSON.stringify(defaultSchedule().steps)) return Promise.resolve({ kind: "bound", bound: plain, bySite: new Map() });
    const costs = nests.map((nest) => [nest.site, cost(nest, text)] as const);
    const open = costs.find(([, n]) => n === undefined);
    if (open !== undefined) return Promise.resolve({ kind: "none", why: `no bound in ${open[0]}` });
    return Promise.resolve({ kind: "bound", bound: costs.reduce((sum, [, n]) => sum + (n ?? 0), 0), bySite: new Map(costs.map(([site, n]) => [site, n ?? 0])) });
  };
  return { ...programs, evaluate, counts: () => ({ compiled: asked.length, known: 0 }), compiler: "none", asked };
}

const search = (evaluator: Evaluator, limit = 200): Promise<Found> => searchSchedule({ evaluator, forms: [{ optimisation: "O2", floatCompare: "float" }], limit, report: () => undefined });
const sizeIn = (text: string, pattern: string): number => Number(new RegExp(`"${pattern.replace("*", "\\*")}"\\],"largestDivisorUpTo":([0-9]+)`).exec(text)?.[1] ?? 1);

/** Cheapest with lanes of 2. */
const likesTwo: Cost = ({ lanes: [first] }, text) => (first === undefined ? 5 : 10 + Math.abs(sizeIn(text, first.pattern) - 2));

test("the search finds the cheapest lane of every nest, whatever the others have", async (t) => {
  const found = await search(evaluatorWith(likesTwo));
  for (const { site, choice } of found.chosen) if (choice.tile.length > 0) t.is(choice.tile[0], 2, site);
  t.is(found.bound, nests.reduce((sum, { lanes }) => sum + (lanes.length === 0 ? 5 : 10), 0));
  t.true(found.before.usual !== undefined && found.bound !== undefined && found.bound < found.before.usual);
});

test("two searches ask the same questions in the same order", async (t) => {
  const [a, b] = [evaluatorWith(likesTwo), evaluatorWith(likesTwo)];
  t.deepEqual(await search(a), await search(b));
  t.deepEqual(a.asked, b.asked);
});

test("a candidate without a bound is noted and left out, and does not hide those of other nests", async (t) => {
  const [first] = nests;
  const found = await search(evaluatorWith((nest, text) => (nest === first && sizeIn(text, nest.lanes[0]?.pattern ?? "") === 2 ? undefined : likesTwo(nest, text))));
  const last = nests.at(-1);
  t.not(found.chosen.find(({ site }) => site === first?.site)?.choice.tile[0], 2);
  t.is(found.chosen.find(({ site }) => site === last?.site)?.choice.tile[0], 2);
  t.true(found.tried.some(({ site, cost, why }) => site === first?.site && cost === undefined && why === `no bound in ${site}`));
});

test("where the usual tiles have no bound, the search begins without tiles", async (t) => {
  const usual = JSON.stringify(usualSteps(programs, "fast"));
  const found = await search(evaluatorWith((nest, text) => (text === usual ? undefined : likesTwo(nest, text))));
  t.is(found.before.usual, undefined);
  t.true(found.bound !== undefined);
});

test("without a search, only a nest that has no bound with its tile goes without", async (t) => {
  const [first] = nests;
  const cost: Cost = (nest, text) => (nest === first && sizeIn(text, nest.lanes[0]?.pattern ?? "") > 1 ? undefined : 1 / sizeIn(text, nest.lanes[0]?.pattern ?? ""));
  const steps = JSON.stringify(await boundedSteps({ evaluator: evaluatorWith(cost), forms: [{ optimisation: "O2", floatCompare: "float" }], limit: 50, report: () => undefined }));
  for (const nest of nests) if (nest.step === "sum") t.is(sizeIn(steps, nest.lanes[0]?.pattern ?? "") > 1, nest !== first, nest.site);
});

test("fast code takes the balanced form where that has the lower bound, and only there", async (t) => {
  const [fast, balanced] = [JSON.stringify(usualSteps(programs, "fast")), JSON.stringify(usualSteps(programs, "balanced"))];
  t.not(fast, balanced);
  for (const cheap of [fast, balanced]) {
    const evaluator = evaluatorWith((_, text) => (text === cheap ? 1 : 2));
    const steps = await boundedSteps({ evaluator, forms: [{ optimisation: "O2", floatCompare: "float" }], limit: 50, report: () => undefined, aim: "fast" });
    t.is(JSON.stringify(steps), cheap);
    t.is((await search(evaluator)).before.usual, nests.length);
  }
});

test("the default schedule stays where nothing is better", async (t) => {
  const found = await search(evaluatorWith(likesTwo, 1));
  t.deepEqual([found.bound, found.chosen], [1, []]);
  t.deepEqual(found.steps, defaultSchedule().steps);
});

test("the limit of programs is kept", async (t) => {
  const evaluator = evaluatorWith(likesTwo);
  await search(evaluator, 5);
  t.true(evaluator.asked.length <= 5 + 3, "those that compare what was found come on top");
});

test("a lane of one iteration makes no rule", (t) => {
  const rules = JSON.stringify(stepsOf(new Map(nests.map((nest) => [nest, { tile: nest.lanes.map(() => 1), foldTile: 1, taps: "none" as const, swapped: false, around: "all" as const }]))));
  t.false(rules.includes("largestDivisorUpTo"));
});
