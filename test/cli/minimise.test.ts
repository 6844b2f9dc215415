/** `--minimise`: the same words for build, schedule and tune; the older ones still work; what cannot be meant is refused. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { folderFor, obligato, smallModelIn } from "./support.js";

const passesOf = (text: string): readonly string[] => (JSON.parse(text) as { readonly steps: readonly { readonly pass: string }[] }).steps.map(({ pass }) => pass);

test("a build takes the schedule that is printed, proves it, and says where the memory peaks", (t) => {
  const folder = folderFor(t);
  const model = smallModelIn(folder);
  for (const figure of ["code", "ram", "time"]) {
    const out = join(folder, figure);
    const ran = obligato(["build", model, "-o", out, "--minimise", figure]);
    t.is(ran.status, 0, ran.errors);
    t.regex(ran.output, /memory arena/);
    const printed = obligato(["schedule", model, "--minimise", figure, "--target", "x86-64-v3"]);
    t.is(printed.status, 0, printed.errors);
    if (figure === "time") continue;
    const alone = obligato(["schedule", model, "--minimise", figure]);
    t.deepEqual(passesOf(readFileSync(join(out, "evidence/schedule.json"), "utf8")), passesOf(alone.output), figure);
  }
});

test("ram: a network with convolutions is made by rows, proved down to the C, for a host, a processor with vectors and a small core", (t) => {
  const out = join(folderFor(t), "out");
  const arenaOf = (...args: readonly string[]): string | undefined => {
    const ran = obligato(["build", "examples/digits/digits.onnx", "-o", out, "--force", ...args]);
    t.is(ran.status, 0, ran.errors);
    t.regex(ran.output, /PASS {3}T0 bit-exact/);
    const [, direct, statements] = /direct (\d+) of (\d+) statements proved against the reference program itself/.exec(ran.output) ?? [];
    t.is(direct, statements);
    return /memory arena ([\d,]+) bytes/.exec(ran.output)?.[1];
  };
  t.is(arenaOf(), "11,008");
  for (const target of [[], ["--target", "x86-64-v4"], ["--target", "cortex-m4"]]) {
    t.is(arenaOf("--minimise", "ram", ...target), "4,416", target.join(" "));
    t.is(passesOf(readFileSync(join(out, "evidence/schedule.json"), "utf8")).filter((pass) => pass === "recompute-producers").length, 2, "pool draws in both convolutions");
  }
});

test("code: no pass that copies code is left", (t) => {
  const printed = passesOf(obligato(["schedule", "--minimise", "code"]).output);
  for (const pass of ["split-border", "tile-loops", "unroll-loops"]) t.false(printed.includes(pass), pass);
  t.true(printed.includes("fuse-loops") && printed.includes("plan-memory"));
});

test("a small core: code, time and neither are three schedules, and code has no tap written out", (t) => {
  const model = "examples/digits/digits.onnx";
  const stepsFor = (...figure: readonly string[]): { readonly steps: readonly { readonly pass: string; readonly options?: { readonly rules?: readonly { readonly loops: readonly string[] }[] } }[] } =>
    JSON.parse(obligato(["schedule", model, "--target", "cortex-m4", ...figure]).output) as ReturnType<typeof stepsFor>;
  const [code, time, neither] = [stepsFor("--minimise", "code"), stepsFor("--minimise", "time"), stepsFor()];
  t.is(new Set([code, time, neither].map((it) => JSON.stringify(it))).size, 3);
  const written = code.steps.filter(({ pass }) => pass === "unroll-loops").flatMap(({ options: { rules = [] } = {} }) => rules.flatMap(({ loops }) => loops));
  t.false(written.some((loop) => /_k[0-9]+\*$/.test(loop)), written.join(" "));
});

test("what cannot be meant is a mistake in the command line", (t) => {
  const folder = folderFor(t);
  const model = smallModelIn(folder);
  const out = join(folder, "out");
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [["build", model, "-o", out, "--minimise", "space"], /time.*code.*ram.*wcet/],
    [["build", model, "-o", out, "--minimise", "wcet"], /--minimise wcet needs --target/],
    [["build", model, "-o", out, "--minimise", "wcet", "--target", "x86-64-v3"], /needs a core whose time is bounded/],
    [["build", model, "-o", out, "--minimise", "ram", "--optimise", "wcet"], /ask for two things/],
    [["build", model, "-o", out, "--minimise", "ram", "--schedule", "examples/schedules/mlperf_ic_fp32.json"], /--minimise chooses the schedule/],
    [["build", model, "-o", out, "--minimise", "ram", "--lemma", "fold-batch-normalization"], /model as it is/],
    [["schedule", "--minimise", "ram"], /depends on the model/],
    [["schedule", model, "--minimise", "wcet"], /searched over compiled programs/],
    [["tune", model, "--minimise", "ram", "-o", join(folder, "t.json")], /chosen, not searched/],
  ];
  for (const [args, why] of wrong) {
    const { status, errors } = obligato(args);
    t.is(status, 64, `${args.slice(1).join(" ")}: ${errors}`);
    t.regex(errors, why);
  }
  t.false(existsSync(out));
});
