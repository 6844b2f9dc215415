/**
 * Bad input: each class ends with its exit code and one line that says what, where and
 * what to do; nothing is written, and a build with --json says the same as JSON.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { folderFor, modelIn, obligato, smallModelIn } from "../cli/support.js";
import { encode, floats, graph, model, node, smallModel, value } from "../support/onnx-model.js";

interface BadModel {
  readonly name: string;
  readonly bytes: () => Uint8Array;
  readonly code: string;
  /** Part of the node or value the line must name. */
  readonly where?: string;
}

const io = { input: [value("x", [2, 3])], output: [value("y", [2, 3])] };

function randomBytes(): Uint8Array {
  let state = 12345;
  return Uint8Array.from({ length: 4000 }, () => ((state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16) & 255);
}

/** A field of a protobuf message that holds bytes. */
function field(number: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = content.length; rest > 0 || length.length === 0; rest = Math.floor(rest / 128)) length.push((rest % 128) + (rest >= 128 ? 128 : 0));
  return Uint8Array.from([number * 8 + 2, ...length, ...content]);
}

/** Graphs inside attributes of nodes of graphs, `depth` of each: written byte by byte, for no encoder goes so deep. */
function nested(depth: number): Uint8Array {
  let inner: Uint8Array = new Uint8Array(0);
  for (let k = 0; k < depth; k++) inner = field(1, field(5, field(6, inner)));
  return Uint8Array.from([8, 8, ...field(7, inner), ...field(8, Uint8Array.from([16, 13]))]);
}

const badModels: readonly BadModel[] = [
  { name: "truncated", bytes: () => smallModel().slice(0, 40), code: "truncated" },
  { name: "empty", bytes: () => new Uint8Array(0), code: "not-onnx" },
  { name: "random bytes", bytes: randomBytes, code: "not-onnx" },
  { name: "text", bytes: () => new TextEncoder().encode("# not a model\n"), code: "not-onnx" },
  { name: "cyclic", bytes: () => model(graph([node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])], io)), code: "no-producer|cycle" },
  { name: "duplicate names", bytes: () => model(graph([node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])], io)), code: "duplicate-name", where: "y" },
  { name: "missing initializer", bytes: () => model(graph([node("Add", ["x", "w"], ["y"])], io)), code: "no-producer|unknown-tensor", where: "w|y" },
  {
    name: "path traversal", code: "external-data", where: "w",
    bytes: () => model(graph([node("Add", ["x", "w"], ["y"])], { ...io, initializer: [{ name: "w", dims: [2, 3], data_type: 1, data_location: 1, external_data: [{ key: "location", value: "../../etc/passwd" }] }] })),
  },
  { name: "unsupported operator", bytes: () => model(graph([node("RandomNormalLike", ["x"], ["y"])], io)), code: "operator", where: "y" },
  { name: "unsupported attribute value", bytes: () => model(graph([node("Softmax", ["x"], ["y"], { attribute: [{ name: "axis", type: 2, i: 9 }] })], io)), code: "axis|attribute-value", where: "y" },
  { name: "unsupported type", bytes: () => model(graph([node("Relu", ["x"], ["y"])], { input: [value("x", [2], 14)], output: [value("y", [2], 14)] })), code: "element-type", where: "x" },
  { name: "shapes that do not fit", bytes: () => model(graph([node("MatMul", ["x", "w"], ["y"])], { ...io, initializer: [floats("w", [2, 3], [1, 2, 3, 4, 5, 6])] })), code: "shape-mismatch", where: "y" },
  { name: "declared shape that disagrees", bytes: () => model(graph([node("Relu", ["x"], ["y"])], { input: [value("x", [2, 3])], output: [value("y", [3, 2])] })), code: "shape-mismatch", where: "y" },
  { name: "zero dimension", bytes: () => model(graph([node("Relu", ["x"], ["y"])], { input: [value("x", [0, 3])], output: [value("y", [0, 3])] })), code: "zero-dim", where: "x" },
  { name: "dynamic dimension", bytes: () => model(graph([node("Relu", ["x"], ["y"])], { input: [value("x", ["N", 3])], output: [value("y", ["N", 3])] })), code: "dynamic-dim", where: "x" },
  { name: "two gigabytes", bytes: () => model(graph([node("Relu", ["x"], ["y"])], { input: [value("x", [65536, 65536])], output: [value("y", [65536, 65536])] })), code: "too-large", where: "x" },
  { name: "deep nesting", bytes: () => nested(2000), code: "[a-z-]+" },
  { name: "wrong message", bytes: () => encode("TensorProto", floats("w", [2], [1, 2])), code: "not-onnx|[a-z-]+" },
];

