/**
 * Real networks: each is decoded, and becomes a graph unless one of its operators is
 * not supported. A refusal of a published model as *invalid* would be our bug.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { invariant, type Refusal } from "../../ir/prelude.js";
import { decodeModel } from "../../src/onnx/decode.js";
import { importModel } from "../../src/onnx/import.js";
import { refusalOf } from "../support/refusals.js";
import { testdata } from "../support/testdata.js";

function modelFiles(): readonly string[] {
  const root = testdata("models");
  if (root === undefined) return [];
  return readdirSync(root).map((name) => testdata("models", name, "model_static.onnx") ?? join(root, name, "model.onnx"));
}

const files = modelFiles();

test("every published network decodes", (t) => {
  if (files.length === 0) return skip(t);
  for (const file of files) t.notThrows(() => decodeModel(readFileSync(file), file), file);
});

/** Its LayerNormalization has an attribute `epsion`, which nobody defines. */
const misspelt = "ort_attention_mask_no_cast";

test("every published network is imported, or refused for what is not supported", (t) => {
  if (files.length === 0) return skip(t);
  const refused = new Map<string, number>();
  for (const file of files) {
    const refusal = refusalWithPins(file, new Map());
    if (refusal === undefined) continue;
    t.is(refusal.refusal, file.includes(misspelt) ? "invalid" : "unsupported", `${file}: ${refusal.line}`);
    refused.set(refusal.message, (refused.get(refusal.message) ?? 0) + 1);
  }
  const total = [...refused.values()].reduce((sum, count) => sum + count, 0);
  t.log(`${files.length - total} of ${files.length} networks import whole`);
  for (const [reason, count] of refused) t.log(`${count} × ${reason}`);
});

function skip(t: ExecutionContext): void {
  t.log("skipped: test data");
  t.pass();
}

/** The refusal of `file` once every dynamic dimension is pinned to 1 as the refusals propose. */
function refusalWithPins(file: string, fixDims: ReadonlyMap<string, number>): Refusal | undefined {
  const refusal = refusalOf(() => assertConsistent(file, fixDims));
  const proposed = refusal?.code === "dynamic-dim" ? /--fix-dim (.*)=1,/.exec(refusal.remedy)?.[1] : undefined;
  return proposed === undefined ? refusal : refusalWithPins(file, new Map([...fixDims, [proposed, 1]]));
}

/** Imports `file` and checks what a Graph promises: single assignment, execution order, a type for everything. */
function assertConsistent(file: string, fixDims: ReadonlyMap<string, number>): void {
  const { graph } = importModel(file, { fixDims });
  const made = new Set([...graph.inputs.map(({ name }) => name), ...graph.constants.keys()]);
  const names = new Set<string>();
  for (const { name, inputs, outputs } of graph.nodes) {
    invariant(name !== "" && !names.has(name), `${file}: node name ${name}`);
    names.add(name);
    for (const input of inputs) invariant(input === null || made.has(input), `${file}: ${input} is used before it is made`);
    for (const output of outputs) {
      invariant(!made.has(output) && graph.types.has(output), `${file}: output ${output}`);
      made.add(output);
    }
  }
  for (const { name } of graph.outputs) invariant(made.has(name), `${file}: graph output ${name}`);
  for (const [name, maker] of graph.derived) {
    invariant(graph.constants.has(name), `${file}: ${name} is derived but no constant`);
    for (const input of maker.inputs) invariant(input === null || graph.constants.has(input), `${file}: ${name} is derived from ${input}`);
  }
}
