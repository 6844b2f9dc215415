/**
 * One network through the whole chain: the verdicts of its build, the compiled C
 * against the interpreter bit for bit, and both against the stored outputs.
 */
import { evalGraph } from "../ir/graph/eval.js";
import { present } from "../ir/prelude.js";
import type { Tensor } from "../ir/tensor/tensor.js";
import { type Coverage, coverageOf } from "../src/compose/coverage.js";
import { type BuildResult, buildModel } from "../src/driver.js";
import { type Counts, countLedger } from "../src/evidence/counts.js";
import { type MemoryFigures, memoryOf } from "../src/evidence/memory.js";
import { runInC } from "../src/run/engines.js";
import { vectorFor } from "../src/run/vectors.js";
import { agreement, sameBits } from "../src/testing/compare.js";
import { type TestFolder, readDataSet } from "../src/testing/data-sets.js";
import type { Compiler } from "../src/toolchain/tools.js";
import { fixDimsOf } from "./network-list.js";

/** Floats of another implementation, until an error bound of our own is proved. */
export const tolerance = { relative: 1e-4, absolute: 1e-5 } as const;

export interface NetworkRow {
  readonly name: string;
  readonly outcome: BuildResult["outcome"];
  readonly statements: number;
  readonly counts: Counts;
  /** What is proved directly against the reference program. */
  readonly coverage: Coverage;
  readonly seconds: number;
  readonly memory: MemoryFigures;
  /** Vectors on which compiled C and interpreter were compared, and how many outputs differed in a bit. */
  readonly vectors: number;
  readonly differing: number;
  /** Largest absolute difference from the stored outputs, and the same relative to the largest stored output of its set. */
  readonly maxAbsDiff: number;
  readonly normwise: number;
  readonly withinTolerance: boolean;
}

/** Builds, proves, compiles with `compiler` and compares; throws where the build itself is refused. */
export async function networkRow(test: TestFolder, compiler: Compiler, jobs: number): Promise<{ readonly row: NetworkRow; readonly result: BuildResult }> {
  const result = await prove(test, jobs);
  const program = present(result.stages.at(-1)?.program, "the program read back");
  const counts = countLedger(result.stages.flatMap((stage) => stage.ledger));
  const seconds = result.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const coverage = present(coverageOf(result.stages), "an end-to-end stage");
  const compared = await compare(test, result, compiler);
  const row = { name: test.name, outcome: result.outcome, statements: statementCount(result), counts, coverage, seconds, memory: memoryOf(program), ...compared };
  return { row, result };
}

function prove({ name, model }: TestFolder, jobs: number): Promise<BuildResult> {
  const defaults = { fixDims: fixDimsOf(name), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: true } as const;
  return buildModel({ model, jobs, ...defaults }, { stage: () => undefined, settled: () => undefined });
}

function statementCount({ code }: BuildResult): number {
  return code === undefined ? 0 : Object.keys(code.facts.statements).length;
}

type Comparison = Pick<NetworkRow, "vectors" | "differing" | "maxAbsDiff" | "normwise" | "withinTolerance">;

async function compare(test: TestFolder, { imported, code }: BuildResult, compiler: Compiler): Promise<Comparison> {
  const { graph } = imported;
  const { emission, read } = present(code, "code of a proved build");
  const sets = test.sets.map(readDataSet);
  const made = [vectorFor(graph.inputs, 1), vectorFor(graph.inputs, 2, "special")];
  const vectors = [...sets.map(({ inputs }) => inputs), ...made];
  const fromC = await runInC({ files: emission.files, read, contract: "separate" }, vectors, compiler);
  const meant = vectors.map((inputs) => reference(imported, inputs));
  const differing = fromC.flatMap((outputs, k) => outputs.filter((output, j) => !sameBits(present(meant[k]?.[j], "output"), output))).length;
  const pairs = sets.flatMap(({ outputs }, k) => outputs.map((stored, j) => ({ stored, ours: present(fromC[k]?.[j], "output") })));
  const agreed = pairs.map(({ stored, ours }) => ({ ...agreement(stored, ours, tolerance), largest: largestOf(stored) }));
  return {
    vectors: vectors.length,
    differing,
    maxAbsDiff: Math.max(...agreed.map(({ maxAbsDiff }) => maxAbsDiff)),
    normwise: Math.max(...agreed.map(({ maxAbsDiff, largest }) => maxAbsDiff / largest)),
    withinTolerance: agreed.every(({ within }) => within),
  };
}

/** The meanings themselves, evaluated: no pass and no loop program is involved. */
function reference({ graph }: BuildResult["imported"], inputs: readonly Tensor[]): readonly Tensor[] {
  const named = new Map(graph.inputs.map(({ name }, k) => [name, present(inputs[k], name)]));
  return [...evalGraph(graph, named, "separate").values()];
}

function largestOf({ data }: Tensor): number {
  let largest = Number.MIN_VALUE;
  for (const value of data) largest = Math.max(largest, Math.abs(Number(value)));
  return largest;
}