function assertOneLine(t: ExecutionContext, errors: string, code: string): void {
  t.is(errors.trimEnd().split("\n").length, 1, errors);
  t.regex(errors, new RegExp(`^error (?:${code}): .+: .+\\n$`), errors);
}

for (const { name, bytes, code, where } of badModels) {
  test(`a bad model (${name}) is refused in one line with exit 4, and nothing is written`, (t) => {
    const folder = folderFor(t);
    const path = modelIn(folder, bytes());
    const ran = obligato(["build", path, "-o", join(folder, "out")]);
    t.is(ran.status, 4, ran.errors);
    t.is(ran.output, "");
    assertOneLine(t, ran.errors, code);
    if (where !== undefined) t.regex(ran.errors, new RegExp(`\\(at [^)]*(?:${where})`));
    t.deepEqual(readdirSync(folder), ["model.onnx"]);
    t.log(ran.errors.trimEnd());
  });
}

test("check says the same of a bad model, and exits 4", (t) => {
  const folder = folderFor(t);
  const ran = obligato(["check", modelIn(folder, smallModel().slice(0, 40))]);
  t.is(ran.status, 4);
  assertOneLine(t, ran.errors, "truncated");
});

test("with --json a refusal is one document on standard output", (t) => {
  const folder = folderFor(t);
  const ran = obligato(["build", modelIn(folder, smallModel().slice(0, 40)), "-o", join(folder, "out"), "--json"]);
  t.is(ran.status, 4);
  t.is(ran.errors, "");
  const { error } = JSON.parse(ran.output) as { error: { code: string; remedy: string } };
  t.is(error.code, "truncated");
  t.not(error.remedy, "");
});

test("control characters of a model do not reach the terminal", (t) => {
  const folder = folderFor(t);
  const hostile = "y\u001b[31m\n\u0007";
  const bytes = model(graph([node("RandomNormalLike", ["x"], [hostile])], { input: io.input, output: [value(hostile, [2, 3])] }));
  const ran = obligato(["build", modelIn(folder, bytes), "-o", join(folder, "out")]);
  t.is(ran.status, 4);
  t.notRegex(ran.errors.trimEnd(), /[\u0000-\u001f\u007f]/);
});

test("weights that are no numbers are built, and check warns", (t) => {
  const folder = folderFor(t);
  const bytes = model(graph([node("Add", ["x", "w"], ["y"])], { ...io, initializer: [floats("w", [2, 3], [1, NaN, 3, Infinity, 5, 6])] }));
  const path = modelIn(folder, bytes);
  const checked = obligato(["check", path]);
  t.is(checked.status, 0, checked.errors);
  t.regex(checked.output, /warning not-a-number: /);
  t.is(obligato(["build", path, "-o", join(folder, "out"), "--quiet"]).status, 0);
});

test("a missing file is a mistake in the command line", (t) => {
  const ran = obligato(["build", join(folderFor(t), "nowhere.onnx")]);
  t.is(ran.status, 64);
  assertOneLine(t, ran.errors, "no-file");
});

