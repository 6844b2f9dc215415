/** One wrong pass for a person: the bug, the counterexample, and a test that shows it. */
import { checkStage, beginChain } from "../../proofs/kernel/kernel.js";
import { counterexampleLines } from "../explain/counterexample.js";
import { emitTest } from "../explain/emit-test.js";
import { replay } from "../run/replay.js";
import type { WrongPass } from "./entry.js";
import { type Row, modelOf, obligationsOf } from "./index.js";
import { laneOrders } from "./lanes.js";

/** Writes a test to `folder` if one is named. */
export async function explainPass(pass: WrongPass, row: Row | undefined, folder: string | undefined): Promise<readonly string[]> {
  const { before, after, witness, bug } = pass;
  const obligation = obligationsOf(pass).find(({ id }) => id === row?.by);
  if (row === undefined || obligation === undefined) return [];
  const refuted = {
    obligation, before: before.program, after: ownText(pass) ?? after, witness,
    line: { verdict: { kind: "refuted", by: "", counterexample: row.counterexample }, detail: row.detail }, replay: row.replay,
  } as const;
  const written = folder === undefined ? [] : await emitTest({ before: before.program, after: differing(pass), weights: before.tensors, replay: row.replay }, folder);
  return [`${pass.name}: ${bug}`, ...(row.source === "" ? [] : [`class of  ${row.source}`]), ...counterexampleLines(refuted), ...(folder === undefined ? [] : [`test in ${folder}: ${written.join(", ")}`])];
}

/** The program as the kernel read it. */
function ownText({ name, before, after, witness }: WrongPass) {
  const options = { stage: name, model: modelOf(before.program, before.tensors) };
  const { established } = beginChain(options, before.program, before.dataflow);
  return checkStage(options, established, after, witness).established.program;
}

/** The order of execution that shows a difference, as a serial program. */
function differing({ before: { program: before, tensors: weights }, after, runs = after }: WrongPass) {
  return [runs, ...laneOrders(runs)].find((order) => replay({ before, after: order, weights }).kind === "confirmed") ?? runs;
}
