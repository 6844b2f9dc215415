/** Copies of the C with bounds: compilers take them, the code stays the same, and Heptane's records say what the text says. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { present } from "../../ir/prelude.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { loopForest } from "../../wcet/cfg/loops.js";
import { codeGraph } from "../../wcet/cfg/graph.js";
import { readElf, sectionNamed } from "../../wcet/elf/elf.js";
import { annotated, sourceProblems } from "../../wcet/export/source-format.js";
import { sourceFormats } from "../../wcet/export/source-formats.js";
import { boundablePrograms } from "../backends/programs.js";
import { inFolder } from "../backends/support.js";
import { hasTools } from "../support/tools.js";

const machine = ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-std=gnu99", "-ffreestanding", "-fopenmp-simd", "-nostdlib", "-Wl,--no-warn-mismatch,--unresolved-symbols=ignore-all"];

for (const { name, program, weights } of boundablePrograms) {
  const { files } = emitC(program, { model: name, weights });
  const bounds = checkedReadBack(files).bounds.filter(({ called }) => called !== true);
  const source = present(files.find((file) => file.name === bounds[0]?.file), "source");
  const formats = new Map(sourceFormats.map((format) => [format.name, format]));

  test(`copies: ${name}, every loop has its bound and nothing else changed`, (t) => {
    for (const format of sourceFormats) {
      const copy = annotated(format, source.text, bounds);
      t.deepEqual(sourceProblems(format, copy, source.text, bounds), [], format.name);
      t.is(copy.split("\n").filter((line) => format.read(line) !== undefined).length, bounds.length, format.name);
    }
  });

  test(`copies: ${name}, pragmas and comments leave the code as it is`, async (t) => {
    if (!hasTools(t, "arm-none-eabi-gcc")) return;
    await inFolder(async (folder) => {
      await writeEmission(folder, { files, harness: [] });
      const codeOf = (text: string): Uint8Array => {
        writeFileSync(join(folder, source.name), text);
        const done = spawnSync("arm-none-eabi-gcc", [...machine, "-O2", "-c", join(folder, source.name), "-o", join(folder, "x.o")], { encoding: "utf8" });
        t.is(done.status, 0, done.stderr);
        return present(sectionNamed(readElf(readFileSync(join(folder, "x.o")), "x.o"), ".text"), ".text").bytes;
      };
      const plain = codeOf(source.text);
      t.true(plain.length > 0);
      for (const format of ["tacle", "ais-comments"]) t.deepEqual(codeOf(annotated(present(formats.get(format), format), source.text, bounds)), plain, format);
    });
  });

  test(`copies: ${name}, each record for Heptane stands in a loop of that bound`, async (t) => {
    if (!hasTools(t, "arm-none-eabi-gcc")) return;
    await inFolder(async (folder) => {
      await writeEmission(folder, { files, harness: [] });
      writeFileSync(join(folder, source.name), annotated(present(formats.get("heptane"), "heptane"), source.text, bounds));
      const elf = join(folder, "x.elf");
      const done = spawnSync("arm-none-eabi-gcc", [...machine, "-O0", `-Wl,-e,${name}_run`, join(folder, source.name), "-o", elf, "-lgcc"], { encoding: "utf8" });
      t.is(done.status, 0, done.stderr);
      const image = readElf(readFileSync(elf), "x.elf");
      const { bytes } = present(sectionNamed(image, ".wcet_annot"), ".wcet_annot");
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const records = Array.from({ length: bytes.length / 12 }, (_, k) => [0, 4, 8].map((at) => view.getUint32(12 * k + at, true)));
      t.deepEqual(records.map(([, kind]) => kind), bounds.map(() => 1));
      t.deepEqual(records.map(([, , bound]) => bound).toSorted(), bounds.map(({ bound }) => bound).toSorted());
      const { functions } = codeGraph(image, present(image.functions.find((f) => f.name === `${name}_run`), "entry"));
      const homes = new Set<string>();
      for (const graph of functions) {
        const { innermost } = loopForest(graph);
        for (const { id, instructions } of graph.blocks) for (const { address } of instructions) if (records.some(([at]) => at === address)) homes.add(`${graph.name} ${innermost[id] ?? "no loop"}`);
      }
      t.is(homes.size, bounds.length, "each in a loop of its own");
      t.false([...homes].some((home) => home.endsWith("no loop")));
    });
  });
}
