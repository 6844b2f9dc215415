/** An ELF that OTAWA reads as it is, with its flow facts, by one command; and the form of the C that this takes. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { temporaryFolder } from "../audit/support.js";
import { graph, model, node, value } from "../support/onnx-model.js";
import { hasTools } from "../support/tools.js";
import { edit } from "../audit/support.js";
import { folderFor, modelIn, obligato, smallModelIn } from "./support.js";

const arm = ["arm-none-eabi-gcc", "arm-none-eabi-nm"];
const place = temporaryFolder();
test.after.always(() => rmSync(place, { recursive: true, force: true }));

/** A selection, a square root and a change of sign. */
function modelOfFloats(): string {
  const nodes = [node("Relu", ["x"], ["r"]), node("Sqrt", ["r"], ["s"]), node("Neg", ["s"], ["y"])];
  return modelIn(place, model(graph(nodes, { input: [value("x", [4])], output: [value("y", [4])] })), "floats.onnx");
}

function jsonOf(path: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
}

test("for otawa: a build leaves an image that it reads, with facts", (t) => {
  if (!hasTools(t, ...arm)) return;
  const out = join(folderFor(t), "out");
  const ran = obligato(["build", modelOfFloats(), "-o", out, "--target", "cortex-m4f", "--for", "otawa", "--quiet"]);
  t.is(ran.status, 0, ran.errors);
  const evidence = join(out, "evidence/target/cortex-m4");
  const { for: analyser, withoutFacts } = jsonOf(join(evidence, "target.json"));
  t.deepEqual([analyser, withoutFacts], ["otawa", []]);
  t.is(jsonOf(join(out, "obligato.json"))["floatCompare"], "integer");
  t.regex(readFileSync(join(out, "evidence/VERDICT.md"), "utf8"), /by their bits, as integers/);
  const facts = join(folderFor(t), "model.ff");
  const again = obligato(["flowfacts", out, "--elf", join(evidence, "floats.elf"), "--for", "otawa", "--format", "f4", "-o", facts]);
  t.is(again.status, 0, again.output);
  t.is(readFileSync(facts, "utf8"), readFileSync(join(evidence, "floats.f4"), "utf8"));
});

test("for otawa: the ordinary form asked for by name is refused, by address, and leaves nothing", (t) => {
  if (!hasTools(t, ...arm)) return;
  const out = join(folderFor(t), "out");
  const ran = obligato(["build", modelOfFloats(), "-o", out, "--target", "cortex-m4f", "--for", "otawa", "--float-compare", "float"]);
  t.is(ran.status, 4, ran.errors);
  t.regex(ran.errors, /analyser: floats_run\+0x[0-9a-f]+ \(0x[0-9a-f]+\): OTAWA does not read v\w+ in Thumb/);
  t.false(existsSync(out));
});

test("for otawa: an analyser without a target is a mistake in the command line", (t) => {
  t.is(obligato(["build", smallModelIn(folderFor(t)), "--for", "otawa"]).status, 64);
});

test("for otawa: flow facts of the integer form take a flag only where the code asks for it", (t) => {
  if (!hasTools(t, ...arm)) return;
  const folder = folderFor(t);
  const flagsOf = (source: string, ...options: readonly string[]): unknown => {
    const out = join(folder, `out-${options.length}`);
    const ran = obligato(["build", source, "-o", out, "--float-compare", "integer", "--quiet", ...options]);
    if (ran.status !== 0) throw new Error(ran.errors);
    const said = obligato(["flowfacts", out, "--for", "otawa", "--format", "f4", "-o", `${out}.ff`, "--json"]);
    t.is(said.status, 0, said.output);
    return (JSON.parse(said.output) as { readonly flags: unknown }).flags;
  };
  t.deepEqual(flagsOf(smallModelIn(folder)), ["-fno-auto-inc-dec"]);
  t.deepEqual(flagsOf("examples/flight-mlp/flight-mlp.onnx", "--target", "cortex-m4f", "--minimise", "time"), []);
});

test("float-compare: a configuration file says it, the command line wins, and a package that contradicts its C is not opened", (t) => {
  const folder = folderFor(t);
  const [config, out] = [join(folder, "obligato.config.json"), join(folder, "out")];
  writeFileSync(config, JSON.stringify({ floatCompare: "integer" }));
  const build = (...more: readonly string[]): unknown => {
    const ran = obligato(["build", smallModelIn(folder), "-o", out, "--force", "--config", config, "--quiet", ...more]);
    if (ran.status !== 0) throw new Error(ran.errors);
    return jsonOf(join(out, "obligato.json"))["floatCompare"];
  };
  t.is(build("--float-compare", "float"), "float");
  t.is(build(), "integer");
  edit(out, "obligato.json", (text) => text.replace('"floatCompare": "integer"', '"floatCompare": "float"'));
  const seen = obligato(["flowfacts", out, "--count"]);
  t.not(seen.status, 0);
  t.regex(seen.errors, /floats are compared as float, and the C compares them as integer/);
});
