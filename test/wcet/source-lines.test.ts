/** Facts by source line: only for an ELF in which OTAWA's search by line finds the right loop, or refused by the loop. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { runName } from "../../backends/c/names.js";
import { present } from "../../ir/prelude.js";
import { cortexM4Board, riscv32Board } from "../../src/toolchain/boards.js";
import { factFileOf } from "../../wcet/bind/fact-file.js";
import { factFormats } from "../../wcet/bind/formats.js";
import { parseFfx } from "../../wcet/bind/formats/ffx.js";
import { readElf, sectionNamed } from "../../wcet/elf/elf.js";
import { lineRows } from "../../wcet/elf/line-table.js";
import { lineFlags } from "../../wcet/facts/lines.js";
import { inFolder } from "../backends/support.js";
import { folderFor, obligato, smallModelIn } from "../cli/support.js";
import { hasTools } from "../support/tools.js";
import { canLink, exported, linesOf, linked, loopsOf, reasonsOf, subjectNamed } from "./support.js";

const byLine = present(factFormats.find((format) => format.byLine), "ffx-lines");
const byLabel = present(factFormats.find(({ name }) => name === "ffx"), "ffx");

for (const board of [cortexM4Board, riscv32Board]) {
  for (const name of ["perceptron", "convolution", "quantised", "workers"]) {
    test(`lines: ${name} on ${board.target}, with the flags each loop is found at its own line, and the bound is that by label`, async (t) => {
      if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`)) return;
      const subject = subjectNamed(name);
      let exact = 0;
      for (const optimisation of ["O0", "O1", "O2"] as const) {
        const elf = await linked(subject, { board, optimisation, extra: lineFlags });
        const [found, label] = [await exported(elf, byLine, subject), await exported(elf, byLabel, subject)];
        if (found.kind === "none") {
          t.regex(reasonsOf(found), /by its lines the loop is|both begin at|DWARF 5/, optimisation);
          t.log(`${optimisation}: refused, ${reasonsOf(found)}`);
          continue;
        }
        if (label.kind === "none") return t.fail(reasonsOf(label));
        const lines = new Set([...linesOf(subject).values()].map((at) => `${at?.file ?? ""}:${at?.line ?? 0}`));
        for (const { at } of parseFfx(found.text)) t.true("file" in at && lines.has(`${at.file}:${at.line}`));
        t.true(found.replayed >= label.replayed, optimisation);
        if (found.replayed === label.replayed) exact++;
      }
      t.true(exact > 0, "at some level of optimisation the lines are as good as labels");
    });
  }
}

test("lines: plain -O2 puts headers on lines of other loops, and is refused by loop and by line", async (t) => {
  if (!canLink(t)) return;
  const convolution = subjectNamed("convolution");
  const found = await exported(await linked(convolution, { extra: ["-gdwarf-4"] }), byLine, convolution);
  t.regex(reasonsOf(found), /^convolution_run\+0x[0-9a-f]+: by its lines the loop is \w+, by its marks \w+: compile with -O0 -gdwarf-4, or with -gdwarf-4 -fno-tree-ch/);
  t.regex(reasonsOf(await exported(await linked(convolution), byLine, convolution)), /has no line table/);
  t.regex(reasonsOf(await exported(await linked(convolution, { extra: lineFlags.map((flag) => flag.replace("-gdwarf-4", "-gdwarf-5")) }), byLine, convolution)), /DWARF 5/);
});

test("lines: a fact moved to another loop's line, or a line table that was changed, yields no facts", async (t) => {
  if (!canLink(t)) return;
  const convolution = subjectNamed("convolution");
  const elf = await linked(convolution, { extra: lineFlags });
  const good = await exported(elf, byLine, convolution);
  if (good.kind === "none") return t.fail(reasonsOf(good));
  const lines = parseFfx(good.text).map(({ at }) => ("line" in at ? at.line : 0));
  for (const [k, line] of lines.entries()) {
    const other = present(lines[(k + 1) % lines.length], "line");
    const print = (): string => good.text.replace(`line="${line}"`, `line="x"`).replace(`line="${other}"`, `line="${line}"`).replace(`line="x"`, `line="${other}"`);
    const exchanged = await exported(elf, { ...byLine, print }, convolution);
    if (print().split("\n").toSorted().join() !== good.text.split("\n").toSorted().join()) t.is(exchanged.kind, "none", `lines ${line} and ${other}`);
  }
  const moved = linesOf(convolution);
  const [a, b] = [...moved.keys()];
  const wrong = new Map([...moved].map(([loop, at]) => [loop, present(moved.get(loop === a ? b ?? "" : loop === b ? a ?? "" : loop) ?? at, loop)]));
  const found = await factFileOf({ elf, where: "model.elf", entry: runName("convolution"), loops: loopsOf(convolution), lines: wrong, format: byLine });
  t.regex(reasonsOf(found), /by its lines the loop is/);
  for (const at of [4, 6, 14]) {
    const damaged = Uint8Array.from(elf);
    const section = present(sectionNamed(readElf(damaged, "x"), ".debug_line"), ".debug_line").bytes;
    damaged[section.byteOffset + at] = 0xee;
    t.is((await exported(damaged, byLine, convolution)).kind, "none", `byte ${at} of the line table`);
  }
});

test("lines: the table is the one that readelf prints", async (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm", "arm-none-eabi-readelf")) return;
  const elf = await linked(subjectNamed("convolution"), { extra: ["-gdwarf-4"] });
  await inFolder((folder) => {
    writeFileSync(join(folder, "x.elf"), elf);
    const { stdout } = spawnSync("arm-none-eabi-readelf", ["--debug-dump=decodedline", "--wide", join(folder, "x.elf")], { encoding: "utf8", maxBuffer: 2 ** 26 });
    const due = [...stdout.matchAll(/^(\S+\.[ch]) +(\d+|-) +(0x[0-9a-f]+|0)\b/gm)].map(([, file, line, address]) => `${file} ${line} ${Number(address)}`);
    const rows = present(lineRows(readElf(readFileSync(join(folder, "x.elf")), "x")), "rows");
    t.true(due.length > 100);
    t.deepEqual(rows.map(({ file, line, address, end }) => `${file} ${end ? "-" : line} ${address}`), due);
    return Promise.resolve();
  });
});

test("lines: the command compiles with the flags where it is not given an ELF", (t) => {
  if (!canLink(t)) return;
  const folder = folderFor(t);
  const out = join(folder, "out");
  t.is(obligato(["build", smallModelIn(folder), "-o", out]).status, 0);
  const [facts, plain] = [join(folder, "model.ffx"), join(folder, "plain.ffx")];
  const made = obligato(["flowfacts", out, "--format", "ffx-lines", "--optimisation", "O1", "-o", facts]);
  t.is(made.status, 0, made.output + made.errors);
  t.regex(readFileSync(facts, "utf8"), /<loop source="\w+\.c" line="\d+" maxcount="\d+"/);
  t.is(obligato(["flowfacts", out, "--format", "ffx", "-o", plain]).status, 0);
  const refused = obligato(["flowfacts", out, "--format", "ffx-lines", "--elf", `${plain}.elf`, "-o", facts]);
  t.is(refused.status, 2);
  t.regex(refused.output, /no line table/);
});
