/** winograd from the command line: what is printed, written, proved and audited again, and the compiled C, which has the bits of the model. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { evalGraph } from "../../ir/graph/eval.js";
import { present } from "../../ir/prelude.js";
import { elementCount, tensorOf } from "../../ir/tensor/tensor.js";
import { rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import { discharge } from "../../proofs/provers/discharge.js";
import { importModel } from "../../src/onnx/import.js";
import { folderFor, modelIn, obligato } from "../cli/support.js";
import { bytesOfConvolution, convolutions, numbers } from "../proofs/lemmas/tile-models.js";
import { testdata } from "../support/testdata.js";
import { hasTools } from "../support/tools.js";

test("build over tiles: tier T0 with the lemma, which prove makes again and audit checks with both solvers", (t) => {
  if (!hasTools(t, "cvc5")) return;
  const folder = folderFor(t);
  const [path, out] = [modelIn(folder, bytesOfConvolution(present(convolutions[0], "a case"))), join(folder, "out")];
  const ran = obligato(["build", path, "-o", out, "--lemma", "winograd:conv", "--replication", "exact"]);
  t.is(ran.status, 0, ran.errors);
  t.regex(ran.output, /PASS {3}T0 bit-exact[^\n]*\n {7}lemmas: winograd \(1\)/);
  for (const file of ["lemmas/winograd/identity.smt2", "lemmas/winograd/conversion.smt2", "lemmas/after.txt"]) t.true(existsSync(join(out, "evidence", file)), file);
  const audited = obligato(["audit", out]);
  t.is(audited.status, 0, audited.output + audited.errors);
  t.is(obligato(["prove", out, "--model", path]).status, 0);
  t.regex(obligato(["build", path, "-o", out, "--force", "--lemma", "winograd:nobody"]).errors, /winograd: there is no node nobody/);
});

for (const [k, given] of convolutions.entries()) {
  test(`the compiled C over tiles gives the bits of the model: ${given.image.join(" x ")}, case ${k}`, (t) => {
    if (!hasTools(t, "gcc")) return;
    const folder = folderFor(t);
    const [path, out] = [modelIn(folder, bytesOfConvolution(given)), join(folder, "out")];
    const built = obligato(["build", path, "-o", out, "--lemma", "winograd"]);
    t.is(built.status, 0, built.errors);
    const { graph } = importModel(path);
    const { type, shape } = present(graph.inputs[0], "x");
    for (const factor of [9301, 49297]) {
      const x = tensorOf(type, shape, numbers(elementCount(shape), factor).map((value) => (type === "u8" ? value + 128 : value)));
      writeFileSync(join(folder, "x.json"), JSON.stringify({ type, shape, data: Array.from(x.data, Number) }));
      const ran = obligato(["run", out, "--input", join(folder, "x.json"), "--json"]);
      t.is(ran.status, 0, ran.errors);
      const y = (JSON.parse(ran.output) as { outputs: readonly { data: readonly number[] }[] }).outputs[0]?.data;
      t.deepEqual(y, Array.from(present(evalGraph(graph, new Map([["x", x]]), "separate").get("y"), "y").data, Number));
    }
  });
}

test("an image classifier in 8 bits: convolutions of 16, 32 and 64 channels over tiles, all claims proved", async (t) => {
  const path = testdata("models", "mlperf_ic_int8_qop", "model.onnx");
  if (path === undefined) { t.log("skipped: test data"); t.pass(); return; }
  const { graph } = importModel(path);
  const { graph: after, claims, steps } = rewriteGraph(graph, [{ lemma: "winograd" }]);
  const channels = after.nodes.filter(({ op }) => op === "QLinearWinograd").map(({ inputs: [x] }) => after.types.get(x ?? "")?.shape[1]);
  t.deepEqual([steps.length, channels], [4, [16, 16, 32, 64]]);
  const ledger = await discharge(claims.obligations, { jobs: 1, solver: "z3" });
  t.deepEqual(ledger.filter(({ verdict }) => verdict.kind !== "proved").map(({ id }) => id), []);
  const input = present(graph.inputs[0], "an input");
  const x = new Map([[input.name, tensorOf(input.type, input.shape, numbers(elementCount(input.shape), 9301))]]);
  const [old, made] = [graph, after].map((each) => [...evalGraph(each, x, "separate").values()].map(({ data }) => data));
  t.deepEqual(made, old);
});