const mistakes: readonly (readonly [what: string, args: readonly string[]])[] = [
  ["no model", ["build"]],
  ["an unknown command", ["biuld", "x"]],
  ["an unknown option", ["build", "x", "--fast"]],
  ["a bad number", ["build", "x", "-j", "0"]],
  ["a bad dimension", ["build", "x", "--fix-dim", "batch"]],
  ["an unknown choice", ["build", "x", "--solver", "magic"]],
];
for (const [what, args] of mistakes) {
  test(`${what} on the command line: one line, exit 64`, (t) => {
    const ran = obligato(args);
    t.is(ran.status, 64, ran.errors);
    assertOneLine(t, ran.errors, "usage");
  });
}

test("an unknown pass is refused with the names there are", (t) => {
  const folder = folderFor(t);
  for (const option of ["--until", "--skip"]) {
    const ran = obligato(["build", smallModelIn(folder), option, "no-such-pass", "-o", join(folder, "out")]);
    t.is(ran.status, 64);
    assertOneLine(t, ran.errors, "unknown-pass");
    t.regex(ran.errors, /fuse-loops/);
  }
});

test("an output whose parent is a file is refused before the model is proved", (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, "file"), "");
  const ran = obligato(["build", smallModelIn(folder), "-o", join(folder, "file", "out")]);
  t.is(ran.status, 64, ran.errors);
  assertOneLine(t, ran.errors, "output-unwritable");
  t.deepEqual(readdirSync(folder).toSorted(), ["file", "small.onnx"]);
});

test("an existing output is kept without --force, and foreign files even with it", (t) => {
  const folder = folderFor(t);
  const out = join(folder, "out");
  mkdirSync(out);
  writeFileSync(join(out, "mine.txt"), "mine");
  for (const force of [[], ["--force"]]) {
    const ran = obligato(["build", smallModelIn(folder), "-o", out, ...force]);
    t.is(ran.status, 64);
    assertOneLine(t, ran.errors, "output-exists");
    t.true(existsSync(join(out, "mine.txt")));
  }
});

test("a missing C compiler: exit 69 and its remedy; the interpreter answers by default", (t) => {
  const folder = folderFor(t);
  const out = join(folder, "out");
  t.is(obligato(["build", smallModelIn(folder), "-o", out, "--quiet"]).status, 0);
  const input = join(folder, "x.json");
  writeFileSync(input, `{"type": "f32", "shape": [2, 3], "data": [1, 2, -3, "-0", 5, 6]}`);
  const env = { ...process.env, PATH: folder };
  const ran = obligato(["run", out, "--input", input, "--engine", "c"], env);
  t.is(ran.status, 69, ran.errors);
  assertOneLine(t, ran.errors, "tool-missing");
  const answered = obligato(["run", out, "--input", input, "--json"], env);
  t.is(answered.status, 0, answered.errors);
  t.deepEqual(JSON.parse(answered.output), { engine: "interpreter", outputs: [{ name: "y", type: "f32", shape: [2, 3], data: [2, 0, 0, 0, 10, 0] }] });
});

test("a changed C file is not run as what was proved", (t) => {
  const folder = folderFor(t);
  const out = join(folder, "out");
  t.is(obligato(["build", smallModelIn(folder), "-o", out, "--quiet"]).status, 0);
  writeFileSync(join(out, "src", "small.c"), "int main(void) { return 0; }\n");
  const ran = obligato(["run", out]);
  t.is(ran.status, 64);
  assertOneLine(t, ran.errors, "altered");
});

test("wrong inputs to run: number, type, ending, content", (t) => {
  const folder = folderFor(t);
  const path = smallModelIn(folder);
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const cases: readonly (readonly [args: readonly string[], status: number, code: string])[] = [
    [[], 64, "input-count"],
    [["--input", file("wide.json", `{"type": "f32", "shape": [1], "data": [1]}`)], 64, "input-type"],
    [["--input", file("x.txt", "1")], 64, "tensor-file"],
    [["--input", file("bad.json", "{")], 4, "tensor-json"],
    [["--input", file("bad.npy", "nothing")], 4, "npy"],
    [["--engine", "c"], 64, "not-built"],
  ];
  for (const [args, status, code] of cases) {
    const ran = obligato(["run", path, ...args]);
    t.is(ran.status, status, ran.errors);
    assertOneLine(t, ran.errors, code);
  }
});
