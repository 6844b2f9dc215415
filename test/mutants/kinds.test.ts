/** Every kind of mutant: none survives unexplained, each kind is large enough, and the score can tell a hole. */
import test from "ava";
import { runMutants } from "../../src/mutate/all.js";
import { catalogue } from "../../src/mutate/catalogue.js";
import { type MutantKind, type MutantRow, isHole, mutantKinds, mutantRow, scoreByKind } from "../../src/mutate/row.js";
import { sourceOf } from "../../src/mutate/sources.js";
import { nodeVectors } from "../../src/mutate/vectors/index.js";
import { differenceFrom } from "../../src/mutate/vectors/vector.js";
import { operators } from "../../ir/ops/index.js";

/** Fewer than these, and something was no longer made. */
const least: Readonly<Record<MutantKind, number>> = { pass: 90, witness: 300, kernel: 50, solver: 25, import: 400, meaning: 800, weights: 30, "c-text": 2000, "flow-facts": 250, lemma: 400 };

/** The kinds that need no long discharge; wrong passes have tests of their own. */
const quick: readonly MutantKind[] = ["kernel", "solver", "import", "meaning", "weights", "c-text", "flow-facts", "lemma"];

function shown(rows: readonly MutantRow[]): readonly string[] {
  return rows.map(({ name, bug }) => `${name}: ${bug}`);
}

for (const kind of quick) {
  test.serial(`mutants: of kind ${kind} none survives unexplained`, async (t) => {
    const rows = await runMutants({ jobs: 1, kinds: [kind] });
    t.true(rows.length >= least[kind], `${rows.length} mutants`);
    t.is(new Set(rows.map(({ name }) => name)).size, rows.length, "names are unique");
    t.deepEqual(shown(rows.filter(isHole)), []);
    t.true(rows.every(({ killed, by }) => killed === (by !== "")));
    t.log(...scoreByKind(rows).map((score) => JSON.stringify(score)));
  });
}

test.serial("mutants: of witnesses none survives but those that tell the same story", async (t) => {
  const rows = await runMutants({ jobs: 1, kinds: ["witness"] });
  t.true(rows.length >= least.witness);
  t.deepEqual(shown(rows.filter(isHole)), []);
  t.true(rows.filter(({ killed }) => !killed).every(({ equivalent }) => equivalent?.startsWith("names the same instance") === true));
});

test("mutants: a row that nothing noticed and nothing explains is a hole", (t) => {
  const rows = [mutantRow("pass", "a", "", "W2"), mutantRow("pass", "b", "", ""), mutantRow("pass", "c", "", "", { equivalent: "the same" })];
  t.deepEqual(rows.map(isHole), [false, true, false]);
  t.deepEqual(scoreByKind(rows), [{ kind: "pass", mutants: 3, killed: 1, equivalent: 1, holes: 1 }]);
  t.deepEqual(mutantKinds.filter((kind) => !(kind in least)), []);
});

test("mutants: the source of each wrong pass is a thread of a public project or an attack", (t) => {
  const sources = catalogue.map((it) => ({ name: it.name, source: sourceOf(it) }));
  const without = sources.filter(({ source }) => source === "").map(({ name }) => name);
  if (without.length > 0) t.log(`without a source: ${without.join(", ")}`);
  t.deepEqual(sources.filter(({ source }) => source !== "" && !/^(attack: .+|[\w/. -]+ (#\d+|D\d+).*)$/.test(source)), []);
  t.true(sources.length - without.length >= 90);
});

test("vectors: every operator has some, all are right, names are unique", (t) => {
  t.deepEqual(nodeVectors.map((it) => [it.name, differenceFrom(it)]).filter(([, what]) => what !== ""), []);
  t.is(new Set(nodeVectors.map(({ name }) => name)).size, nodeVectors.length);
  const without = operators.map(({ op }) => op).filter((op) => !nodeVectors.some((it) => it.op === op)).toSorted();
  const nodeTestsOnly = [ // test/ops/node-test-mutants.test.ts makes their meanings wrong; Pack and Unpack are in the vectors of DequantizeLinear
    "ArgMax", "ArgMin", "BitCast", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Col2Im",
    "Compress", "ConvTranspose", "CumProd", "CumSum", "DeformConv", "DynamicQuantizeLSTM", "DynamicQuantizeLinear", "Einsum", "GRU", "GatherElements",
    "GatherND", "GridSample", "GroupNormalization", "Hardmax", "Interpolate", "IsInf", "IsNaN", "LRN", "LSTM",
    "LinearAttention", "LpNormalization", "LpPool", "MatMulNBits", "MaxRoiPool", "MaxUnpool", "Mod", "NegativeLogLikelihoodLoss", "NonMaxSuppression", "NonZero", "OneHot", "Pack", "RMSNormalization", "RNN",
    "ReduceLogSumExp", "ReverseSequence", "RoiAlign", "RotaryEmbedding", "ScatterElements", "ScatterND", "Shrink",
    "TensorScatter", "TopK", "Trilu", "Unique", "Unpack",
  ];
  t.deepEqual(without, nodeTestsOnly, "these have the ONNX node tests only");
});
