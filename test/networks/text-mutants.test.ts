/**
 * Wrong printers on whole networks: single tokens of the emitted C are changed, and
 * each change is refused by the reader or read as another program. What nobody notices
 * must read as the very same program, and is listed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { mutateText, scoreTextMutants } from "../../backends/c/mutate.js";
import { readBack } from "../../backends/c/readback.js";
import type { EmittedFile } from "../../backends/backend.js";
import { printProgram } from "../../ir/loop/print.js";
import { present } from "../../ir/prelude.js";
import { bytesOfElements } from "../../ir/tensor/tensor.js";
import { buildModel } from "../../src/driver.js";
import { modelIn } from "../cli/support.js";
import { root } from "../conventions/checkout.js";
import { floats, graph, model, node, value } from "../support/onnx-model.js";
import { testdata } from "../support/testdata.js";

const mutantsEach = 175;

const killers = ["reader", "program", "round-trip"] as const;

/** Stands in for a network of the test data: a convolution, a pool and a product, two kinds of sums. */
function pooled(): Uint8Array {
  const nodes = [
    node("Conv", ["x", "k"], ["c"], { attribute: [{ name: "pads", type: 7, ints: [1, 1, 1, 1] }] }),
    node("Relu", ["c"], ["r"]), node("GlobalAveragePool", ["r"], ["p"]), node("Flatten", ["p"], ["f"]), node("MatMul", ["f", "w"], ["y"]),
  ];
  const series = (length: number): number[] => Array.from({ length }, (_, k) => Math.sin(k + 1));
  const initializer = [floats("k", [4, 2, 3, 3], series(72)), floats("w", [4, 3], series(12))];
  return model(graph(nodes, { input: [value("x", [1, 2, 6, 6])], output: [value("y", [1, 3])], initializer }));
}

interface Subject {
  readonly name: string;
  /** The path of its model; `folder` is for one that has none yet. */
  readonly path: (folder: string) => string;
}

const third = testdata("models", "hcas_pra0_tau00", "model.onnx");
const subjects: readonly Subject[] = [
  { name: "digits", path: () => join(root, "examples", "digits", "digits.onnx") },
  { name: "flight-mlp", path: () => join(root, "examples", "flight-mlp", "flight-mlp.onnx") },
  third === undefined ? { name: "pooled", path: (folder) => modelIn(folder, pooled()) } : { name: "hcas_pra0_tau00", path: () => third },
];

/** Proofs are the business of the acceptance tests. */
async function emittedFor({ path }: Subject): Promise<readonly EmittedFile[]> {
  const folder = mkdtempSync(join(tmpdir(), "obligato-mutants-"));
  try {
    const request = {
      model: path(folder), jobs: 1, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined,
      until: undefined, skip: [], solver: "auto", prove: false,
    } as const;
    const { code } = await buildModel(request, { stage: () => undefined, settled: () => undefined });
    return present(code, "code").emission.files;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All that a machine would compute with: the program and the bits of its weights. */
function meaningOf(files: readonly EmittedFile[]): readonly string[] {
  const { program, weights } = readBack(files);
  return [printProgram(program), ...[...weights].map(([name, { data }]) => `${name} ${Buffer.from(bytesOfElements(data)).toString("base64")}`)];
}

let total = 0;

test.serial.after("mutants of whole networks: enough of them", (t) => {
  t.log(`${total} mutants of ${subjects.map(({ name }) => name).join(", ")}`);
  t.true(total >= 510);
});

for (const [k, subject] of subjects.entries()) {
  test.serial(`mutants of whole networks: every changed token of ${subject.name} is noticed`, async (t) => {
    const files = await emittedFor(subject);
    const seed = 41 + k;
    const scores = scoreTextMutants(files, mutantsEach, seed);
    const mutants = mutateText(files, seed, mutantsEach);
    t.deepEqual(scores.map(({ name }) => name), mutants.map(({ name }) => name));
    t.is(scores.length, mutantsEach);
    total += scores.length;
    const texts = new Set(mutants.map((mutant) => mutant.files.map(({ text }) => text).join("\0")));
    t.is(texts.size, mutantsEach, "no two are the same");
    t.false(texts.has(files.map(({ text }) => text).join("\0")), "each is a change");

    const survivors = scores.flatMap(({ name, killed }, at) => (killed ? [] : [{ name, files: present(mutants[at], name).files }]));
    t.log(`${scores.length} mutants: ${killers.map((by) => `${scores.filter((score) => score.by === by).length} by ${by}`).join(", ")}; ${survivors.length} survive`);
    for (const { name } of survivors) t.log(`survives: ${name}`);
    const meaning = meaningOf(files);
    for (const survivor of survivors) t.deepEqual(meaningOf(survivor.files), meaning, survivor.name);
    for (const by of ["reader", "program"] as const) t.true(scores.some((score) => score.by === by), `none killed by ${by}`);
  });
}
