/** Recurrences through every pass: proved, run as C, and as long in text however many steps there are. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { storesOf } from "../../ir/loop/visit.js";
import { present } from "../../ir/prelude.js";
import { type BuildResult, buildModel } from "../../src/driver.js";
import { runTest } from "../../src/testing/run-test.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { randomFrom, randomTensor } from "../loop/support.js";
import { type Fields, floats, graph, model, node, value } from "../support/onnx-model.js";
import { hasTools } from "../support/tools.js";

const [batch, inputs, hidden] = [2, 3, 4];
const silent = { stage: () => undefined, settled: () => undefined };

function weights(name: string, ...dims: readonly number[]): Fields {
  return floats(name, dims, Array.from(randomTensor({ type: "f32", shape: dims }, randomFrom(dims.length)).data, Number));
}

/** `op` over `steps` steps in both directions, then a Relu of the whole sequence; the last state is an output too. */
function recurrent(op: "LSTM" | "GRU" | "RNN", gates: number, steps: number): Uint8Array {
  const attribute = [
    { name: "direction", type: 3, s: new TextEncoder().encode("bidirectional") }, { name: "hidden_size", type: 2, i: hidden },
  ];
  const nodes = [node(op, ["x", "w", "r", "b", "", "h0"], ["s", "last"], { attribute }), node("Relu", ["s"], ["y"])];
  const initializer = [weights("w", 2, gates * hidden, inputs), weights("r", 2, gates * hidden, hidden), weights("b", 2, 2 * gates * hidden)];
  return model(graph(nodes, {
    input: [value("x", [steps, batch, inputs]), value("h0", [2, batch, hidden])],
    output: [value("y", [steps, 2, batch, hidden]), value("last", [2, batch, hidden])], initializer,
  }));
}

const request = {
  jobs: 2, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: true,
} as const;

async function inFolder<T>(bytes: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "obligato-recurrent-"));
  try {
    const path = join(folder, "model.onnx");
    await writeFile(path, bytes);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const operators = [["LSTM", 4], ["GRU", 3], ["RNN", 1]] as const;

for (const [op, gates] of operators) {
  test.serial(`${op}: a bidirectional sequence is proved and its C agrees`, async (t) => {
    t.timeout(300_000);
    if (!hasTools(t, "gcc", "nm")) return;
    const [compiler] = await findCompilers();
    const options = { request, compiler: present(compiler, "a compiler"), tolerance: { relative: 0, absolute: 0 } };
    const row = await inFolder(recurrent(op, gates, 7), (path) => runTest({ name: op, model: path, sets: [] }, options, silent));
    t.deepEqual([row.status, row.build], ["pass", "proved"], row.reason);
  });
}

test.serial("LSTM: the text does not grow with the sequence", async (t) => {
  t.timeout(300_000);
  const built = (steps: number): Promise<BuildResult> => inFolder(recurrent("LSTM", 4, steps), (path) => buildModel({ ...request, model: path }, silent));
  const [short, long] = [await built(5), await built(400)];
  t.deepEqual([short.outcome, long.outcome], ["proved", "proved"]);
  const statements = ({ stages }: BuildResult): number => storesOf(present(stages.at(-1)?.program, "program")).length;
  t.is(statements(long), statements(short));
  const obligations = ({ stages }: BuildResult): number => stages.reduce((sum, { ledger }) => sum + ledger.length, 0);
  t.log(`${statements(long)} statements; ${obligations(short)} obligations for 5 steps, ${obligations(long)} for 400`);
});
