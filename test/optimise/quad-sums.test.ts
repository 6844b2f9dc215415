/** Which nests of a small core's schedule become records of four sums or differences, that each stage of it is proved, and which nests stay as they are. */
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { present } from "../../ir/prelude.js";
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import type { Programs } from "../../src/optimise/evaluate.js";
import { usualSteps } from "../../src/optimise/search.js";
import type { Pass } from "../../src/pass.js";
import { tileLoops } from "../../src/passes/tile-loops.js";
import { unrollLoops } from "../../src/passes/unroll-loops.js";
import { fallbackPlacement, pipeline } from "../../src/pipeline.js";
import type { ScheduleStep } from "../../src/schedule.js";
import { type PlannedStep, afterStep, planSteps } from "../../src/steps.js";
import { proved, untouched } from "../passes/loops-support.js";
import { runStages, startOf } from "../passes/wires-support.js";

/** Three images of 16 bits that sums make, a nest with `body` over the channels c of pixel i, and a sum that reads what it stores. */
function program(body: string, { channels = 8, temps = "temp u i16[3,8]\ntemp v i16[3,8]", reads = "cast.i16.i32(u[n3_o0, n3_k0]), cast.i16.i32(v[n3_o0, n3_k0])" } = {}): string {
  return `input x "x" i8[3,3,${channels},2]
output y "y" i32[3]
temp d i16[3,3,${channels}]
${temps}
local p i32[]
local a i32[]

for n0_o0 in 0..3 serial {
  for n0_o1 in 0..3 serial {
    for n0_o2 in 0..${channels} serial {
      s0: p[] = i32:0x00000000
      for n0_k0 in 0..2 serial {
        s1: p[] = addw.i32(p[], mulw.i32(cast.i8.i32(x[n0_o0, n0_o1, n0_o2, n0_k0]), cast.i8.i32(x[n0_o0, n0_o1, n0_o2, n0_k0])))
      }
      s2: d[n0_o0, n0_o1, n0_o2] = cast.i32.i16(p[])
    }
  }
}
for n1_o0 in 0..3 serial {
  for n1_o1 in 0..${channels} serial {
${body.replace(/^ */gm, "    ").replaceAll(/\bi\b/g, "n1_o0").replaceAll(/\bc\b/g, "n1_o1")}
  }
}
for n3_o0 in 0..3 serial {
  e0: a[] = i32:0x00000000
  for n3_k0 in 0..${channels} serial {
    e1: a[] = addw.i32(a[], mulw.i32(${reads}))
  }
  e2: y[n3_o0] = a[]
}
`;
}

function sum(name: string, target: string, op: "add" | "sub", x: string, z: string): string {
  return `${name}: ${target} = cast.i32.i16(${op}w.i32(cast.i16.i32(${x}), cast.i16.i32(${z})))`;
}

const first = sum("s3", "u[i, c]", "sub", "d[i, 0, c]", "d[i, 2, c]");
const second = sum("s4", "v[i, c]", "add", "d[i, 1, c]", "u[i, c]");
const both = program(`${first}\n${second}`);

function planned(steps: readonly ScheduleStep[]): readonly PlannedStep[] {
  return planSteps({ schedule: steps, until: undefined, skip: [] }, pipeline);
}

function programsOf(text: string): Programs {
  const { staged } = startOf(text);
  const run: Programs["staged"] = (steps) => planned(steps).reduce(afterStep, staged);
  return {
    staged: run,
    after: (steps) => fallbackPlacement.run(run(steps), {})?.after ?? run(steps).program,
    before: (pass, steps) => run(steps.slice(0, steps.findIndex((step) => step.pass === pass))).program,
  };
}

