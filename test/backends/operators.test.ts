/**
 * The C text of every scalar operator computes what the evaluator says, for every
 * type, compiled by every compiler at its lowest and highest level.
 */
import test, { type ExecutionContext } from "ava";
import type { FloatCompare } from "../../backends/backend.js";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { basicOperators, functionOperators } from "../../ir/scalar/ops.js";
import { printProgram } from "../../ir/loop/print.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runCompiled, runSelftest } from "../../src/toolchain/run.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { tableOf } from "./operator-table.js";
import { bits, inFolder, trappingFlags } from "./support.js";

async function agrees(t: ExecutionContext, operators: readonly string[], { fused = false, floatCompare = "float", extra = [] }: { readonly fused?: boolean; readonly floatCompare?: FloatCompare; readonly extra?: readonly string[] } = {}): Promise<void> {
  const { program, inputs, outputs } = tableOf(operators);
  const emission = emitC(program, { model: "operators", weights: new Map(), golden: { inputs, outputs }, floatCompare });
  t.is(printProgram(checkedReadBack(emission.files).program), printProgram(program));
  await inFolder(async (folder) => {
    await writeEmission(folder, emission);
    for (const compiler of await findCompilers()) {
      for (const optimisation of ["O0", "O3"] as const) {
        const { binary } = await compileModel({ folder, model: "operators", compiler, optimisation, fused, extra });
        const found = await runCompiled(binary, inputs, outputs);
        for (const [k, output] of outputs.entries()) t.deepEqual(found.slice(k, k + 1).map(bits), [bits(output)], `${compiler.kind} -${optimisation} ${output.type}`);
        t.is(await runSelftest(binary), 0);
      }
    }
  });
  t.log(`${operators.length} operators, ${outputs.reduce((sum, { data }) => sum + data.length, 0)} results`);
}

const isFused = (name: string): boolean => name.startsWith("fma.");

test("operators: the C text of every basic operator computes what the evaluator says", async (t) => {
  if (hasTools(t, "gcc", "nm")) await agrees(t, basicOperators.filter((name) => !isFused(name)));
});

test("operators: fma is one rounding, with the instruction", async (t) => {
  if (hasTools(t, "gcc", "nm")) await agrees(t, basicOperators.filter(isFused), { fused: true });
});

test("operators: the C text of every named function computes what its term says", async (t) => {
  if (hasTools(t, "gcc", "nm")) await agrees(t, functionOperators);
});

test("operators: no text relies on what a compiler makes of overflow", async (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  await agrees(t, [...basicOperators.filter((name) => !isFused(name)), ...functionOperators], { extra: trappingFlags });
});

test("operators: floats compared as integers compute what the evaluator says", async (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  await agrees(t, [...basicOperators.filter((name) => !isFused(name)), ...functionOperators], { floatCompare: "integer" });
});
