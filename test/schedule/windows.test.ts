/** Tiles of convolutions for processors with vectors: that regions are cut as the estimate says, and what it prefers. */
import test from "ava";
import type { Graph } from "../../ir/graph/graph.js";
import type { Program } from "../../ir/loop/program.js";
import { present } from "../../ir/prelude.js";
import { interfaceOf } from "../../proofs/kernel/kernel.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import { referenceDataflow } from "../../src/lower/dataflow.js";
import type { Pass, Staged } from "../../src/pass.js";
import { loopsIn, nestOf } from "../../src/passes/shared/nests.js";
import { tileLoops } from "../../src/passes/tile-loops.js";
import { pipeline } from "../../src/pipeline.js";
import { defaultSchedule } from "../../src/schedule.js";
import { choicesFor } from "../../src/schedule/vector/choose.js";
import { cutsAny, tilesIn } from "../../src/schedule/vector/cycles.js";
import { type VectorMachine, machineUnder, vectorMachines } from "../../src/schedule/vector/machine.js";
import { type VectorNest, rotatedStrides, vectorNestsOf } from "../../src/schedule/vector/nests.js";
import { type VectorChoices, stepsWith } from "../../src/schedule/vector/steps.js";
import type { TileChoice } from "../../src/schedule/vector/tile.js";
import { tileFor } from "../../src/schedule/vector/tiles.js";
import { afterKeptStep, planSteps } from "../../src/steps.js";
import { randomInputs } from "../loop/support.js";
import { type Conv, convolution } from "../passes/instances-support.js";
import { type Start, runStages } from "../passes/wires-support.js";

const plain = { channels: 16, filters: 16, size: [16, 16], kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1 } as const satisfies Conv;
const depthwise = { ...plain, channels: 64, filters: 64, group: 64 } as const;
const { steps } = defaultSchedule();

function startOf(conv: Conv): Start {
  const graph: Graph = convolution(conv);
  const program = referenceProgram(graph, "separate");
  return { staged: { program, dataflow: referenceDataflow(program) }, model: interfaceOf(graph), environment: randomInputs(program, graph.constants, 17) };
}

function machineNamed(name: string): VectorMachine {
  return present(vectorMachines.find((it) => it.name === name), name);
}

/** As between other layers, where images have their channels last. */
function chosenFor(conv: Conv, machine: VectorMachine): { readonly nest: VectorNest; readonly tile: TileChoice } {
  const { program } = startOf(conv).staged;
  const nest = present(vectorNestsOf(program)[0], "nest");
  const strides = new Map(program.buffers.map((buffer) => [buffer.name, rotatedStrides(buffer, buffer.shape.length > 1 ? 1 : undefined)]));
  return { nest, tile: present(tileFor(nest, strides, machine), "tile") };
}

/** The program that the passes make, up to the tiles. */
function tiled(start: Staged, choices: VectorChoices): Program {
  const schedule = stepsWith(steps, choices);
  const end = schedule.findIndex(({ pass }) => pass === tileLoops.name) + 1;
  return planSteps({ schedule: schedule.slice(0, end), until: undefined, skip: [] }, pipeline).reduce(afterKeptStep, start).program;
}

/** How many tiles of how many rows there are. */
function tilesMade(start: Staged, choices: VectorChoices): ReadonlyMap<number, number> {
  const program = tiled(start, choices);
  return counted(program.body.map((node) => {
    const rows = nestOf(node).loops.filter(({ variable }) => /_o[23]/.test(variable));
    const size = product(rows.filter(({ variable }) => variable.endsWith("i")));
    return [size, product(rows) / size];
  }));
}

function product(loops: readonly Pick<Program["body"][number] & { kind: "loop" }, "extent">[]): number {
  return loops.reduce((sum, { extent }) => sum * extent, 1);
}

function counted(pairs: readonly (readonly [number, number])[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const [size, count] of pairs) counts.set(size, (counts.get(size) ?? 0) + count);
  return counts;
}

const shapes: Readonly<Record<string, Conv>> = {
  "of a square": plain,
  "of every second pixel": { ...plain, strides: [2, 2] },
  "of a tall image": { ...plain, size: [25, 5] },
  "by channel": { ...depthwise, size: [12, 12] },
};