function callsIn(of: Program): readonly string[] {
  const { files } = emitC(of, { model: "model", weights: new Map() });
  checkedReadBack(files);
  const text = files.find(({ name }) => name === "model.c")?.text ?? "";
  return [...text.matchAll(/^ *((?:sum|difference)4_i16)\(&(\w+)\[/gm)].map(([, name = "", target = ""]) => `${name} ${target}`);
}

function callsOf(text: string): readonly string[] {
  const programs = programsOf(text);
  return callsIn(programs.after(usualSteps(programs)));
}

test("schedule: each statement of a nest of sums and differences becomes a record, and every stage is proved", async (t) => {
  t.timeout(300_000);
  t.deepEqual(callsOf(both), ["difference4_i16 u", "sum4_i16 v"]);
  const steps = usualSteps(programsOf(both));
  const reports = await runStages(startOf(both), planned(steps).map(({ pass, options }): Pass => ({ ...pass, run: (before) => pass.run(before, options) })));
  for (const { pass, same, open } of reports) {
    t.deepEqual(open, [], pass);
    t.true(same, pass);
  }
  const last = present(reports.at(-1)?.program, "the last program");
  t.deepEqual(callsIn(last), ["difference4_i16 u", "sum4_i16 v"]);
  t.true(["tile-loops", "fission-loops", "unroll-loops", "plan-memory"].every((name) => reports.some(({ pass }) => pass === name)));
  t.deepEqual(last.buffers.filter(({ kind }) => kind === "temp").map(({ place }) => (place?.offset ?? 1) % 4), [0, 0, 0]);
});

test("schedule: four channels are one record, without a loop around", (t) => {
  t.deepEqual(callsOf(program(`${first}\n${second}`, { channels: 4, temps: "temp u i16[3,4]\ntemp v i16[3,4]" })), ["difference4_i16 u", "sum4_i16 v"]);
});

/** Nests that get no record have no rule, and the program is what it would be otherwise. */
const others: readonly (readonly [what: string, text: string])[] = [
  ["an extent that four does not divide", program(`${first}\n${second}`, { channels: 6, temps: "temp u i16[3,6]\ntemp v i16[3,6]" })],
  ["a product", both.replace("subw.i32(cast.i16.i32(d", "mulw.i32(cast.i16.i32(d")],
  ["rows that do not start where four elements can", both.replace("temp d i16[3,3,8]", "temp d i16[3,3,9]").replaceAll("d[n1_o0, 1, n1_o1]", "d[n1_o0, 1, n1_o1 + 1]")],
  ["a result that stays inside an iteration, in an array of the function", program(`${first}\n${sum("s4", "v[i, c]", "add", "u[i, c]", "u[i, c]")}`, { reads: "cast.i16.i32(v[n3_o0, n3_k0]), cast.i16.i32(v[n3_o0, n3_k0])" })],
];

for (const [what, text] of others) {
  test(`schedule: ${what} leaves the nest alone`, (t) => {
    const programs = programsOf(text);
    const steps = usualSteps(programs);
    t.deepEqual(callsIn(programs.after(steps)), []);
    t.false(JSON.stringify(steps).includes("pointwise"));
    t.regex(printProgram(programs.after(steps)), /for n1_o1 in/);
  });
}

test("pointwise: rules for tiles and for unrolled loops concern nests without a sum only where they say so", async (t) => {
  const text = "input x \"x\" i32[8]\noutput y \"y\" i32[8]\n\nfor n0_o0 in 0..8 serial {\n  s0: y[n0_o0] = addw.i32(x[n0_o0], x[n0_o0])\n}\n";
  untouched(t, text, [tileLoops, { rules: [{ loops: ["n0_o0"], largestDivisorUpTo: 4 }] }]);
  untouched(t, text, [unrollLoops, { rules: [{ loops: ["n0_o0"] }] }]);
  const after = await proved(t, text, [[tileLoops, { rules: [{ loops: ["n0_o0"], pointwise: true, largestDivisorUpTo: 4 }] }], [unrollLoops, { rules: [{ loops: ["n0_o0i"], pointwise: true }] }]]);
  t.regex(printProgram(after), /for n0_o0t in 0\.\.2 serial.*\n *for n0_o0i in 0\.\.4 unrolled/);
});
