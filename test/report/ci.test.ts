/**
 * The face for continuous integration: the commands of the example workflow are run as
 * they stand there, SARIF and JUnit have the fields that their readers require, and
 * whatever is not proved fails.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import test from "ava";
import { literal, minus } from "../../ir/loop/index-expr.js";
import { mapStores } from "../../ir/loop/visit.js";
import { build } from "../../src/cli/build.js";
import type { BuildRequest } from "../../src/driver.js";
import { configKeys, readConfig } from "../../src/config.js";
import type { Pass } from "../../src/pass.js";
import { pipeline } from "../../src/pipeline.js";
import { nodeArguments } from "../cli/support.js";
import { folderFor } from "../cli/support.js";
import { root, textOf } from "../conventions/checkout.js";
import { captured } from "../support/captured.js";

const workflow = textOf("examples/ci/obligato.yml");

/** The `run:` lines of the workflow that run obligato. */
const commands = [...workflow.matchAll(/^ +run: npx obligato (.*)$/gm)].map(([, command = ""]) => command.split(" "));

/** A checkout as the workflow expects it: a model and the example's configuration. */
function checkoutFor(t: Parameters<typeof folderFor>[0], more: object = {}): string {
  const folder = folderFor(t);
  cpSync(join(root, "examples", "flight-mlp", "flight-mlp.onnx"), join(folder, "model.onnx"));
  const config: unknown = JSON.parse(textOf("examples/ci/obligato.config.json"));
  writeFileSync(join(folder, "obligato.config.json"), JSON.stringify({ ...(typeof config === "object" ? config : {}), ...more }));
  return folder;
}

function ran(args: readonly string[], cwd: string): { readonly status: number | null; readonly text: string } {
  const done = spawnSync(process.execPath, nodeArguments(args), { cwd, encoding: "utf8", timeout: 120_000 });
  return { status: done.status, text: done.stdout + done.stderr };
}

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly kind: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: { readonly startLine: number } }; readonly logicalLocations?: readonly { readonly fullyQualifiedName: string }[] }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}

interface SarifLog {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly version: string; readonly rules: readonly { readonly id: string; readonly shortDescription: { readonly text: string } }[] } };
    readonly invocations: readonly { readonly executionSuccessful: boolean; readonly exitCode: number; readonly toolExecutionNotifications: readonly unknown[] }[];
    readonly results: readonly SarifResult[];
  }[];
}

/** What SARIF 2.1.0 requires of a log, a run and a result (sections 3.13, 3.14, 3.27), and code scanning besides. */
function sarifProblems(log: SarifLog): readonly string[] {
  const [run] = log.runs;
  if (log.version !== "2.1.0" || run === undefined || log.runs.length !== 1) return ["no run of version 2.1.0"];
  const { rules, name, version } = run.tool.driver;
  const problems = name === "" || version === "" || rules.length < 11 ? ["no driver"] : [];
  const seen = new Set<string>();
  for (const { ruleId, ruleIndex, kind, level, message, locations: [place, ...others], partialFingerprints } of run.results) {
    const [fingerprint = ""] = Object.values(partialFingerprints);
    if (rules[ruleIndex]?.id !== ruleId) problems.push(`${ruleId} is not rule ${ruleIndex}`);
    if (!["pass", "fail", "open"].includes(kind) || level !== (kind === "fail" ? "error" : "none")) problems.push(`${kind} ${level}`);
    if (message.text === "" || place === undefined || others.length > 0 || place.physicalLocation.region.startLine < 1) problems.push("no message or no one place");
    if (place !== undefined && /^[/]|\\|%2F|\s/.test(place.physicalLocation.artifactLocation.uri)) problems.push(`no relative URI: ${place.physicalLocation.artifactLocation.uri}`);
    if (!/^[0-9a-f]{64}$/.test(fingerprint) || seen.has(fingerprint)) problems.push(`fingerprint ${fingerprint}`);
    seen.add(fingerprint);
  }
  return problems;
}

function sarifIn(path: string): SarifLog {
  return JSON.parse(readFileSync(path, "utf8")) as SarifLog;
}