for (const [what, conv] of Object.entries(shapes)) {
  test(`a convolution ${what}: tiles are counted as they will be cut`, (t) => {
    const { staged } = startOf(conv);
    const { nest, tile } = chosenFor(conv, machineNamed("x86-64-v3"));
    let cuts = 0;
    for (const [first, second] of [["n0_o3*", "n0_o2*"], ["n0_o2*", "n0_o3*"]] as const) {
      for (const [size, beside] of [[2, 1], [3, 1], [4, 1], [6, 1], [14, 2]] as const) {
        for (const cut of [false, true]) {
          const rows = [{ loop: first, size }, { loop: second, size: beside }];
          if (cut !== cutsAny({ nest }, { rows, cut })) continue;
          cuts += Number(cut);
          const expected = counted(nest.regions.flatMap((region) => tilesIn(region, { rows, cut }).map(({ size: most, trips, times }) => [most, region.copies * trips * times] as const)));
          t.deepEqual([...tilesMade(staged, { layouts: [], tiles: [{ ...tile, rows, cut }] })].toSorted(), [...expected].toSorted(), `${first} ${size} ${beside} ${String(cut)}`);
        }
      }
    }
    t.true(cuts > 0, "some tile needs a cut");
  });
}

test("by channel: the weights of all lanes stay in registers, and a tile is a line of an image that the first cache does not hold", (t) => {
  for (const machine of ["x86-64-v3", "x86-64-v4"].flatMap((name) => [machineUnder("separate", machineNamed(name)), machineUnder("fused", machineNamed(name))])) {
    const small = chosenFor({ ...depthwise, size: [8, 8] }, machine).tile;
    const rows = small.rows.reduce((count, { size }) => count * size, 1);
    t.is(small.lanes?.size, machine.width, machine.name);
    t.true(9 + rows <= machine.registers, `${9 + rows} registers`);
    const large = chosenFor({ ...depthwise, size: [64, 64], strides: [2, 2] }, machine).tile;
    t.is(large.lanes?.size, 16, machine.name);
  }
});

test("a narrow image has rows along its height where its borders are columns", (t) => {
  for (const name of ["x86-64-v3", "x86-64-v4"]) {
    const { nest, tile } = chosenFor({ ...plain, filters: 64, size: [40, 5] }, machineNamed(name));
    const column = present(nest.regions.find(({ extents }) => extents.get("n0_o3*") === 1 && (extents.get("n0_o2*") ?? 0) > 1), "column");
    t.true(tilesIn(column, tile).every(({ size }) => size >= 3), `${name}: ${JSON.stringify(tile)}`);
  }
});

test("steps pair where their number is even; an odd one leaves no test in the lanes", (t) => {
  for (const [channels, pairsMade] of [[3, 0], [4, 2]] as const) {
    const conv = { ...plain, channels, pads: [0, 0, 0, 0] } as const;
    const { tile } = chosenFor(conv, machineNamed("x86-64-v3"));
    const { body } = tiled(startOf(conv).staged, { layouts: [], tiles: [{ ...tile, pairs: "n0_k0*" }] });
    const loops = loopsIn(body);
    t.is(loops.find(({ variable }) => variable === "n0_k0t")?.extent ?? 0, pairsMade, `${channels} channels`);
    t.true(loops.length > 0 && loops.every((loop) => loop.body.every(({ kind }) => kind !== "guard")));
  }
});

for (const name of ["x86-64-v3", "x86-64-v4"]) {
  test.serial(`by channel for ${name}: every stage proved, the same bits`, async (t) => {
    const start = startOf({ ...depthwise, channels: 16, filters: 16, group: 16, size: [11, 5] });
    const schedule = stepsWith(steps, choicesFor(start.staged, steps, machineNamed(name)));
    const passes = planSteps({ schedule, until: undefined, skip: [] }, pipeline).map(({ pass, options }): Pass => ({ ...pass, run: (before) => pass.run(before, options) }));
    const reports = await runStages(start, passes);
    t.deepEqual(reports.flatMap(({ open }) => open), []);
    t.true(reports.every(({ same }) => same));
    t.true(reports.some(({ pass }) => pass === "tile-loops"));
  });
}
