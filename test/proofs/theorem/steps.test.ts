/**
 * Steps by hand: what the theorem allows is proved, each wrong twin is refuted with a
 * point, by the rule that is there for it. Right steps compute equal outputs when run.
 */
import test from "ava";
import { checkStage, identityWitness } from "../../../proofs/kernel/kernel.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { type Judged, ask, judge, modelOf, notProved, outputsOf, refutedRules } from "../kernel/support.js";
import { type HandStep, type Twin, handSteps, stepOf } from "./steps.js";

for (const hand of handSteps) {
  test.serial(`${hand.name}: proved, with covers`, async (t) => {
    const { start, stage } = await judge(stepOf(hand));
    t.deepEqual(notProved(start), []);
    t.deepEqual(notProved(stage), []);
    t.true(stage.some((line) => line.rule === "W2" || line.rule === "W4"));
    t.log(`${start.length} obligations of the text before, ${stage.length} of the step`);
  });

  test(`${hand.name}: equal outputs when run`, (t) => {
    const { before, after, tensors } = stepOf(hand);
    t.deepEqual(outputsOf(after, tensors), outputsOf(before, tensors));
  });

  test.serial(`${hand.name}: each text is itself`, async (t) => {
    const step = stepOf(hand);
    const { stage } = ask(step);
    const model = modelOf(step.before, step.tensors);
    const again = checkStage({ stage: "again", model }, stage.established, step.after, identityWitness(step.after, step.witness));
    t.deepEqual(notProved(await discharge(again.obligations, { jobs: 1, solver: "auto" })), []);
  });

  for (const twin of hand.twins) test.serial(`${hand.name}, wrong: ${twin.name}`, async (t) => refuted(t, hand, twin));
}

async function refuted(t: { readonly log: (...text: string[]) => void; readonly true: (value: boolean, message?: string) => unknown; readonly deepEqual: (a: unknown, b: unknown) => unknown }, hand: HandStep, twin: Twin): Promise<void> {
  const { start, stage }: Judged = await judge(stepOf(hand, twin));
  t.deepEqual(notProved(start), []);
  t.true(refutedRules(stage).includes(twin.rule), notProved(stage).join("\n"));
  const points = stage.filter((line) => line.rule === twin.rule && line.verdict.kind === "refuted" && line.prover !== "kernel");
  t.true(points.length > 0 && points.every(({ verdict }) => verdict.kind === "refuted" && verdict.counterexample !== undefined), "a refutation carries a point");
  t.log(notProved(stage).join("; "));
}
