/** Facts about the loops of a binary: every loop bounded, texts read again, replayed, and no change unnoticed. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { runName } from "../../backends/c/names.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { compileForBoard, countOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board, riscv32Board } from "../../src/toolchain/boards.js";
import { fletcher } from "../../wcet/bind/checksum.js";
import { factFileOf } from "../../wcet/bind/fact-file.js";
import { markedLoops } from "../../wcet/facts/counted.js";
import { sumDifferences } from "../../wcet/bind/guard-facts.js";
import { factFormats } from "../../wcet/bind/formats.js";
import type { FactFile, FactFormat, HeaderLines } from "../../wcet/bind/formats/format.js";
import type { Block, CodeGraph } from "../../wcet/cfg/graph.js";
import { boundablePrograms } from "../backends/programs.js";
import { inFolder, inputsOf } from "../backends/support.js";
import { folderFor, obligato, smallModelIn } from "../cli/support.js";
import { hasTools } from "../support/tools.js";

for (const board of [cortexM4Board, riscv32Board]) {
  for (const subject of boundablePrograms) {
    test(`facts: ${subject.name} on ${board.target}, each format read again bounds what is counted`, async (t) => {
      if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`, board.qemu)) return;
      const { name, program, weights } = subject;
      const emission = emitC(program, { model: name, weights });
      const loops = markedLoops(codeFactsOf(program).loops, checkedReadBack(emission.files).bounds);
      const guards = codeFactsOf(program).guards.map(({ taken }) => taken);
      await inFolder(async (folder) => {
        await writeEmission(folder, emission);
        for (const optimisation of ["O1", "O2", "O3"] as const) {
          const output = join(folder, optimisation);
          const { binary } = await compileForBoard({ board, folder, model: name, program, optimisation, output });
          const observed = Math.max(...(await countOnBoard({ board, output, program }, binary, [1, 2].map((seed) => inputsOf(subject, seed)))));
          for (const format of factFormats.filter(({ byLine }) => byLine !== true)) {
            const found = await factFileOf({ elf: readFileSync(binary), where: "model.elf", entry: runName(name), loops, guards, format });
            if (found.kind === "facts" && format.parseSums !== undefined) t.is(guards.length > 0, /guard \d/.test(found.text), `${optimisation} ${format.name}: guards`);
            if (found.kind === "none") {
              t.regex(found.reasons.join("; "), /no mark is passed in every iteration/, `${optimisation} ${format.name}`);
              t.log(`${optimisation} ${format.name}: refused, ${found.reasons.join("; ")}`);
            } else t.true(found.replayed >= BigInt(observed), `${optimisation} ${format.name}: ${found.replayed} < ${observed}`);
          }
        }
      });
    });
  }
}

const fact = { function: "f", functionAddress: 0x8000, address: 0x8010, max: 7, total: 56, loop: "i" };

/** f: a block, a loop, a block that jumps to itself inside it, and the way out. */
const code: CodeGraph = { problems: [], functions: [{ name: "f", address: 0x8000, blocks: [[1], [2, 4], [2, 3], [1], []].map(blockOf) }] };

function blockOf(successors: readonly number[], id: number): Block {
  const address = 0x8000 + 16 * id;
  return { id, successors, calls: undefined, exits: successors.length === 0, instructions: [{ address, size: 4, flow: { kind: "next" }, class: "alu" }] };
}

const lines: HeaderLines = new Map([0x8010, 0x8020].map((address, k) => [address, { file: "f.c", line: 10 + k }]));
const file: FactFile = { elf: "x.elf", checksum: 0x4359a46d, digest: "ab".repeat(32), entry: "f", code, lines, facts: [fact, { ...fact, address: 0x8020, max: 0, total: 0, loop: "j" }] };

function textOf(format: FactFormat): string {
  return format.print(file);
}


