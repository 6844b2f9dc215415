/** The schedule of a small core for convolutions over tiles: what is made row by row, written out, and kept where records can read it. */
import test from "ava";
import { printProgram } from "../../ir/loop/print.js";
import { rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import { importModel } from "../../src/onnx/import.js";
import { programsOf } from "../../src/optimise/evaluate.js";
import { filteringsOf, withRows } from "../../src/optimise/filterings.js";
import { baseFor, usualSteps } from "../../src/optimise/search.js";
import type { ScheduleStep } from "../../src/schedule.js";
import { bytesOfConvolution, convolutions, type Convolution } from "../proofs/lemmas/tile-models.js";
import { folderFor, modelIn, obligato } from "../cli/support.js";
import { present } from "../../ir/prelude.js";
import { hasTools } from "../support/tools.js";

const image: Convolution = { image: [16, 32, 32], filters: 8, pads: [1, 1, 1, 1], zero: 3 };

function programsFor(given: Convolution) {
  return programsOf({ graph: rewriteGraph(importModel(bytesOfConvolution(given)).graph, [{ lemma: "winograd" }]).graph, contract: "separate" });
}

const passes = (steps: readonly ScheduleStep[]): readonly string[] => steps.map(({ pass }) => pass);

test("sums, products, operands and the loops around them are found by what reads what", (t) => {
  const programs = programsFor(image);
  const found = filteringsOf(programs, baseFor(programs, "balanced").filter(({ pass }) => pass !== "move-channels"));
  t.deepEqual(found, [{
    sums: "n0f_y", products: "n0e_y", operands: ["n0d_y", "n0c_y"], size: 2,
    maker: { nest: "n0f_*", channels: "n0f_o1", rows: "n0f_o2", columns: "n0f_o3" },
    reader: { nest: "n0g_*", channels: "n0g_o1", rows: "n0g_o2", columns: "n0g_o3" },
  }]);
});

test("a network without tiles keeps its steps", (t) => {
  const programs = programsOf({ graph: importModel(bytesOfConvolution(image)).graph, contract: "separate" });
  const base = baseFor(programs, "balanced");
  t.deepEqual(filteringsOf(programs, base), []);
  t.is(withRows(base, []), base);
  t.false(passes(base).filter((pass) => pass === "recompute-producers").length > 1);
});

test("operands and products hold one row of tiles, no test is left in them, and four operands are added by a record", (t) => {
  const programs = programsFor(image);
  const program = programs.after(usualSteps(programs));
  const shape = (name: string): string => present(program.buffers.find((buffer) => buffer.name === name), name).shape.join();
  t.deepEqual(["n0c_y", "n0d_y", "n0e_y"].map(shape), ["1,1,4,34,16", "1,1,4,4,16,16", "1,1,16,8,4,4"]);
  t.deepEqual(program.buffers.filter(({ name }) => /^n0[cd]_y$/.test(name)).map(({ kind }) => kind), ["temp", "temp"]);
  t.is(program.buffers.find(({ name }) => name === "n0f_y")?.kind, "local", "sums of a row");
  const text = printProgram(program);
  t.is([...text.matchAll(/for n0[cd]_o\d+(?:b\d)?i in 0\.\.4 unrolled/g)].length, 8, "four places of each operand");
  t.notRegex(text, /if [^\n]*n0[cd]_o/);
});

for (const [k, given] of [...convolutions, image].entries()) {
  test(`every stage of the schedule over tiles is proved, case ${k}`, (t) => {
    if (!hasTools(t, "arm-none-eabi-gcc")) return;
    const folder = folderFor(t);
    const built = obligato(["build", modelIn(folder, bytesOfConvolution(given)), "-o", `${folder}/out`, "--target", "cortex-m4", "--lemma", "winograd"]);
    t.is(built.status, 0, built.errors);
    t.regex(built.output, /PASS {3}T0 bit-exact/);
  });
}

test("where time shall be small a build takes tiles if its bound is lower, and says so; otherwise it does not", (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc")) return;
  const folder = folderFor(t);
  const path = modelIn(folder, bytesOfConvolution({ ...image, image: [32, 8, 8], filters: 32 }));
  const boundOf = (...words: readonly string[]): [number, string] => {
    const { status, output, errors } = obligato(["build", path, "-o", `${folder}/out`, "--force", "--target", "cortex-m4", ...words]);
    t.is(status, 0, errors);
    return [Number(/at most ([\d,]+) instructions/.exec(output)?.[1]?.replaceAll(",", "")), output];
  };
  const [[usual, without], [least, tiles], [, small]] = [boundOf(), boundOf("--minimise", "time"), boundOf("--minimise", "code")];
  t.true(least < usual, `${least} and ${usual}`);
  t.regex(tiles, /lemmas: winograd \(1\)/);
  t.notRegex(without, /winograd/);
  t.notRegex(small, /winograd/);
});
