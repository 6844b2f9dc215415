/** Nothing wrong leaves as facts: a writer that errs, a text, a mark or an ELF that was changed is noticed, in every format. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { runName } from "../../backends/c/names.js";
import { Refusal, present } from "../../ir/prelude.js";
import { factFileOf } from "../../wcet/bind/fact-file.js";
import { factFormats } from "../../wcet/bind/formats.js";
import type { FactFormat } from "../../wcet/bind/formats/format.js";
import type { LoopFact } from "../../wcet/bind/loop-facts.js";
import { codeGraph } from "../../wcet/cfg/graph.js";
import { readElf, sectionNamed } from "../../wcet/elf/elf.js";
import { type Mark, markSection, marksHeader, marksOf } from "../../wcet/elf/marks.js";
import type { HeaderFact } from "../../wcet/ipet/ipet.js";
import { annotated, sourceProblems } from "../../wcet/export/source-format.js";
import { sourceFormats } from "../../wcet/export/source-formats.js";
import { inFolder } from "../backends/support.js";
import { folderFor, obligato, smallModelIn } from "../cli/support.js";
import { hasTools } from "../support/tools.js";
import { exported, linked, linkedFor, loopsOf, subjectNamed } from "./support.js";

const subject = subjectNamed("convolution");
const { name } = subject;
const loops = loopsOf(subject);
const elfOf = (format?: FactFormat): Promise<Uint8Array> => (format === undefined ? linked(subject) : linkedFor(format, subject));

async function textOf(t: ExecutionContext, format: FactFormat): Promise<string> {
  const found = await exported(await elfOf(format), format, subject);
  if (found.kind === "facts") return found.text;
  t.fail(found.reasons.join("; "));
  return "";
}

const canBuild = (t: ExecutionContext): boolean => hasTools(t, "arm-none-eabi-gcc", "arm-none-eabi-nm");

/** A writer that errs in one fact. */
const slips: readonly (readonly [what: string, slip: (fact: LoopFact) => LoopFact | undefined])[] = [
  ["writes one back edge less", (fact) => ({ ...fact, max: fact.max - 1 })],
  ["writes one back edge more", (fact) => ({ ...fact, max: fact.max + 1 })],
  ["writes another total", (fact) => ({ ...fact, total: fact.total - 1 })],
  ["writes another offset", (fact) => ({ ...fact, address: fact.address + 2 })],
  ["writes another function", (fact) => ({ ...fact, function: "elsewhere" })],
  ["forgets a loop", () => undefined],
];

for (const format of factFormats) {
  for (const [what, slip] of slips) {
    test(`damage: ${format.name}, a writer that ${what}`, async (t) => {
      if (!canBuild(t)) return;
      const print: FactFormat["print"] = (file) => format.print({ ...file, facts: file.facts.flatMap((fact, k) => (k === file.facts.length - 1 ? (slip(fact) ?? []) : fact)) });
      const outcome = await exported(await elfOf(format), { ...format, print }, subject).catch((error: unknown) => {
        if (error instanceof Refusal) return error.code;
        throw error;
      });
      const withoutTotals = !/total|edgesource/.test(await textOf(t, format));
      const harmless = (what === "writes another total" && withoutTotals) || (what === "writes another function" && (format.name === "pml" || format.byLine === true)); // what is not written cannot be wrong: PML names functions by its own graphs
      if (harmless) return t.is(typeof outcome !== "string" && outcome.kind === "facts" ? outcome.text : "", await textOf(t, format));
      t.true(typeof outcome === "string" ? outcome === "facts-syntax" : outcome.kind === "none", typeof outcome === "string" ? outcome : outcome.kind);
    });
  }

  test(`damage: ${format.name}, the same ELF gives the same bytes, with its digest`, async (t) => {
    if (!canBuild(t)) return;
    const text = await textOf(t, format);
    t.is(text, await textOf(t, format));
    t.true(text.includes(createHash("sha256").update(await elfOf(format)).digest("hex")));
  });
}

