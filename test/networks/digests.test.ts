/** One digest of the output bits: two compilers, four optimisation levels, and a Cortex-M4F under emulation. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { type Code } from "../../src/emit-code.js";
import { type BuildResult, buildModel } from "../../src/driver.js";
import { interfaceBuffers } from "../../src/run/engines.js";
import { vectorFor } from "../../src/run/vectors.js";
import { readDataSet } from "../../src/testing/data-sets.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board } from "../../src/toolchain/boards.js";
import { outputDigest, runVectors } from "../../src/toolchain/run.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { network } from "./network.js";

const levels = ["O0", "O1", "O2", "O3"] as const;

for (const name of ["hcas_pra0_tau00", "mlperf_ic_fp32"]) {
  test.serial(`${name}: gcc and clang at every level and Cortex-M4F give one digest`, async (t) => {
    t.timeout(900_000);
    const folder = network(name);
    if (folder === undefined) {
      t.log("skipped: test data");
      return;
    }
    if (!hasTools(t, "gcc", "clang", "arm-none-eabi-gcc", "qemu-system-arm")) return;
    const result = await unproved(folder.model);
    const { graph } = result.imported;
    const stored = readDataSet(present(folder.sets[0], "a data set")).inputs;
    const vectors = [stored, vectorFor(graph.inputs, 5, "special")];
    const expected = digestOf(vectors.map((inputs) => meant(result, inputs)));
    const digests = await everywhere(t, present(result.code, "code"), vectors);
    t.is(digests.size, 9);
    for (const [where, digest] of digests) t.is(digest, expected, where);
  });
}

/** Proofs are the business of the acceptance tests. */
function unproved(model: string): Promise<BuildResult> {
  const request = { model, jobs: 1, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: false } as const;
  return buildModel(request, { stage: () => undefined, settled: () => undefined });
}

function meant({ imported: { graph } }: BuildResult, inputs: readonly Tensor[]): readonly Tensor[] {
  return [...evalGraph(graph, new Map(graph.inputs.map(({ name }, k) => [name, present(inputs[k], name)])), "separate").values()];
}

function digestOf(outputs: readonly (readonly Tensor[])[]): string {
  return outputDigest(outputs.flat());
}

async function everywhere(t: ExecutionContext, code: Code, vectors: readonly (readonly Tensor[])[]): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "obligato-digests-"));
  try {
    await writeEmission(folder, code.emission);
    const { model, read: { program } } = code;
    const outputs = interfaceBuffers(program, "output").map(({ type, shape }) => ({ type, shape }));
    const digests = new Map<string, string>();
    for (const compiler of await findCompilers()) {
      for (const optimisation of levels) {
        const { binary } = await compileModel({ folder, model, compiler, optimisation });
        digests.set(`${compiler.kind} -${optimisation}`, digestOf(await runVectors(binary, vectors, outputs)));
      }
    }
    const output = join(folder, "board");
    const { binary } = await compileForBoard({ board: cortexM4Board, folder, model, program, optimisation: "O2", output });
    digests.set("Cortex-M4F -O2", digestOf(await runOnBoard({ board: cortexM4Board, output, program }, binary, vectors)));
    for (const [where, digest] of digests) t.log(`${where}: ${digest}`);
    return digests;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
