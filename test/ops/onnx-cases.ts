/**
 * Test folders in the layout of the ONNX backend tests: a model, and sets of inputs
 * with the expected outputs. Floats are compared with rtol 1e-4 and atol 1e-5, which
 * is what such outputs are good for, floats of 16 bits a unit in their last place more;
 * everything else exactly; NaN equals NaN.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Graph } from "../../ir/graph/graph.js";
import { evalGraph, operatorNode } from "../../ir/graph/eval.js";
import { operatorFor } from "../../ir/ops/index.js";
import { Refusal, present } from "../../ir/prelude.js";
import { type ScalarValue, isFloat, isHalf } from "../../ir/scalar/types.js";
import { assertMeaning } from "../../ir/tensor/assert.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Tensor, printTensorType, sameType } from "../../ir/tensor/tensor.js";
import { decodeModel } from "../../src/onnx/decode.js";
import { importModel } from "../../src/onnx/import.js";
import type { OnnxModel } from "../../src/onnx/model.js";
import type { NodeTest } from "../../src/mutate/node-tests.js";
import { asBits, validateInputs } from "../../src/run/engines.js";
import { agreement } from "../../src/testing/compare.js";
import { type TestFolder, findTests, readDataSet } from "../../src/testing/data-sets.js";
import { storedForm } from "../../src/testing/stored-form.js";
import { shapeInputs, storedInputs, withoutFixed } from "../../src/testing/shape-inputs.js";

export const tolerance = { relative: 1e-4, absolute: 1e-5 } as const;

/** Tests whose expected outputs are written with this many decimals, so that they are off by half of the last one. */
const decimals: Readonly<Record<string, number>> = { test_gridsample_bicubic: 4, test_roialign_aligned_false: 4, test_roialign_aligned_true: 4 };

/**
 * Tests of ONNX 1.12 whose stored windows are computed with π = 3.1415 (onnx/onnx#4249, #5316);
 * later releases of ONNX store others for the same models.
 */
const crudePi = /libonnx-testdata.*\/test_(blackman|hamming|hann)window(_symmetric)?(_expanded)?$/;

/** How far an element is from what is expected, as a share of the tolerance: at most 1 is right. */
export function share(actual: ScalarValue, expected: ScalarValue, float: boolean, absolute: number = tolerance.absolute): number {
  const [a, b] = [Number(actual), Number(expected)];
  if (actual === expected || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const off = Math.abs(a - b) / (absolute + tolerance.relative * Math.abs(b));
  return float && Number.isFinite(off) ? off : Infinity;
}

/** The largest share over all elements; Infinity where the types differ. */
export function largestShare(actual: Tensor, expected: Tensor, absolute: number = tolerance.absolute): number {
  if (!sameType(actual, expected)) return Infinity;
  const { type } = actual;
  if (isHalf(type)) return agreement(expected, actual, { ...tolerance, absolute }).within ? 0 : Infinity;
  let largest = 0;
  actual.data.forEach((value: ScalarValue, at: number) => {
    largest = Math.max(largest, share(value, expected.data[at] ?? NaN, isFloat(type), absolute));
  });
  return largest;
}

export interface DataSet {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly expected: readonly Tensor[];
}

/** The data sets of a test folder with the values that the graph's fixed inputs have, as the inputs that it still has. */
export function dataSetsOf(folder: string, graph: Graph): readonly DataSet[] {
  const { model, sets } = testIn(folder);
  const fixed = graph.fixedInputs ?? new Map<string, Tensor>();
  const names = fixed.size === 0 ? [] : storedInputs(model);
  return sets.flatMap((set) => withoutFixed(readDataSet(set), names, fixed) ?? []).map((stored) => {
    const inputs = stored.inputs.map((input, k) => asBits(input, graph.inputs[k]?.type));
    validateInputs(graph.inputs, inputs);
    return {
      inputs: new Map(graph.inputs.map(({ name }, k) => [name, present(inputs[k], name)])),
      expected: stored.outputs.map((output, k) => asBits(output, graph.outputs[k]?.type)),
    };
  });
}

function testIn(folder: string): TestFolder {
  return present(findTests(folder)[0], `test in ${folder}`);
}

function decodedModel(folder: string): OnnxModel {
  return decodeModel(readFileSync(modelPath(folder)), folder);
}

/** The model of a test folder; inputs that decide shapes are fixed to their values in the first data set, as `obligato test --fix-shape-inputs` does it. */
export function importCase(folder: string, contract: MulAddContract): Graph {
  const found = testIn(folder);
  return importModel(found.model, { contract, fixInputs: shapeInputs(found, { contract }) }).graph;
}

/** A network as the tests use it: with literal shapes where the published one has parameters. */
export function modelPath(folder: string): string {
  const fixed = join(folder, "model_static.onnx");
  return existsSync(fixed) ? fixed : join(folder, "model.onnx");
}

export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "out-of-scope"; readonly code: string; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/** What is known of the accuracy of a test's stored outputs, where the proven error of a model can be smaller. */
export function accuracyOf(folder: string): string | undefined {
  const written = decimals[basename(folder)];
  if (written !== undefined) return `it is written with ${written} decimals`;
  return /^test_dft/.test(basename(folder)) ? "it is that of a fast transform, with rounding where the result is exactly 0" : undefined;
}

function absoluteOf(folder: string): number {
  const written = decimals[basename(folder)];
  return written === undefined ? tolerance.absolute : tolerance.absolute + 0.5 * 10 ** -written;
}

/** Runs every data set of a folder; a model that import refuses is out of scope, with the reason. */
export function runCase(folder: string, contract: MulAddContract): Outcome {
  try {
    const graph = importCase(folder, contract);
    assertMeanings(graph);
    if (crudePi.test(folder)) return { kind: "out-of-scope", code: "stored-output", reason: "the stored output is computed with π = 3.1415, as ONNX 1.12 had it" };
    const sets = dataSetsOf(folder, graph);
    if (sets.length === 0) return { kind: "failed", reason: "no data set to compare with" };
    for (const { inputs, expected } of sets) {
      const outputs = storedForm(graph, [...evalGraph(graph, inputs, contract).values()]);
      const wrong = expected.findIndex((stored, k) => largestShare(present(outputs[k], "output"), stored, absoluteOf(folder)) > 1);
      if (wrong >= 0) return { kind: "failed", reason: `output ${wrong} ${printTensorType(present(outputs[wrong], "output"))} differs` };
    }
    return { kind: "passed" };
  } catch (error) {
    if (error instanceof Refusal) return { kind: "out-of-scope", code: error.code, reason: error.message };
    return { kind: "failed", reason: String(error) };
  }
}

/** Every meaning of the graph is well-formed and has the types of its shape rule. */
export function assertMeanings(graph: Graph): void {
  for (const node of graph.nodes) {
    const definition = present(operatorFor(node.domain, node.op), `operator ${node.op}`);
    const view = operatorNode(node, graph);
    assertMeaning(definition.meaning(view), view.inputs, definition.shape(view));
  }
}

/** The operator a node test is about: that of its only node. */
export function operatorOf(folder: string): string {
  const { nodes } = decodedModel(folder).graph;
  return nodes.length === 1 ? present(nodes[0], "node").op : "(several nodes)";
}

/** The data sets of a folder that pass, for the mutants; none of a model that import refuses. */
export function nodeTestsIn(folder: string): readonly NodeTest[] {
  if (runCase(folder, "separate").kind !== "passed") return [];
  const graph = importCase(folder, "separate");
  return dataSetsOf(folder, graph).map(({ inputs, expected }) => ({ name: basename(folder), graph, inputs, expected }));
}