/** The ELF with one of its marks changed where it lies in the file. */
function withMark(bytes: Uint8Array, k: number, change: (view: DataView, mark: Mark) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const elf = readElf(copy, "model.elf");
  const section = present(sectionNamed(elf, markSection), markSection).bytes;
  const marks = marksOf(elf, "model.elf");
  let at = 0;
  for (const { loop } of marks.slice(0, k)) at = (at + 8 + loop.length + 1 + 3) & ~3;
  change(new DataView(copy.buffer, section.byteOffset + at), present(marks[k], "mark"));
  return copy;
}

const tamperings: readonly (readonly [what: string, due: RegExp, change: (view: DataView, mark: Mark) => void])[] = [
  ["a bound one less", /iterations, the program/, (view, { bound }) => { view.setUint32(4, bound - 1, true); }],
  ["a bound one more", /iterations, the program/, (view, { bound }) => { view.setUint32(4, bound + 1, true); }],
  ["another name", /which the program does not have|no mark in the code/, (view, { loop }) => { view.setUint8(8, loop.charCodeAt(0) === 122 ? 121 : 122); }],
  ["an address outside the code", /no mark in the code/, (view) => { view.setUint32(0, 0xfffffff0, true); }],
];

for (const [what, due, change] of tamperings) {
  test(`damage: a mark with ${what} yields no facts`, async (t) => {
    if (!canBuild(t)) return;
    const elf = await elfOf();
    const marks = marksOf(readElf(elf, "model.elf"), "model.elf");
    const copies = new Map<string, number>();
    for (const { loop } of marks) copies.set(loop, (copies.get(loop) ?? 0) + 1);
    for (const [k, { loop }] of marks.entries()) {
      if (what.startsWith("an address") && copies.get(loop) !== 1) continue;
      const found = await exported(withMark(elf, k, change), present(factFormats[0], "f4"), subject);
      t.regex(found.kind === "none" ? found.reasons.join("; ") : "facts", due, `${loop} at ${k}`);
    }
  });
}

test("damage: marks of two nested loops exchanged yield no facts", async (t) => {
  if (!canBuild(t)) return;
  const elf = await elfOf();
  const marks = marksOf(readElf(elf, "model.elf"), "model.elf");
  let exchanged = 0;
  for (const [k, one] of marks.entries()) {
    for (const [l, other] of marks.entries()) {
      if (loops.get(one.loop)?.parent !== other.loop || one.loop.length !== other.loop.length) continue;
      const put = (mark: Mark) => (view: DataView): void => {
        view.setUint32(4, mark.bound, true);
        new TextEncoder().encode(mark.loop).forEach((letter, c) => { view.setUint8(8 + c, letter); });
      };
      const found = await exported(withMark(withMark(elf, k, put(other)), l, put(one)), present(factFormats[0], "f4"), subject);
      exchanged++;
      t.is(found.kind, "none", `${one.loop} and ${other.loop}`);
    }
  }
  t.true(exchanged > 2);
});

/** Bounds by address of the header; undefined where there are no facts. */
async function boundsIn(elf: Uint8Array): Promise<ReadonlyMap<number, HeaderFact> | undefined> {
  const csv = present(factFormats.find((format) => format.name === "csv"), "csv");
  const found = await exported(elf, csv, subject);
  const image = readElf(elf, "model.elf");
  const code = codeGraph(image, present(image.functions.find((f) => f.name === runName(name)), "entry"));
  return found.kind === "none" ? undefined : new Map(csv.parse(found.text, code).map((fact) => [fact.address, fact]));
}

test("damage: a mark moved anywhere near is refused, or no bound is smaller for it", async (t) => {
  if (!canBuild(t)) return;
  const elf = await elfOf();
  const good = present(await boundsIn(elf), "facts");
  let refused = 0;
  for (const k of marksOf(readElf(elf, "model.elf"), "model.elf").keys()) {
    for (const distance of [-90, -48, -24, -10, -4, -2, 2, 4, 10, 24, 48, 90]) {
      const found = await boundsIn(withMark(elf, k, (view, { address }) => { view.setUint32(0, address + distance, true); }));
      if (found === undefined) refused++;
      else for (const [address, { max, total = 0 }] of good) t.true((found.get(address)?.max ?? -1) >= max && (found.get(address)?.total ?? -1) >= total, `mark ${k} moved by ${distance}`);
    }
  }
  t.true(refused > 20, `${refused} refused`);
});