/** The first place of a fact, the first name, and every number of a fact, changed one at a time. */
function damages(name: string, text: string): readonly string[] {
  const places: readonly (readonly [from: string | RegExp, to: string])[] = [
    [/(0x|"|\+ |block: )(10|16|1)\b/, "$1xz"], [/"f(?:\.c)?"|\nf,/, '"g"'],
    [/(max |maxcount="|<= |0\.\.|rhs: '|0x8010,)(\d+)/, "$10$2"], [/(max |maxcount="|<= |0\.\.|rhs: '|0x8010,)(\d+)/, "$14294967296"], [/(max |maxcount="|<= |0\.\.|rhs: '|0x8010,)(\d+)/, "$1-1"],
  ];
  const lines = text.split("\n");
  const first = lines.findIndex((line) => /(?:max|maxcount|<=|bound: 0|rhs:|0x8010)/.test(line) && !line.startsWith("function,"));
  const doubled = lines.toSpliced(first, 0, lines[first] ?? "");
  return [...places.map(([from, to]) => text.replace(from, to)), `${text}nonsense\n`, doubled.join("\n")].map((damaged) => {
    if (damaged === text) throw new Error(`${name}: not damaged`);
    return damaged;
  });
}

for (const format of factFormats) {
  test(`facts: ${format.name} comes back as it was written, and nothing else is read`, (t) => {
    const back = format.parse(textOf(format), code, lines);
    t.deepEqual(back.map(({ address, max }) => [address, max]), file.facts.map(({ address, max }) => [address, max]));
    const damaged = damages(format.name, textOf(format));
    for (const text of damaged) {
      t.not(text, textOf(format));
      t.throws(() => format.parse(text, code, lines), { message: /cannot read/ }, text);
    }
  });

  test(`facts: ${format.name} leaves out a total that would wrap`, (t) => {
    const text = format.print({ ...file, facts: [{ ...fact, total: 2 ** 31 }] });
    const [back] = format.parse(text, code, lines);
    if (format.name === "csv") t.is(back?.total, 2 ** 31);
    else t.is(back?.total, undefined);
  });
}

test("facts: the checksum is OTAWA's", (t) => {
  t.is(fletcher(new Uint8Array([])), 0xffffffff);
  t.is(fletcher(new Uint8Array([1, 0])), 1, "by hand: 0xffff + 1 and 0xffff + 0x10000, each folded once, the upper sum cut at 16 bits");
  t.not(fletcher(new Uint8Array([1, 2, 3])), fletcher(new Uint8Array([1, 2, 4])));
});

test("facts: exported, checked, and no longer those of a changed file", (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm")) return;
  const folder = folderFor(t);
  const [out, facts] = [join(folder, "out"), join(folder, "model.ff")];
  t.is(obligato(["build", smallModelIn(folder), "-o", out]).status, 0);
  const made = obligato(["flowfacts", out, "--format", "f4", "-o", facts]);
  t.is(made.status, 0, made.errors);
  t.regex(made.output, /\d+ loops of/);
  const elf = `${facts}.elf`;
  t.true(existsSync(elf));
  t.is(obligato(["flowfacts", out, "--format", "f4", "--elf", elf, "--check", facts]).status, 0);
  const named = join(folder, "again.ff");
  t.is(obligato(["flowfacts", out, "--format", "f4", "--elf", elf, "-o", named]).status, 0);
  t.is(obligato(["flowfacts", out, "--format", "f4", "--elf", elf, "--check", named]).status, 0);
  const text = readFileSync(named, "utf8");
  writeFileSync(named, text.replace(/max (\d+)/, (_, n: string) => `max ${Number(n) + 1}`));
  t.is(obligato(["flowfacts", out, "--format", "f4", "--elf", elf, "--check", named]).status, 3);
  writeFileSync(named, text);
  const bytes = readFileSync(elf);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(elf, bytes);
  t.is(obligato(["flowfacts", out, "--format", "f4", "--elf", elf, "--check", named]).status, 3, "the checksum names the other file");
});

const sums = [{ name: "guard 0 start", blocks: [0x8010, 0x8020, 0x8020], total: 24 }, { name: "guard 1 end", blocks: [0x8030], total: 0 }];

for (const format of factFormats.filter(({ parseSums }) => parseSums !== undefined)) {
  test(`facts: ${format.name}, bounds of guarded bodies are read again, and a change is noticed`, (t) => {
    const text = format.print({ ...file, sums });
    const read = (from: string) => sumDifferences(sums, format.parseSums?.(from, code) ?? []);
    t.deepEqual(read(text), []);
    t.deepEqual(format.parse(text, code).length, file.facts.length, "beside the loops");
    const line = /^.*guard 0 start$\n/m;
    const changes: Readonly<Record<string, string>> = {
      lost: text.replace(line, ""), doubled: text.replace(line, (all) => all + all),
      less: text.replace(/24(?=['",]+.*guard 0)/, "23"), more: text.replace(/24(?=['",]+.*guard 0)/, "25"),
      moved: text.replace(format.name === "csv" ? /0x10,0x8010(?=,,)/ : /block: 1 \} \}(?=.*guard 0)/, (all) => (format.name === "csv" ? "0x40,0x8040" : all.replace("1", "4"))),
      zero: text.replace(/24(?=['",]+.*guard 0)/, "024"), other: text.replace(/\b0(?=['",]+.*guard 1)/, "1"),
    };
    for (const [what, changed] of Object.entries(changes)) {
      t.not(changed, text, what);
      const noticed = (): readonly string[] => { try { return [...read(changed), ...(format.parse(changed, code), [])]; } catch { return ["refused"]; } };
      t.true(noticed().length > 0 || (what === "doubled" && format.name === "pml"), what);
    }
  });
}

test("flowfacts --count: the exported facts are what runs, and a changed one is named", (t) => {
  if (!hasTools(t, "gcc")) return;
  const folder = folderFor(t);
  const out = join(folder, "out");
  t.is(obligato(["build", smallModelIn(folder), "-o", out]).status, 0);
  const same = obligato(["flowfacts", out, "--count", "2"]);
  t.is(same.status, 0, same.errors);
  t.regex(same.output, /^\d+ loops and \d+ guards counted over 2 inputs: exactly/);
  const facts = join(out, "evidence", "flow-facts", "flow-facts.json");
  const said = JSON.parse(readFileSync(facts, "utf8")) as { loops: Record<string, { N_body: number; N_backedge: number; N_header: number; entries: number; total: number }> };
  const last = Object.values(said.loops).at(-1);
  if (last === undefined) return void t.fail("no loop");
  const more = last.N_body + 1; // an inner loop, so all else stays as it must be
  Object.assign(last, { N_body: more, N_backedge: more, N_header: more + 1, total: last.entries * more });
  writeFileSync(facts, `${JSON.stringify(said, null, 2)}\n`);
  const other = obligato(["flowfacts", out, "--count", "--json"]);
  t.is(other.status, 1, other.errors);
  const { runs, problems } = JSON.parse(other.output) as { runs: number; problems: readonly string[] };
  t.is(runs, 4);
  t.is(problems.length, runs, "one of each input");
});

test("wcet: a bound with its shares, a budget kept and a budget exceeded", (t) => {
  if (!hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm")) return;
  const folder = folderFor(t);
  const out = join(folder, "out");
  t.is(obligato(["build", smallModelIn(folder), "-o", out]).status, 0);
  const plain = obligato(["wcet", out]);
  t.is(plain.status, 0, plain.errors);
  t.regex(plain.output, /^at most [\d,]+ instructions {2}\(instruction count\)/);
  t.is(obligato(["wcet", out, "--wcet-budget", "1000000"]).status, 0);
  const over = obligato(["wcet", out, "--core", "cortex-m4", "--wcet-budget", "1us@1MHz"]);
  t.is(over.status, 5, over.errors);
  t.regex(over.output, /over the budget of 1 cycles by/);
  t.is(obligato(["wcet", out, "--core", "instructions", "--wcet-budget", "1ms@1MHz"]).status, 64, "instructions are no time");
  t.regex(obligato(["wcet", out, "--target", "cortex-m4f", "--flash-wait-states", "5", "--core", "cortex-m4", "--wcet-budget", "1s@1MHz"]).output, /wait states: flash 5, RAM 0[^]*at 1 MHz the bound is [0-9.]+ ms/, "the core that the target names");
  t.is(obligato(["wcet", out, "--wcet-budget", "soon"]).status, 64);
  t.is(obligato(["wcet", out, "--target", "rv32", "--core", "cv32e40p", "--wcet-budget", "10ms@16MHz"]).status, 0);
  const json = JSON.parse(obligato(["wcet", out, "--json"]).output) as { unit: string; bound: number; byLoop: { cost: number }[] };
  t.is(json.unit, "instructions");
  t.is(json.byLoop.reduce((sum, { cost }) => sum + cost, 0), json.bound);
});
