/**
 * The schedules of examples/schedules beside the default one: the same networks, proved and
 * run both ways. Prints the rows of the table in docs/schedule.md.
 *
 *     node dist/bench/schedules.js MODELS [NETWORK…]     (MODELS holds NETWORK/model.onnx)
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { harnessFile } from "../backends/c/harness.js";
import { layoutOfPacked } from "../backends/c/layout.js";
import { evalGraph } from "../ir/graph/eval.js";
import { present } from "../ir/prelude.js";
import { type BuildResult, buildModel } from "../src/driver.js";
import { memoryOf } from "../src/evidence/memory.js";
import { interfaceBuffers, requireCompiler } from "../src/run/engines.js";
import { vectorFor } from "../src/run/vectors.js";
import { type Schedule, parseSchedule } from "../src/schedule.js";
import { sameBits } from "../src/testing/compare.js";
import { compileModel, writeEmission } from "../src/toolchain/compile.js";
import { runVectors } from "../src/toolchain/run.js";
import { fixDimsOf } from "./network-list.js";

const schedules = "examples/schedules";

/** Runs are timed together until they take so many milliseconds, so that starting the process does not count. */
const enough = 300;

async function build(model: string, name: string, schedule: Schedule | undefined): Promise<BuildResult> {
  const request = { model, fixDims: fixDimsOf(name), contract: "separate", schedule: schedule?.steps, until: undefined, skip: [], solver: "auto", jobs: 1, prove: true } as const;
  return buildModel(request, { stage: () => undefined, settled: () => undefined });
}

/** Outputs that differ from the operators' meanings in a bit, of two vectors; and milliseconds of one run. */
async function execute({ code, imported: { graph } }: BuildResult): Promise<{ readonly differing: number; readonly milliseconds: number }> {
  const { emission, read } = present(code, "code of a proved build");
  const folder = mkdtempSync(join(tmpdir(), "obligato-schedules-"));
  try {
    await writeEmission(folder, { files: emission.files, harness: [harnessFile(layoutOfPacked(read.program, read))] });
    const { binary } = await compileModel({ folder, model: read.model, compiler: await requireCompiler(), optimisation: "O2", fused: false });
    const outputs = interfaceBuffers(read.program, "output").map(({ type, shape }) => ({ type, shape }));
    const vectors = [vectorFor(graph.inputs, 1), vectorFor(graph.inputs, 2, "special")];
    const found = await runVectors(binary, vectors, outputs);
    const meant = vectors.map((inputs) => [...evalGraph(graph, new Map(graph.inputs.map(({ name }, k) => [name, present(inputs[k], name)])), "separate").values()]);
    const differing = found.flatMap((values, k) => values.filter((value, j) => !sameBits(present(meant[k]?.[j], "output"), value))).length;
    return { differing, milliseconds: await timed(binary, present(vectors[0], "vector"), outputs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The best of three differences between many runs and one, per run. */
async function timed(binary: string, vector: Parameters<typeof runVectors>[1][number], outputs: Parameters<typeof runVectors>[2]): Promise<number> {
  const time = async (count: number): Promise<number> => {
    const start = performance.now();
    await runVectors(binary, Array.from({ length: count }, () => vector), outputs);
    return performance.now() - start;
  };
  let runs = 8;
  while (runs < 2048 && (await time(runs + 1)) - (await time(1)) < enough) runs *= 2;
  const differences: number[] = [];
  for (let k = 0; k < 3; k++) differences.push(((await time(runs + 1)) - (await time(1))) / runs);
  return Math.min(...differences);
}

async function row(model: string, name: string, schedule: Schedule | undefined): Promise<string> {
  const result = await build(model, name, schedule);
  if (result.outcome !== "proved") {
    const lines = result.failure?.lines.slice(0, 5).map(({ id, verdict }) => `${id} ${verdict.kind}`);
    return `| ${name} | ${schedule?.target ?? "default"} | ${result.outcome}: ${result.failure?.stage ?? ""} ${(lines ?? []).join("; ")} |`;
  }
  const lines = result.stages.flatMap(({ ledger }) => ledger);
  const proved = lines.filter(({ verdict }) => verdict.kind === "proved").length;
  const seconds = result.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const { arenaBytes } = memoryOf(present(result.stages.at(-1)?.program, "program"));
  const { differing, milliseconds } = await execute(result);
  const statements = Object.keys(present(result.code, "code").facts.statements).length;
  return `| ${name} | ${schedule === undefined ? "default" : "by hand"} | ${statements} | ${lines.length} | ${proved} | ${seconds.toFixed(1)} | ${arenaBytes} | ${milliseconds.toFixed(2)} | ${differing} |`;
}

const [models = "", ...only] = process.argv.slice(2);
console.log("| network | schedule | statements | obligations | proved | seconds | arena bytes | ms of C | outputs differing |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const file of readdirSync(schedules).filter((name) => name.endsWith(".json"))) {
  const name = file.replace(/\.json$/, "");
  const model = join(models, name, "model.onnx");
  if (!existsSync(model) || (only.length > 0 && !only.includes(name))) continue;
  console.log(await row(model, name, undefined));
  console.log(await row(model, name, parseSchedule(readFileSync(join(schedules, file), "utf8"), file)));
}
