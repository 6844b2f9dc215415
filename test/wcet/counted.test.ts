/**
 * Flow facts against instrumented runs of the printed C: the marks become counters, nothing
 * else changes, and every loop and guard runs as often as its fact says, exactly. Each kind
 * of wrong fact is noticed, and named.
 */
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { readBack } from "../../backends/c/readback.js";
import type { EmittedFile, ReadBack } from "../../backends/backend.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { buildModel } from "../../src/driver.js";
import { interfaceBuffers } from "../../src/run/engines.js";
import { vectorFor } from "../../src/run/vectors.js";
import { countLoops } from "../../src/toolchain/count-loops.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { countProblems, countable } from "../../wcet/facts/counted.js";
import { type FlowFacts, type LoopRecord, flowFactsInCode, flowFactsOf } from "../../wcet/facts/flow-facts.js";
import { programs } from "../backends/programs.js";
import { inputsOf } from "../backends/support.js";
import { network } from "../networks/network.js";

interface Text {
  readonly files: readonly EmittedFile[];
  readonly read: ReadBack;
}

async function counted({ files, read }: Text, vectors: readonly (readonly Tensor[])[]): ReturnType<typeof countLoops> {
  const [compiler] = await findCompilers();
  if (compiler === undefined) throw new Error("no C compiler");
  return countLoops({ files, read, compiler, fused: false }, vectors);
}

/** Counts that agree with each other, as a reader of the file asks. */
function consistent(record: LoopRecord): LoopRecord {
  return { ...record, N_backedge: record.N_body, N_header: record.N_body + 1, total: record.entries * record.N_body };
}

/** Every way in which a fact can be wrong, for a loop that is entered more than once, and the first guard. */
function wrongFacts(facts: FlowFacts): readonly (readonly [what: string, facts: FlowFacts])[] {
  const [loop, record] = Object.entries(facts.loops).find(([, { entries }]) => entries > 1) ?? [];
  if (loop === undefined || record === undefined) return [];
  const { N_body, entries } = record;
  const changed = (change: Partial<LoopRecord>): FlowFacts => ({ ...facts, loops: { ...facts.loops, [loop]: consistent({ ...record, ...change }) } });
  const { [loop]: _lost, ...others } = facts.loops;
  const [guard, ...guards] = facts.guards;
  return [
    [loop, changed({ entries: entries + 1 })],
    [loop, changed({ N_body: N_body + 1 })],
    [loop, changed({ N_body: N_body * entries, entries: 1 })], // the total is right
    [loop, { ...facts, loops: others }],
    ["stranger", { ...facts, loops: { ...facts.loops, stranger: record } }],
    ...(guard === undefined ? [] : [["guard 0", { ...facts, guards: [{ ...guard, taken: guard.taken + 1 }, ...guards] }] as const]),
  ];
}

for (const subject of programs) {
  test(`counted: loops and guards of ${subject.name} run as often as its facts say`, async (t) => {
    const { name, program, weights } = subject;
    const { files } = emitC(program, { model: name, weights });
    const read = readBack(files);
    const runs = await counted({ files, read }, [1, 2].map((seed) => inputsOf(subject, seed)));
    t.is(runs.length, 2);
    t.deepEqual(countProblems(countable(flowFactsInCode(flowFactsOf(read.program), codeFactsOf(read.program)), read.bounds), runs), []);
  });
}

/** Convolutional with guards, recurrent, quantised. */
for (const name of ["sonnx_lenet5", "onnx2c_lstm_k1", "tfl_hello_world_int8_qop"]) {
  test(`counted: facts of ${name} are exact, and each wrong one is named`, async (t) => {
    const folder = network(name);
    if (folder === undefined) {
      t.log("skipped: test data");
      return t.pass();
    }
    const request = { model: folder.model, fixDims: new Map<string, number>(), jobs: 1, contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", prove: false } as const;
    const { code } = await buildModel(request, { stage: () => undefined, settled: () => undefined });
    if (code === undefined) return t.fail("no code");
    const { emission: { files }, read } = code;
    const facts = flowFactsOf(read.program);
    const runs = await counted({ files, read }, [1, 2].map((seed) => vectorFor(interfaceBuffers(read.program, "input"), seed, "special")));
    t.deepEqual(countProblems(facts, runs), []);
    const wrongs = wrongFacts(facts);
    t.true(wrongs.length >= 5);
    for (const [what, wrong] of wrongs) {
      const [first = "nothing noticed"] = countProblems(wrong, runs);
      t.regex(first, new RegExp(`\\b${what}\\b`));
    }
  });
}

test("counted: a mark of a loop that the program does not have does not compile", async (t) => {
  const [subject] = programs;
  if (subject === undefined) return t.fail();
  const { files } = emitC(subject.program, { model: subject.name, weights: subject.weights });
  const read = readBack(files);
  const changed = files.map(({ name, text }) => ({ name, text: text.replace(/LOOP_BOUND\((\w+), (\d+)\);/, "LOOP_BOUND(stranger, $2);") }));
  await t.throwsAsync(counted({ files: changed, read }, [inputsOf(subject, 1)]), { message: /stranger/ });
});

test("counted: code that runs a loop once more, or leaves a mark out, is noticed", async (t) => {
  const [subject] = programs;
  if (subject === undefined) return t.fail();
  const { files } = emitC(subject.program, { model: subject.name, weights: subject.weights });
  const read = readBack(files);
  const facts = flowFactsOf(read.program);
  const edits: readonly ((text: string) => string)[] = [
    (text) => text.replace(/(int32_t (\w+) = 0; \2 < )(\d+)/, (_all, head: string, _name: string, n: string) => `${head}${Number(n) - 1}`),
    (text) => text.replace(/ *LOOP_BOUND\(\w+, \d+\);\n/, ""),
  ];
  for (const edit of edits) {
    const changed = files.map(({ name, text }) => ({ name, text: edit(text) }));
    t.not(countProblems(facts, await counted({ files: changed, read }, [inputsOf(subject, 1)])).length, 0);
  }
});
