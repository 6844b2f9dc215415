/** The same files give the same bits on a Cortex-M4F (QEMU) as in the interpreter. */
import { join } from "node:path";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { compileForCortexM4, runOnCortexM4 } from "../../src/toolchain/cortex-m4.js";
import { hasTools } from "../support/tools.js";
import { programs } from "./programs.js";
import { bits, expected, inFolder, inputsOf } from "./support.js";

// `corners` takes the square root of a double, which this core has no instruction for.
for (const subject of programs.filter(({ name }) => name !== "corners")) {
  test(`cortex-m4: ${subject.name} gives the interpreter's bits`, async (t) => {
    if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm", "qemu-system-arm")) return;
    const { name, program, weights } = subject;
    const vectors = [1, 2, 3].map((seed) => inputsOf(subject, seed));
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(program, { model: name, weights }));
      for (const optimisation of ["O0", "O2"] as const) {
        const output = join(folder, optimisation);
        const { binary } = await compileForCortexM4({ folder, model: name, program, optimisation, output });
        const found = await runOnCortexM4({ output, program }, binary, vectors);
        t.deepEqual(found.map((outputs) => outputs.map(bits)), vectors.map((inputs) => expected(subject, inputs).map(bits)), optimisation);
      }
    });
  });
}

test("cortex-m4: code that would call a library is refused by name", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm")) return;
  const corners = programs.find(({ name }) => name === "corners");
  await inFolder(async (folder) => {
    if (corners === undefined) return t.fail("no such program");
    const { name, program, weights } = corners;
    await writeEmission(folder, emitC(program, { model: name, weights }));
    const error = await t.throwsAsync(compileForCortexM4({ folder, model: name, program, optimisation: "O2" }));
    t.regex(error?.message ?? "", /object code calls sqrt$/);
  });
});
