/** One binary: what a build for a target ships is what was analysed, and an image is told whether it holds it. */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { compileFlags } from "../../backends/c/flags.js";
import { present } from "../../ir/prelude.js";
import { boards } from "../../src/toolchain/boards.js";
import { reseal, temporaryFolder } from "../audit/support.js";
import { floats, graph, model, node, value } from "../support/onnx-model.js";
import { hasTools } from "../support/tools.js";
import { folderFor, modelIn, obligato, smallModelIn } from "./support.js";

const arm = ["arm-none-eabi-gcc", "arm-none-eabi-nm"];

const builds = temporaryFolder();
test.after.always(() => rmSync(builds, { recursive: true, force: true }));

/** Two products with a clip between, of named nodes. */
function productIn(folder: string): string {
  const ramp = (n: number): number[] => Array.from({ length: n }, (_, k) => ((k * 5) % 11) - 5);
  const named = (name: string, ...[op, inputs, outputs]: Parameters<typeof node>): ReturnType<typeof node> => ({ ...node(op, inputs, outputs), name });
  const nodes = [named("first", "MatMul", ["x", "v"], ["m"]), named("clip", "Relu", ["m"], ["r"]), named("second", "MatMul", ["r", "w"], ["y"])];
  const initializer = [floats("v", [24, 16], ramp(384)), floats("w", [16, 6], ramp(96))];
  return modelIn(folder, model(graph(nodes, { input: [value("x", [2, 24])], output: [value("y", [2, 6])], initializer })));
}

function build(target: string, out: string): string {
  const ran = obligato(["build", smallModelIn(builds), "-o", out, "--quiet", "--target", target]);
  if (ran.status !== 0) throw new Error(ran.errors || ran.output);
  return out;
}

/** A copy of a built directory for a target, in `folder`. */
function builtFor(folder: string, target: string): string {
  const built = join(builds, target);
  if (!existsSync(built)) build(target, built);
  cpSync(built, join(folder, "out"), { recursive: true });
  return join(folder, "out");
}

