/** The cost model: what has to be dearer is dearer, and the figures add up. */
import test from "ava";
import { storesOf } from "../../ir/loop/visit.js";
import { costOf, microseconds } from "../../src/tune/cost.js";
import { machines } from "../../src/tune/machine.js";
import { operationsOf, registersFor } from "../../src/tune/work.js";
import { machineNamed, network, programAfter, stepsFor, withRules } from "./support.js";

const v4 = machineNamed("x86-64-v4");
const base = stepsFor("x86-64-v4");
const cyclesWith = (tile: readonly object[], machine = v4): number => costOf(programAfter(withRules(base, "tile-loops", tile)), machine).cycles;
const windows = (channels: number, pixels: number): readonly object[] => [
  { foldLoopsAtLeast: 2, loops: ["*_o1*"], largestDivisorUpTo: channels }, { foldLoopsAtLeast: 2, loops: ["*_o3*"], largestDivisorUpTo: pixels },
];

test("records: every figure is positive, caches grow", (t) => {
  for (const [name, machine] of Object.entries(machines)) {
    const { perCycle, latency, caches, hertz, registers, lanes, issue, loopEnd, memoryBytesPerCycle } = machine;
    t.is(machine.name, name);
    for (const figure of [...Object.values(perCycle), ...Object.values(latency), hertz, registers, lanes, issue, loopEnd, memoryBytesPerCycle]) t.true(figure > 0, name);
    t.deepEqual(caches.map(({ bytes }) => bytes).toSorted((a, b) => a - b), caches.map(({ bytes }) => bytes));
  }
});

test("the sites of a program add up to the whole, and a time is not below what the pipes need", (t) => {
  const { cycles, bySite } = costOf(programAfter(base), v4);
  t.true(Math.abs([...bySite.values()].reduce((sum, n) => sum + n, 0) - cycles) < 1e-6);
  const products = network.nodes.length > 0 ? (16 * 16 * 36) + (64 * 48) + (2 * 48 * 48) + 480 : 0;
  t.true(cycles > products / v4.lanes / v4.perCycle.mul);
  t.is(microseconds(3900, v4), 1);
});

test("one accumulator waits for itself: more of them are cheaper, until registers are out", (t) => {
  const dense = (width: number): readonly object[] => [{ foldLoopsAtMost: 1, loops: ["*_o1*"], largestDivisorUpTo: width }];
  t.true(cyclesWith(dense(48)) < cyclesWith(dense(16)));
  t.true(cyclesWith(dense(16)) < cyclesWith(dense(1)));
  const few = { ...v4, registers: 4 };
  t.true(cyclesWith(windows(16, 4), few) > cyclesWith(windows(16, 4)));
  t.is(cyclesWith(windows(16, 2), few), cyclesWith(windows(16, 2)));
  t.true(cyclesWith(windows(16, 4)) <= cyclesWith(windows(16, 2)));
});

test("lanes that memory does not hold side by side are dearer", (t) => {
  const moved = withRules(base, "tile-loops", windows(16, 2));
  const channelsFirst = withRules(moved, "move-channels", []);
  t.true(costOf(programAfter(moved), v4).cycles < costOf(programAfter(channelsFirst), v4).cycles);
});

test("what caches do not hold is paid for", (t) => {
  const program = programAfter(base);
  const small = { ...v4, caches: [{ name: "L1", bytes: 64, bytesPerCycle: 64 }], memoryBytesPerCycle: 0.25 };
  t.true(costOf(program, small).cycles > 2 * costOf(program, v4).cycles);
});

test("registers of a width, operations of a value", (t) => {
  t.deepEqual([16, 32, 10, 30, 1].map((width) => registersFor(width, 16)), [1, 2, 2, 4, 1]);
  const step = storesOf(programAfter(base)).map(({ store }) => operationsOf(store.value)).find(({ mul }) => mul > 0);
  t.deepEqual(step, { add: 1, mul: 1, fma: 0, slow: 0 });
});
