/** The same files give the same bits on a Cortex-M4F and on RV32IMAFC (QEMU) as in the interpreter. */
import { join } from "node:path";
import test from "ava";
import { otawaFlags } from "../../backends/c/flags.js";
import { emitC } from "../../backends/c/emit.js";
import { basicOperators, signatureOf } from "../../ir/scalar/ops.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { compileForBoard, runOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board, riscv32Board } from "../../src/toolchain/boards.js";
import { hasTools } from "../support/tools.js";
import { tableOf } from "./operator-table.js";
import { programs } from "./programs.js";
import { bits, expected, inFolder, inputsOf } from "./support.js";

/** Doubles are computed by the compiler's library there, and fma is of another contract. */
const operatorsOnF32 = basicOperators.filter((op) => signatureOf(op).args.includes("f32") && !op.includes("f64") && !op.startsWith("fma."));

for (const board of [cortexM4Board, riscv32Board]) {
  // `corners` takes the square root of a double, which these cores have no instruction for.
  for (const subject of programs.filter(({ name }) => name !== "corners")) {
    test(`boards: ${subject.name} gives the interpreter's bits on ${board.target}`, async (t) => {
      if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, board.qemu)) return;
      const { name, program, weights } = subject;
      const vectors = [1, 2, 3].map((seed) => inputsOf(subject, seed));
      await inFolder(async (folder) => {
        await writeEmission(folder, emitC(program, { model: name, weights }));
        for (const optimisation of ["O0", "O2"] as const) {
          const output = join(folder, optimisation);
          const { binary } = await compileForBoard({ board, folder, model: name, program, optimisation, output });
          const found = await runOnBoard({ board, output, program }, binary, vectors);
          t.deepEqual(found.map((outputs) => outputs.map(bits)), vectors.map((inputs) => expected(subject, inputs).map(bits)), optimisation);
        }
      });
    });
  }

  test(`boards: every operator on floats gives the interpreter's bits on ${board.target}, compared as integers`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, board.qemu)) return;
    const { program, inputs, outputs } = tableOf(operatorsOnF32);
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: "operators", weights: new Map(), floatCompare: "integer" }));
      const output = join(folder, "O2");
      const { binary } = await compileForBoard({ board, folder, model: "operators", program, optimisation: "O2", output, extra: otawaFlags });
      t.deepEqual((await runOnBoard({ board, output, program }, binary, [inputs])).map((found) => found.map(bits)), [outputs.map(bits)]);
    });
  });

  test(`boards: code for ${board.target} that would call a library is refused by name`, async (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`)) return;
    const corners = programs.find(({ name }) => name === "corners");
    await inFolder(async (folder) => {
      if (corners === undefined) return t.fail("no such program");
      const { name, program, weights } = corners;
      await writeEmission(folder, emitC(program, { model: name, weights }));
      const error = await t.throwsAsync(compileForBoard({ board, folder, model: name, program, optimisation: "O2" }));
      t.regex(error?.message ?? "", /object code calls sqrt$/);
    });
  });
}
