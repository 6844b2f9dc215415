/**
 * A counterexample as a test that runs: both programs as `.loop` text, the inputs that
 * tell them apart, and a C program of its own that runs both on these inputs and prints
 * the first difference. Programs that C cannot run, because the wrong one leaves its
 * buffers or is not well formed, come as text and inputs only.
 */
import { emitC } from "../../backends/c/emit.js";
import { problemsOf } from "../../ir/loop/assert.js";
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { InvariantViolation, Refusal } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { openOutput } from "../evidence/output-directory.js";
import { placeApart } from "../passes/place-apart.js";
import { interfaceBuffers } from "../run/engines.js";
import { printTensorsAsBits } from "../run/loop-file.js";
import type { Replay } from "../run/replay.js";
import { replayInputs } from "../run/replay.js";
import { differenceMain } from "./c-difference.js";

export interface Difference {
  readonly before: Program;
  readonly after: Program;
  readonly replay: Replay;
  readonly weights: ReadonlyMap<string, Tensor>;
}

interface File {
  readonly name: string;
  readonly text: string;
}

/** The names of the files written; the folder appears whole or not at all. */
export async function emitTest(difference: Difference, folder: string): Promise<readonly string[]> {
  const files = testFiles(difference);
  const into = openOutput(folder, false);
  try {
    for (const { name, text } of files) into.put(name, text);
    await into.commit();
  } finally {
    into.discard();
  }
  return files.map(({ name }) => name);
}

/** What `emitTest` writes. */
export function testFiles({ before, after, replay, weights }: Difference): readonly File[] {
  const inputs = replayInputs(before, replay.kind === "confirmed" ? replay.vector : "");
  const named = interfaceBuffers(before, "input").flatMap(({ name, label = name }, k) => inputs.slice(k, k + 1).map((value) => [label, value] as const));
  const runs = replay.kind === "confirmed" && replay.difference !== undefined; // what goes wrong by itself is no C to run
  const code = runs ? cFiles(before, after, inputs, weights) : [];
  return [
    { name: "before.loop", text: printProgram(before) },
    { name: "after.loop", text: printProgram(after) },
    { name: "inputs.json", text: printTensorsAsBits(named) },
    { name: "tensors.json", text: printTensorsAsBits(weights) },
    ...code,
    { name: "README.md", text: readme(code.length > 0) },
  ];
}

/** Empty where one of the programs cannot be printed as C, or the interfaces differ. */
function cFiles(before: Program, after: Program, inputs: readonly Tensor[], weights: ReadonlyMap<string, Tensor>): readonly File[] {
  if (signature(before) !== signature(after)) return [];
  try {
    const [first, second] = [runnable(before), runnable(after)];
    const files = ([["before", first], ["after", second]] as const).flatMap(([model, program]) => emitC(program, { model, weights }).files);
    return [...files.filter(({ name }) => !name.endsWith("_selftest.c")), { name: "difference.c", text: differenceMain(first, second, inputs) }];
  } catch (error) {
    if (error instanceof InvariantViolation || error instanceof Refusal) return [];
    throw error;
  }
}

function signature({ buffers }: Program): string {
  return buffers.filter(({ kind }) => kind === "input" || kind === "output").map(({ kind, type, shape }) => `${kind} ${type}[${shape.join(",")}]`).join();
}

/** With a place for every temporary: C needs one. Throws for a program that is not well formed. */
function runnable(program: Program): Program {
  const [problem] = problemsOf(program);
  if (problem !== undefined) throw new InvariantViolation(problem);
  return placeApart.run({ program, dataflow: { producers: {}, finals: {}, once: [] } }, {})?.after ?? program;
}

function readme(withC: boolean): string {
  const c = withC
    ? ["Both programs as C, run on the inputs; prints the first output element that differs and exits 1:", "", "    cc -std=c99 -ffp-contract=off *.c -o difference -lm && ./difference", ""]
    : ["The wrong program leaves its buffers or is not well formed, so it is not given as C.", ""];
  const run = (name: string): string => `    obligato run ${name}.loop --inputs inputs.json --tensors tensors.json`;
  return [
    "# A counterexample", "", ...c, "Both programs in the interpreter:", "", run("before"), run("after"), "",
    "`inputs.json` and `tensors.json` give each element as its bits in hexadecimal.", "",
  ].join("\n");
}