const half = "int f(int *x)\n{\n    for (int i = 0; i < 6; i++) { x[i]++; LOOP_BOUND(i, 6); }\n    while (*x > 0) { *x -= 3; __asm__ volatile(\"\"); }\n    return 0;\n}\n";

test("damage: a loop without a mark is refused by its place", async (t) => {
  if (!canBuild(t)) return;
  await inFolder(async (folder) => {
    const [source, header, elf] = [join(folder, "f.c"), join(folder, "marks.h"), join(folder, "f.elf")];
    writeFileSync(source, half);
    writeFileSync(header, marksHeader);
    const done = spawnSync("arm-none-eabi-gcc", ["-O1", "-mcpu=cortex-m4", "-mthumb", "-ffreestanding", "-nostdlib", "-Wl,-e,f", "-include", header, source, "-o", elf], { encoding: "utf8" });
    t.is(done.status, 0, done.stderr);
    for (const format of factFormats.filter(({ byLine }) => byLine !== true)) {
      const found = await factFileOf({ elf: readFileSync(elf), where: "f.elf", entry: "f", loops: new Map([["i", { extent: 6, total: 6, parent: undefined }]]), format });
      t.regex(found.kind === "none" ? found.reasons.join("; ") : "facts", /^f\+0x[0-9a-f]+ \(0x[0-9a-f]+\): no mark is passed in every iteration, and none stands in the loop: compile with the pinned flags$/, format.name);
    }
  });
});

test("damage: a name that breaks out of a comment, and a label of two functions, are refused", async (t) => {
  if (!canBuild(t)) return;
  const elf = await elfOf();
  const f4 = present(factFormats[0], "f4");
  for (const where of ["a--b.elf", 'x".elf', "a b.elf"]) {
    const found = await factFileOf({ elf, where, entry: runName(name), loops, format: f4 });
    t.regex(found.kind === "none" ? found.reasons.join("; ") : "facts", /not every format can carry/, where);
  }
  await inFolder(async (folder) => {
    writeFileSync(join(folder, "marks.h"), marksHeader);
    const inner = (i: string): string => `__attribute__((noinline)) static int g(int *x) { for (int ${i} = 0; ${i} < 6; ${i}++) { x[${i}]++; LOOP_BOUND(${i}, 6); } return *x; }\n`;
    writeFileSync(join(folder, "f.c"), `${inner("i")}int h(int *);\nint f(int *x) { return g(x) + h(x); }\n`);
    writeFileSync(join(folder, "h.c"), `${inner("j")}int h(int *x) { return g(x) - 1; }\n`);
    const elfPath = join(folder, "f.elf");
    const done = spawnSync("arm-none-eabi-gcc", ["-O1", "-mcpu=cortex-m4", "-mthumb", "-ffreestanding", "-nostdlib", "-Wl,-e,f", "-include", join(folder, "marks.h"), join(folder, "f.c"), join(folder, "h.c"), "-o", elfPath], { encoding: "utf8" });
    t.is(done.status, 0, done.stderr);
    const program = new Map(["i", "j"].map((each) => [each, { extent: 6, total: 6, parent: undefined }]));
    const found = await factFileOf({ elf: readFileSync(elfPath), where: "f.elf", entry: "f", loops: program, format: f4 });
    t.deepEqual(found, { kind: "none", reasons: ["several functions are called g: a label would be taken for any of them"] });
  });
});

