/** Where a bound is spent: the tree adds up, the picture says the same in words, and remedies are counted. */
import test from "ava";
import type { LoopShare } from "../../wcet/shares.js";
import { type LoopNest, type TimeNode, byNode, timeTree } from "../../wcet/time-tree.js";
import { flameSvg } from "../../src/report/flame.js";
import { adviceLines } from "../../src/cli/wcet-advice.js";
import { cortexM4 } from "../../wcet/cores/cortex-m4.js";

const origin = (node: string): { readonly node: string; readonly pass: string } => ({ node, pass: "lower" });
const loops: LoopNest & ReadonlyMap<string, { readonly total: number; readonly origin: ReturnType<typeof origin> }> = new Map([
  ["i", { origin: origin("conv"), parent: undefined, total: 10 }],
  ["j", { origin: origin("conv"), parent: "i", total: 100 }],
  ["k", { origin: origin("a<b&\"c\""), parent: undefined, total: 7 }],
]);
const share = (of: string, ...byClass: readonly (readonly [LoopShare["byClass"][number]["of"], number, number])[]): LoopShare =>
  ({ of, cost: byClass.reduce((sum, [, cost]) => sum + cost, 0), byClass: byClass.map(([kind, cost, times]) => ({ of: kind, cost, times })) });
const byLoop = [
  share("j", ["fp-load", 400, 100], ["fp-mul", 200, 100], ["fp-alu", 200, 100], ["branch", 100, 25]),
  share("function tanh_f32", ["alu", 60, 60]),
  share("k", ["store", 30, 10]),
  share("i", ["alu", 10, 10]),
];

function every(node: TimeNode, holds: (node: TimeNode) => boolean): boolean {
  return holds(node) && node.children.every((child) => every(child, holds));
}

test("time: the tree nests as the program does, and children add up to their parent", (t) => {
  const tree = timeTree("net", byLoop, loops);
  t.is(tree.cost, 1000);
  t.deepEqual(tree.children.map(({ name, cost }) => [name, cost]), [["conv", 910], ["function tanh_f32", 60], ["a<b&\"c\"", 30]]);
  const [conv] = tree.children;
  t.deepEqual(conv?.children.map(({ kind, name }) => [kind, name]), [["loop", "i"]]);
  t.deepEqual(conv?.children[0]?.children.map(({ kind, name, cost }) => [kind, name, cost]), [["loop", "j", 900], ["class", "alu", 10]]);
  t.true(every(tree, ({ cost, children }) => children.length === 0 || children.reduce((sum, child) => sum + child.cost, 0) === cost));
  t.deepEqual(byNode(byLoop, loops), [{ of: "conv", cost: 910 }, { of: "function tanh_f32", cost: 60 }, { of: "a<b&\"c\"", cost: 30 }]);
});

test("time: the picture has a box for each part, as wide as its share, with its numbers in words", (t) => {
  const svg = flameSvg(timeTree("net", byLoop, loops), { title: "net on a core", unit: "cycles" });
  t.regex(svg, /^<svg [^>]*role="img" aria-labelledby="title description">/);
  t.regex(svg, /<title id="title">net on a core<\/title>\n<desc id="description">[^<]*conv 91\.0 %/);
  t.regex(svg, /<title>loop j: 900 cycles, 90\.0 % of the bound<\/title><rect x="8\.0" y="118" width="1065\.6"/);
  t.regex(svg, /<title>instructions of class fp-load: 400 cycles, 40\.0 % of the bound<\/title>/);
  t.regex(svg, /node a&lt;b&amp;&quot;c&quot;/);
  t.notRegex(svg, /<script|a<b|NaN/);
  t.is(svg.split("<g>").length, svg.split("</g>").length);
});

test("time: what would help is computed from the worst path", (t) => {
  const found = { kind: "bound", core: cortexM4, bound: 1000n, functions: 1, blocks: 1, instructions: 1, marks: 1, unseen: [], byLoop, byClass: [] } as const;
  const about = { found, memory: { flashWaitStates: 0, ramWaitStates: 0 }, loops, limit: 500n };
  const lines = adviceLines({ ...about, measured: [{ what: "in RAM", bound: 450n }, { what: "-O3", bound: 900n }] }).join("\n");
  t.regex(lines, /90\.0 % {2}j {2}conv\n +9\.0 cycles an iteration, 100 iterations; fp-load 44 %, fp-mul 22 %/);
  t.regex(lines, /in RAM: 450, -55\.0 %, within the budget {2}\(measured\)\n {2}-O3: 900, -10\.0 % {2}\(measured\)/);
  t.regex(lines, /40\.0 %, 400 cycles: loads/);
  t.regex(lines, /10\.0 %, 100 cycles: jumps/);
  t.regex(lines, /6\.0 %, 60 cycles: functions outside of loops \(tanh_f32\)/);
  t.notRegex(lines, /fused/); // a fused one costs this core as much as both
  const counted = { ...found, core: { ...cortexM4, unit: "instructions" as const, costOf: () => 1 } };
  t.regex(adviceLines({ ...about, found: counted, measured: [] }).join("\n"), /30\.0 %, 300 instructions: at most, if products and sums become one/);
});
