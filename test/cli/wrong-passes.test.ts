/**
 * Whole builds in which one pass of the pipeline is wrong: it does its work, spoils the
 * result and still tells the story of the right one. The command exits 1, shows the
 * difference on an input and writes no C.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { type IndexExpr, literal, minus } from "../../ir/loop/index-expr.js";
import type { Buffer, Expr, Node, Program } from "../../ir/loop/program.js";
import { bufferOf, mapExpr, mapStores } from "../../ir/loop/visit.js";
import { build } from "../../src/cli/build.js";
import type { BuildRequest } from "../../src/driver.js";
import type { Pass } from "../../src/pass.js";
import { pipeline } from "../../src/pipeline.js";
import { root } from "../conventions/checkout.js";
import { type Captured, captured } from "../support/captured.js";
import { folderFor } from "./support.js";

/** Four dense layers, 7-32-32-32-5. */
const network = join(root, "examples", "flight-mlp", "flight-mlp.onnx");

interface Sabotage {
  readonly pass: string;
  readonly bug: string;
  readonly spoil: (after: Program) => Program;
  /** The rule that must notice. */
  readonly rule: RegExp;
}

const sabotages: readonly Sabotage[] = [
  {
    pass: "fuse-loops", bug: "the fused statement adds the bias of the mirrored channel", rule: /\/W2\//,
    spoil: (after) => mapStores(after, (store) => (store.origin.pass === "fuse-loops" ? { ...store, value: mirroredWeights(store.value, after) } : store)),
  },
  {
    pass: "tile-loops", bug: "the last tile of every layer is dropped", rule: /\/W2\//,
    spoil: (after) => ({ ...after, body: withoutLastTile(after.body) }),
  },
  {
    pass: "pack-weights", bug: "the rows of one matrix are packed backwards", rule: /\/W2\//,
    spoil: (after) => changedBuffers(after, (buffer) => (buffer.map?.tensor === "layer2.weight" ? backwards(buffer) : buffer)),
  },
  {
    pass: "plan-memory", bug: "layers that live at once share the arena", rule: /\/M1\//,
    spoil: (after) => changedBuffers(after, (buffer) => (buffer.place === undefined ? buffer : { ...buffer, place: { offset: 0 } })),
  },
];

function changedBuffers(program: Program, change: (buffer: Buffer) => Buffer): Program {
  return { ...program, buffers: program.buffers.map(change) };
}

function mirroredWeights(value: Expr, program: Program): Expr {
  return mapExpr(value, (e) => {
    if (e.kind !== "load" || bufferOf(program, e.buffer).kind !== "weight") return e;
    return { ...e, index: e.index.map((index, axis) => mirror(index, bufferOf(program, e.buffer).shape[axis] ?? 1)) };
  });
}

function mirror(index: IndexExpr, extent: number): IndexExpr {
  return minus(literal(extent - 1), index);
}

function withoutLastTile(body: readonly Node[]): Node[] {
  return body.map((node) => {
    if (node.kind === "store") return node;
    const inner = { ...node, body: withoutLastTile(node.body) };
    return inner.kind === "loop" && inner.origin.pass === "tile-loops" && inner.variable.endsWith("t") ? { ...inner, extent: inner.extent - 1 } : inner;
  });
}

function backwards(buffer: Buffer): Buffer {
  const { map } = buffer;
  const [first, ...rest] = map?.index ?? [];
  return map === undefined || first === undefined ? buffer : { ...buffer, map: { ...map, index: [mirror(first, 32), ...rest] } };
}

function wrong(pass: Pass, spoil: Sabotage["spoil"]): Pass {
  return {
    ...pass,
    run: (before, options) => {
      const result = pass.run(before, options);
      return result === undefined ? undefined : { ...result, after: spoil(result.after) };
    },
  };
}

async function builtWith(passes: readonly Pass[], folder: string): Promise<Captured> {
  const request: BuildRequest = {
    model: network, fixDims: new Map(), contract: "separate", schedule: undefined, until: undefined,
    skip: [], solver: "auto", jobs: 1, prove: true, passes,
  };
  const targets = { directory: join(folder, "out"), force: false, failed: join(folder, "failed") };
  return captured(() => build(request, targets, { color: false, jobs: 1 }));
}

for (const { pass: name, bug, spoil, rule } of sabotages) {
  test.serial(`a build where ${name} is wrong (${bug}) exits 1, shows it and writes no C`, async (t) => {
    const folder = folderFor(t);
    const { exit, output } = await builtWith(pipeline.map((pass) => (pass.name === name ? wrong(pass, spoil) : pass)), folder);
    t.is(exit, 1, output); // also where a sabotage finds nothing to spoil
    t.deepEqual(readdirSync(folder), ["failed"], "only the evidence that was asked for");
    t.false(existsSync(join(folder, "failed", "src")));
    t.regex(output, new RegExp(`^FAIL {3}stage ${name} is refuted; no C is written`, "m"));
    const claims = output.split("\n").filter((line) => /^ {2}\S+: refuted/.test(line));
    t.true(claims.length > 0 && claims.some((line) => rule.test(line)), output);
    const shown = /^ {2}replayed \(.*\): (.*)$/m.exec(output)?.[1] ?? "";
    t.not(shown, "", output);
    const verdict = readFileSync(join(folder, "failed", "evidence", "VERDICT.md"), "utf8");
    t.regex(verdict, /^# FAIL/);
    t.true(verdict.includes(shown), verdict);
    t.log(`${claims[0]?.trim() ?? ""}; ${shown}`);
  });
}

test.serial("the same build with the right passes exits 0 and writes C", async (t) => {
  const folder = folderFor(t);
  const { exit, output } = await builtWith(pipeline.map((pass) => wrong(pass, (after) => after)), folder);
  t.is(exit, 0, output);
  t.deepEqual(readdirSync(folder), ["out"]);
});