/** Counts that the suites state, and that are there. */
function junitCounts(path: string): { readonly stated: readonly number[]; readonly found: readonly number[] } {
  const text = readFileSync(path, "utf8");
  const [, tests, failures, errors] = /^<testsuites name="obligato" tests="(\d+)" failures="(\d+)" errors="(\d+)"/m.exec(text) ?? [];
  const count = (of: RegExp): number => [...text.matchAll(of)].length;
  return { stated: [tests, failures, errors].map(Number), found: [count(/<testcase /g), count(/<failure /g), count(/<error /g)] };
}

test("ci: the workflow builds and proves, and uploads what the build wrote", (t) => {
  t.deepEqual(commands.map(([command]) => command), ["build", "prove"]);
  const [, uploaded = ""] = /sarif_file: (\S+)/.exec(workflow) ?? [];
  t.true(commands[0]?.join(" ").includes(`--sarif ${uploaded}`));
});

test.serial("ci: the steps of the workflow succeed on a model that is proved", (t) => {
  const folder = checkoutFor(t);
  for (const command of commands) {
    const { status, text } = ran(command, folder);
    t.is(status, 0, text);
  }
  for (const name of ["build", "prove"]) {
    const log = sarifIn(join(folder, `out/${name}.sarif`));
    t.deepEqual(sarifProblems(log), []);
    t.true((log.runs[0]?.results.length ?? 0) > 20 && log.runs[0]?.results.every(({ kind }) => kind === "pass"));
    t.true(log.runs[0]?.results.some(({ locations: [place] }) => place?.logicalLocations?.[0]?.fullyQualifiedName === "layer1"));
    const { stated, found } = junitCounts(join(folder, `out/${name}.xml`));
    t.deepEqual(stated, found);
    t.true((stated[0] ?? 0) > 20 && stated[1] === 0 && stated[2] === 0);
  }
  const places = sarifIn(join(folder, "out/build.sarif")).runs[0]?.results.map(({ locations: [place] }) => place?.physicalLocation) ?? [];
  const inC = places.find((place) => place?.artifactLocation.uri.endsWith(".c") === true);
  t.true(inC !== undefined && (inC.region.startLine ?? 0) > 1 && existsSync(join(folder, inC.artifactLocation.uri)));
});

test.serial("ci: evidence of another program fails the second step, with a result and a failure", (t) => {
  const folder = checkoutFor(t);
  const [first = [], second = []] = commands;
  t.is(ran(first, folder).status, 0);
  const stages = join(folder, "out/model/evidence/stages");
  const stage = readdirSync(stages).find((name) => name.endsWith("-tile-loops")) ?? "";
  const path = join(stages, stage, "program.loop");
  const text = readFileSync(path, "utf8");
  const spoiled = text.replace(/add\.f32\((\w+\[[^\]]*\]), (\w+\[[^\]]*\])\)/, "sub.f32($1, $2)");
  t.not(spoiled, text);
  writeFileSync(path, spoiled);
  const { status, text: said } = ran(second, folder);
  t.is(status, 1, said);
  t.regex(said, /refuted/);
  const log = sarifIn(join(folder, "out/prove.sarif"));
  t.deepEqual(sarifProblems(log), []);
  t.true(log.runs[0]?.results.some(({ kind, level }) => kind === "fail" && level === "error"));
  const { stated, found } = junitCounts(join(folder, "out/prove.xml"));
  t.true((stated[1] ?? 0) > 0);
  t.deepEqual(stated, found);
});

test.serial("ci: a schedule that does not exist, an unknown key and a missing model fail the first step", (t) => {
  const [first = []] = commands;
  const cases: readonly (readonly [object, number, RegExp])[] = [
    [{ schedule: "none.json" }, 64, /no-file/], [{ solvers: "z3" }, 64, /solvers must be one of/], [{ model: "other.onnx" }, 64, /other\.onnx is not there/],
  ];
  for (const [more, exit, what] of cases) {
    const folder = checkoutFor(t, more);
    const { status, text } = ran(first, folder);
    t.is(status, exit, text);
    t.regex(text, what);
    t.false(existsSync(join(folder, "out/model")));
  }
});