const loop = { loop: "i", bound: 7, file: "m.c", line: 2 };
const text = "void f(void) {\n    for (int32_t i = 0; i < 7; i++) {\n        LOOP_BOUND(i, 7);\n    }\n}\n";
for (const format of sourceFormats) {
  test(`damage: ${format.name}, the annotated copy is the text with its bounds, and every change is noticed`, (t) => {
    const copy = annotated(format, text, [loop]);
    t.deepEqual(sourceProblems(format, copy, text, [loop]), []);
    t.not(copy, text);
    const line = present(copy.split("\n")[format.head.length + 1], "line");
    const changes = [
      copy.replace("i < 7", "i < 6"), copy.replace(line, present(text.split("\n")[1], "for")), copy.replaceAll(/(min |max |\.\.|maxiter )(\d+)/g, (_, word: string, n: string) => `${word}${Number(n) + 1}`),
      ...(format.head.length === 0 ? [] : [copy.replace(format.head[0] ?? "", "/* any build */")]), `${copy}int x;\n`,
    ];
    for (const changed of changes) t.true(changed !== copy && sourceProblems(format, changed, text, [loop]).length > 0, changed);
    for (const spelt of [copy.replaceAll(/(max |\.\.|maxiter )(\d+)/g, "$10$2"), copy.replaceAll(/(max |\.\.|maxiter )(\d+)/g, "$14294967296")]) {
      t.throws(() => sourceProblems(format, spelt, text, [loop]), { instanceOf: Refusal, code: "facts-syntax" }, spelt);
    }
    t.throws(() => annotated(format, text, [{ ...loop, line: 3 }]), { instanceOf: Refusal, code: "facts-syntax" }, "no loop at that line");
  });
}

test("damage: --check says 3 for every format once a number or the ELF was changed; gates and mistakes have their codes", (t) => {
  if (!canBuild(t)) return;
  const folder = folderFor(t);
  const out = join(folder, "out");
  t.is(obligato(["build", smallModelIn(folder), "-o", out]).status, 0);
  const [elf, lined] = [join(folder, "model.elf"), join(folder, "lined.elf")];
  t.is(obligato(["flowfacts", out, "--format", "csv", "-o", elf.slice(0, -4)]).status, 0);
  t.is(obligato(["flowfacts", out, "--format", "ffx-lines", "--optimisation", "O1", "-o", lined.slice(0, -4)]).status, 0);
  for (const { name: format, byLine } of factFormats) {
    const own = byLine === true ? lined : elf;
    const path = join(folder, `facts.${format}`);
    t.is(obligato(["flowfacts", out, "--format", format, "--elf", own, "-o", path]).status, 0, format);
    const written = readFileSync(path, "utf8");
    writeFileSync(path, written.replace(/(\d)(\D*)$/, (_, digit: string, rest: string) => `${(Number(digit) + 1) % 10}${rest}`));
    t.is(obligato(["flowfacts", out, "--format", format, "--elf", own, "--check", path]).status, 3, format);
    writeFileSync(path, written);
    if (format !== "f4" && format !== "bound-t") continue; // the digest in each format is tested above
    const other = join(folder, "other.elf");
    const bytes = readFileSync(elf);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(other, bytes);
    t.is(obligato(["flowfacts", out, "--format", format, "--elf", other, "--check", path]).status, 3, format);
  }
  for (const { name: format } of sourceFormats) {
    const path = join(folder, `${format}.c`);
    t.is(obligato(["flowfacts", out, "--format", format, "-o", path]).status, 0, format);
    t.is(obligato(["flowfacts", out, "--format", format, "--check", path]).status, 0, format);
    writeFileSync(path, `${readFileSync(path, "utf8")}\n`);
    t.is(obligato(["flowfacts", out, "--format", format, "--check", path]).status, 3, format);
  }
  t.is(obligato(["flowfacts", out, "--format", "pml", "--for", "otawa", "--elf", elf, "-o", join(folder, "x")]).status, 64);
  t.is(obligato(["flowfacts", out, "--format", "tacle", "--elf", elf, "-o", join(folder, "x")]).status, 64);
  t.is(obligato(["flowfacts", out, "--bank", "flash", "--elf", elf, "-o", join(folder, "x")]).status, 64);
  const gated = obligato(["flowfacts", out, "--format", "f4", "--for", "otawa", "--bank", "0x10..0x20", "--elf", elf, "-o", join(folder, "x")]);
  t.is(gated.status, 2, gated.output);
  t.regex(gated.output, /lies in no bank that was stated|OTAWA does not read/);
});