/** What a user does: a main file of their own, another place in memory, sections collected. */
function firmware(folder: string, out: string, { target, prefix }: (typeof boards)[number], objects: readonly string[], flags: readonly string[] = []): string {
  const [main, elf] = [join(folder, "main.c"), join(folder, "firmware.elf")];
  writeFileSync(main, "extern int small_run();\nint other[100] = {1};\nint _start(void) { static float x[400], y[400]; return small_run(x, y) + other[3]; }\n");
  const machine = compileFlags({ compiler: "gcc", target, optimisation: "O1" }).filter((flag) => flag.startsWith("-m"));
  const keep = join(out, "target", target, "keep_marks.ld");
  const done = spawnSync(`${prefix}gcc`, [...machine, "-O1", "-ffreestanding", "-nostdlib", "-Wl,--gc-sections", "-Ttext=0x8004000", `-Wl,-T,${keep}`, ...flags, main, ...objects, "-lgcc", "-o", elf], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
  return elf;
}

/** What target.json says, as far as the tests ask. */
interface Recorded {
  readonly bound: number;
  readonly stack: { readonly bytes: number };
  readonly objects: Readonly<Record<string, string>>;
  readonly memory: { readonly sections: readonly { readonly name: string; readonly address: number }[] };
}

function recordOf(out: string, target: string): Recorded {
  return JSON.parse(readFileSync(join(out, "evidence", "target", target, "target.json"), "utf8")) as Recorded;
}

interface Said {
  readonly bound: number;
  readonly stack: { readonly bytes: number };
  readonly shipped: { readonly functions: readonly string[]; readonly differences: readonly string[] };
}

function wcetOf(out: string, elf: string): Said {
  const ran = obligato(["wcet", out, "--elf", elf, "--json"]);
  if (ran.status !== 0) throw new Error(ran.errors || ran.output);
  return JSON.parse(ran.output) as Said;
}

for (const board of boards) {
  test(`target: an image with the shipped objects for ${board.target} is known, with the bound and the stack of the package`, (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`)) return;
    const folder = folderFor(t);
    const out = builtFor(folder, board.target);
    const recorded = recordOf(out, board.target);
    const objects = Object.keys(recorded.objects).map((name) => join(out, "target", board.target, name));
    const said = wcetOf(out, firmware(folder, out, board, objects));
    t.deepEqual(said.shipped.differences, []);
    t.true(said.shipped.functions.includes("small_run"));
    if (board.target === "rv32") t.true(said.bound <= recorded.bound); // its linker shortens calls and addresses
    else t.is(said.bound, recorded.bound);
    t.is(said.stack.bytes, recorded.stack.bytes);
  });

  test(`target: an image of other flags, or with one bit changed, is not that of the package on ${board.target}`, (t) => {
    if (!hasTools(t, `${board.prefix}gcc`, `${board.prefix}nm`)) return;
    const folder = folderFor(t);
    const out = builtFor(folder, board.target);
    const marks = join(out, "target", board.target, "loop_marks.h");
    const other = firmware(folder, out, board, [join(out, "src", "small.c"), join(out, "src", "small_weights.c")], ["-include", marks, "-std=gnu99", "-Os", "-fno-inline", "-fno-tree-loop-distribute-patterns"]);
    t.regex(wcetOf(out, other).shipped.differences.join("; "), /small_run|there is no function/);
    const recorded = recordOf(out, board.target);
    const image = join(out, "evidence", "target", board.target, "small.elf");
    const bytes = readFileSync(image);
    const code = present(recorded.memory.sections.find(({ name }) => name === ".text"), ".text");
    const nm = spawnSync(`${board.prefix}nm`, [image], { encoding: "utf8" }).stdout;
    const address = Number.parseInt(/^([0-9a-f]+) T small_run$/m.exec(nm)?.[1] ?? "", 16);
    const header = spawnSync(`${board.prefix}readelf`, ["-SW", image], { encoding: "utf8" }).stdout;
    const offset = Number.parseInt(/\.text +PROGBITS +[0-9a-f]+ ([0-9a-f]+)/.exec(header)?.[1] ?? "", 16);
    const at = offset + address - (address % 2) - code.address;
    t.true(at > 0 && at + 2 < bytes.length);
    bytes[at + 2] = (bytes[at + 2] ?? 0) ^ 0x40;
    const changed = join(folder, "changed.elf");
    writeFileSync(changed, bytes);
    const ran = obligato(["wcet", out, "--elf", changed, "--json"]);
    t.regex(`${ran.output}${ran.errors}`, /small_run\+0x|no bound|undefined encoding|outside RV32/);
    t.notRegex(ran.output, /"differences": \[\]/);
  });
}

test("target: the build line makes the shipped objects again", (t) => {
  if (!hasTools(t, ...arm, "make")) return;
  const folder = folderFor(t);
  const out = builtFor(folder, "cortex-m4");
  writeFileSync(join(folder, "Makefile"), `include ${join(out, "target", "cortex-m4", "build.mk")}\nall: $(SMALL_OBJECTS)\n`);
  const made = spawnSync("make", ["-s", "-C", folder, "all"], { encoding: "utf8" });
  t.is(made.status, 0, made.stderr);
  t.deepEqual(readFileSync(join(folder, "build", "small.o")), readFileSync(join(out, "target", "cortex-m4", "small.o")));
});

test("target: two builds ship the same bytes", (t) => {
  if (!hasTools(t, ...arm)) return;
  const [first, second] = [builtFor(folderFor(t), "cortex-m4"), build("cortex-m4", join(folderFor(t), "again"))];
  t.deepEqual(readFileSync(join(first, "evidence", "MANIFEST.json")), readFileSync(join(second, "evidence", "MANIFEST.json")));
});

test("target: a build over its budget exits 5 and leaves nothing, unless it is to be kept", (t) => {
  if (!hasTools(t, ...arm)) return;
  const folder = folderFor(t);
  const [out, kept] = [join(folder, "out"), join(folder, "kept")];
  const about = ["build", smallModelIn(folder), "-o", out, "--target", "cortex-m4f"];
  const over = obligato([...about, "--wcet-budget", "10", "--keep-failed", kept]);
  t.is(over.status, 5, over.errors);
  t.regex(over.output, /over the budget of 10 instructions/);
  t.false(existsSync(out));
  t.true(existsSync(join(kept, "target", "cortex-m4", "small.o")));
  t.is(obligato([...about, "--wcet-budget", "1s@168MHz", "--quiet"]).status, 0);
  t.regex(readFileSync(join(out, "evidence", "VERDICT.md"), "utf8"), /Target `cortex-m4`, -O2: at most [0-9]+ cycles \(Cortex-M4/);
});

test("target: a budget without a target, or in time without a timing table, is a mistake in the command line", (t) => {
  const folder = folderFor(t);
  const about = ["build", smallModelIn(folder), "-o", join(folder, "out")];
  t.is(obligato([...about, "--wcet-budget", "10"]).status, 64);
  t.is(obligato([...about, "--target", "rv32", "--wcet-budget", "1ms@10MHz"]).status, 64);
  t.is(obligato([...about, "--target", "rv32", "--flash-wait-states", "2"]).status, 64);
  t.false(existsSync(join(folder, "out")));
});

test("target: over the budget, the dominating loops are named with their nodes, and each remedy with its effect", (t) => {
  if (!hasTools(t, ...arm)) return;
  const folder = folderFor(t);
  const about = ["build", productIn(folder), "-o", join(folder, "out"), "--target", "cortex-m4"];
  const over = obligato([...about, "--wcet-budget", "10"]);
  t.is(over.status, 5, over.errors);
  const spent = over.output.split("most is spent in:\n")[1]?.split("what would help:\n")[0] ?? "";
  const loops = [...spent.matchAll(/^ +[0-9.]+ %  n[0-9]\S* +(\S.*)$/gm)].map(([, origin = ""]) => origin);
  t.is(loops.length, 3, over.output);
  t.true(loops.some((origin) => origin.includes("first")) && loops.some((origin) => origin.includes("second")), spent);
  t.regex(spent, /instructions an iteration, [0-9,]+ iterations/);
  t.regex(over.output, /^ +--optimisation (?:O3|Os): [0-9,]+, [+-]?[0-9.]+ %.*\(measured\)$/m);
  const [, bound = ""] = /--minimise wcet, of the first [0-9]+ programs it tries: ([0-9,]+), -[0-9.]+ % +\(measured\)/.exec(over.output) ?? [];
  const reached = Number(bound.replaceAll(",", ""));
  t.true(reached > 0, over.output);
  const found = obligato([...about, "--minimise", "wcet", "--candidates", "8", "--wcet-budget", String(reached), "--json"]);
  t.is(found.status, 0, `${found.output}${found.errors}`);
  const again = obligato([...about, "--force", "--minimise", "wcet", "--candidates", "8", "--wcet-budget", String(reached - 1)]);
  t.is(again.status, 5, again.output);
  t.notRegex(again.output, /--minimise wcet, of/);
  t.true(existsSync(join(folder, "out", "evidence", "wcet-search.json")), "what an earlier build wrote stays");
});

test("target: the configuration says what the options say, and the command line wins", (t) => {
  if (!hasTools(t, ...arm)) return;
  const folder = folderFor(t);
  const [model, out, config] = [productIn(folder), join(folder, "out"), join(folder, "c.json")];
  const run = (value: object, ...args: readonly string[]): ReturnType<typeof obligato> => {
    writeFileSync(config, JSON.stringify(value));
    return obligato(["build", model, "-o", out, "--force", "--config", config, ...args]);
  };
  t.is(run({ target: "cortex-m4f", wcetBudget: 10 }).status, 5);
  t.is(run({ target: "cortex-m4f", wcetBudget: 10 }, "--wcet-budget", "1000000").status, 0);
  const searched = run({ target: "cortex-m4f", optimise: "wcet", candidates: 3, optimisation: "O3", searchCache: "kept", wcetBudget: "1s@168MHz" });
  t.is(searched.status, 0, searched.errors);
  t.true(existsSync(join(folder, "kept")), "a path is relative to the file");
  t.regex(readFileSync(join(out, "evidence", "wcet-search.json"), "utf8"), /"optimisation": "O3"/);
  t.is(run({ target: "cortex-m4f", optimise: "wcet" }, "--schedule", join(out, "evidence", "schedule.json")).status, 0);
  for (const [wrong, word] of [[{ target: "z80" }, "target"], [{ wcetBudget: "soon" }, "wcetBudget"], [{ target: "rv32", candidates: 0 }, "candidates"]] as const) {
    const { status, errors } = run(wrong);
    t.is(status, 64);
    t.regex(errors, new RegExp(`^error config: ${word} is `));
  }
  t.is(run({ optimise: "wcet" }).status, 64);
  t.is(run({ wcetBudget: 10 }).status, 64);
});

test("target: an audit makes the bounds again from the image, and finds one that was exchanged", (t) => {
  if (!hasTools(t, ...arm)) return;
  const folder = folderFor(t);
  const out = builtFor(folder, "cortex-m4");
  const path = join(out, "evidence", "target", "cortex-m4", "target.json");
  const [text, image] = [readFileSync(path, "utf8"), join(out, "evidence", "target", "cortex-m4", "small.elf")];
  const audited = (): string => {
    reseal(out);
    return obligato(["audit", out, "--offline"]).output;
  };
  t.notRegex(audited(), /altered/);
  writeFileSync(path, text.replace(/"bound": ([0-9]+)/, '"bound": 1'));
  t.regex(audited(), /altered: evidence\/target\/cortex-m4\/target\.json/);
  writeFileSync(path, text);
  const bytes = readFileSync(image);
  const object = readFileSync(join(out, "target", "cortex-m4", "small.o"));
  const at = bytes.indexOf(object.subarray(52, 52 + 12));
  t.true(at > 0);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(image, bytes);
  t.regex(audited(), /not the code of the objects: small_run\+0x|altered/);
});