test.serial("ci: a refused model is a notification and an error, not an empty report", (t) => {
  const folder = checkoutFor(t);
  writeFileSync(join(folder, "model.onnx"), "no model");
  const { status } = ran(commands[0] ?? [], folder);
  t.is(status, 4);
  const log = sarifIn(join(folder, "out/build.sarif"));
  t.deepEqual(log.runs[0]?.results, []);
  t.is(log.runs[0]?.invocations[0]?.executionSuccessful, false);
  t.is(log.runs[0]?.invocations[0]?.toolExecutionNotifications.length, 1);
  t.deepEqual(junitCounts(join(folder, "out/build.xml")), { stated: [1, 0, 1], found: [1, 0, 1] });
});

/** The fusing pass, with the operands of its statements mirrored. */
function wrongPasses(): readonly Pass[] {
  return pipeline.map((pass) => (pass.name !== "fuse-loops" ? pass : {
    ...pass,
    run: (before, options) => {
      const result = pass.run(before, options);
      return result === undefined ? undefined : { ...result, after: mapStores(result.after, (store) => (store.name.endsWith("_s") ? { ...store, index: store.index.map((e, k) => (k === store.index.length - 1 ? minus(literal(31), e) : e)) } : store)) };
    },
  }));
}

test.serial("ci: a wrong pass fails the build, in the exit code and in both reports", async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, "out"));
  const request: BuildRequest = {
    model: join(root, "examples", "flight-mlp", "flight-mlp.onnx"), fixDims: new Map(), contract: "separate", schedule: undefined, until: undefined,
    skip: [], solver: "auto", jobs: 1, prove: true, passes: wrongPasses(),
  };
  const reports = { sarif: join(folder, "out/b.sarif"), junit: join(folder, "out/b.xml") };
  const targets = { directory: join(folder, "out/model"), force: false, failed: undefined };
  const { exit, output } = await captured(() => build(request, targets, { color: false, jobs: 1, ...reports }));
  t.is(exit, 1, output);
  t.regex(output, /^ {2}claim /m);
  t.regex(output, /^ {2}after:/m);
  const fails = sarifIn(reports.sarif).runs[0]?.results.filter(({ kind }) => kind === "fail") ?? [];
  t.true(fails.length > 0 && fails.every(({ level }) => level === "error"));
  t.true((junitCounts(reports.junit).stated[1] ?? 0) > 0);
});

test("config: the schema lists the keys that are read, and values of the wrong kind are refused", (t) => {
  const schema = JSON.parse(textOf("schemas/config.schema.json")) as { properties: object; additionalProperties: boolean };
  t.deepEqual(Object.keys(schema.properties).toSorted(), [...configKeys].toSorted());
  t.false(schema.additionalProperties);
  const folder = folderFor(t);
  const path = join(folder, "c.json");
  const read = (value: unknown) => {
    writeFileSync(path, JSON.stringify(value));
    return readConfig(path);
  };
  t.deepEqual(read({ fixDims: { n: 2 }, replication: { maxUlp: 4 }, jobs: 3, muladd: "fused", solver: "cvc5" }), { path, options: new Map(), fixDims: new Map([["n", 2]]), fixInputs: new Map(), replication: { maxUlp: 4 }, jobs: 3, muladd: "fused", solver: "cvc5" });
  for (const wrong of [{ jobs: 0 }, { muladd: "twice" }, { replication: {} }, { replication: { maxUlp: -1 } }, { replication: "about" }, { fixDims: { n: 1.5 } }, { fixDims: [] }, { model: 1 }, { solver: "other" }, { wcetBudget: {} }, { target: "" }, { extra: 1 }]) {
    t.throws(() => read(wrong), { code: "config" }, JSON.stringify(wrong));
  }
  t.deepEqual([...read({ target: "cortex-m4f", flashWaitStates: 5, wcetBudget: "2ms@80MHz" }).options], [["target", "cortex-m4f"], ["flashWaitStates", "5"], ["wcetBudget", "2ms@80MHz"]]);
});
