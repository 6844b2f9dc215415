/** Real networks that OTAWA can read as they are: floats compared as integers, no load that moves its pointer. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { FloatCompare } from "../../backends/backend.js";
import { otawaFlags } from "../../backends/c/flags.js";
import { runName } from "../../backends/c/names.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { present } from "../../ir/prelude.js";
import { type Code } from "../../src/emit-code.js";
import { buildModel } from "../../src/driver.js";
import { compileForBoard } from "../../src/toolchain/board.js";
import { cortexM4Board } from "../../src/toolchain/boards.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { type FactOutcome, factFileOf } from "../../wcet/bind/fact-file.js";
import { factFormats } from "../../wcet/bind/formats.js";
import { otawaProblems } from "../../wcet/bind/otawa-gate.js";
import { network } from "../networks/network.js";
import { canLink } from "./support.js";

const silent = { stage: (): void => undefined, settled: (): void => undefined };

/** Unproved: what is asked here is whether the object code can be read. */
async function codeOf(model: string, floatCompare: FloatCompare): Promise<Code> {
  const request = { model, fixDims: new Map(), jobs: 1, contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: false, floatCompare } as const;
  return present((await buildModel(request, silent)).code, "code");
}

async function factsFor({ model, emission: { files }, read: { program } }: Code, extra: readonly string[]): Promise<FactOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "obligato-otawa-"));
  try {
    await writeEmission(folder, { files, harness: [] });
    const { binary } = await compileForBoard({ board: cortexM4Board, folder, model, program, optimisation: "O2", extra });
    const loops = new Map(codeFactsOf(program).loops.map((fact) => [fact.loop, fact]));
    const format = present(factFormats.find(({ name }) => name === "f4"), "f4");
    return await factFileOf({ elf: readFileSync(binary), where: "model.elf", entry: runName(model), loops, lines: new Map(), format, gate: (elf, code) => otawaProblems(elf, code, []) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Convolution, depthwise, dense, recurrent with a square root; int8. */
for (const name of ["sonnx_lenet5", "mlperf_ic_fp32", "tfl_mnist_dw_fp32", "silero_vad_openvino_16k", "onnx2c_lstm_k1", "mlperf_ad_int8_qop"]) {
  test(`otawa: ${name} has nothing that OTAWA does not read`, async (t) => {
    const folder = network(name);
    if (folder === undefined) return t.log("skipped: test data");
    if (!canLink(t)) return;
    const found = await factsFor(await codeOf(folder.model, "integer"), otawaFlags);
    t.is(found.kind === "none" ? found.reasons.join("\n") : found.kind, "facts");
  });
}

test("otawa: in the ordinary form of the C each comparison and each moving load is refused by address", async (t) => {
  const folder = network("sonnx_lenet5");
  if (folder === undefined) return t.log("skipped: test data");
  if (!canLink(t)) return;
  const found = await factsFor(await codeOf(folder.model, "float"), []);
  const reasons = found.kind === "none" ? found.reasons : [];
  t.true(reasons.some((reason) => /^\S+\+0x[0-9a-f]+ \(0x[0-9a-f]+\): OTAWA does not read vcmp in Thumb: build with --float-compare integer/.test(reason)), reasons[0]);
  t.true(reasons.some((reason) => /vldmia in Thumb: compile with -fno-auto-inc-dec/.test(reason)));
});
