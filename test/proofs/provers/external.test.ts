/** Solvers that are programs: what counts as an answer, and their answers against enumeration. */
import test from "ava";
import { startCvc5 } from "../../../proofs/provers/cvc5.js";
import { parseModel, parseVerdict } from "../../../proofs/provers/external.js";
import type { Output } from "../../../proofs/provers/external.js";
import type { StartSolver } from "../../../proofs/provers/solver.js";
import { parseInteger } from "../../../proofs/provers/solver.js";
import { startNativeZ3 } from "../../../proofs/provers/z3-native.js";
import { printObligation } from "../../../proofs/smt/print.js";
import { hasTools } from "../../support/tools.js";
import { counterexampleOf, randomObligation, seeded } from "./random-obligations.js";

function output(stdout: string, more: Partial<Output> = {}): Output {
  return { code: 0, stdout, stderr: "", ...more };
}

test("external: exactly one word and a newline is an answer", (t) => {
  t.is(parseVerdict(output("unsat\n")), "unsat");
  t.is(parseVerdict(output("sat\n")), "sat");
});

test("external: anything else is not", (t) => {
  const outputs = [
    output(""), output("unsat"), output("unsat\n\n"), output(" unsat\n"), output("unsat\r\n"), output("UNSAT\n"),
    output("(error \"line 1\")\nunsat\n"), output("warning\nunsat\n"), output("unsat\nsat\n"), output("unsat\nunsat\n"),
    output("unsat\n", { stderr: "warning" }), output("unsat\n", { code: 1 }), output("unsat\n", { code: null }), output("unknown\n"), output("timeout\n"),
  ];
  for (const o of outputs) {
    const answer = parseVerdict(o);
    t.is(typeof answer === "string" ? answer : answer.kind, "unknown", JSON.stringify(o));
  }
  const error = parseVerdict(output("(error \"line 1\")\nsat\n"));
  t.is(typeof error === "string" || error.kind !== "unknown" ? error : error.why, "corrupt");
});

test("external: a model has exactly the symbols asked for, in order, with integers", (t) => {
  t.deepEqual(parseModel(output("sat\n((x 1)\n (|y z| (- 2)))\n"), ["x", "|y z|"]), [1, -2]);
  t.deepEqual(parseModel(output("sat\n((x 0))\n"), ["x"]), [0]);
  const wrong = ["sat\n((y 1))\n", "sat\n((x 1) (y 2))\n", "sat\n((x 1.5))\n", "sat\n((x 01))\n", "unsat\n((x 1))\n", "sat\n((x 1))\nsat\n", "sat\n((x 1) junk)\n", "sat\n((x 99999999999999999999))\n", "sat\n"];
  for (const stdout of wrong) t.is(parseModel(output(stdout), ["x"]), undefined, stdout);
});

test("external: integers as solvers print them", (t) => {
  t.deepEqual(["0", "7", "-7", "00", "-0", "1e3", "+1", "", " 1", "9007199254740993"].map(parseInteger), [0, 7, -7, ...Array<undefined>(7).fill(undefined)]);
});

const programs: readonly (readonly [string, StartSolver])[] = [["z3", startNativeZ3], ["cvc5", startCvc5]];

for (const [tool, start] of programs) {
  test.serial(`external: ${tool} agrees with enumeration on random obligations`, async (t) => {
    if (!hasTools(t, tool)) return;
    const solver = await start();
    const draw = seeded(5);
    for (let k = 0; k < 40; k++) {
      const o = randomObligation(draw, `random${k}`);
      const { text, assertions, variables } = printObligation(o);
      const answer = await solver.check({ text, assertions, variables: variables.map((v) => v.name) });
      t.is(answer.kind, counterexampleOf(o) === undefined ? "unsat" : "sat", text);
      if (answer.kind === "sat") t.is(answer.values.length, variables.length);
    }
    await solver.close();
    t.regex(solver.name, /^(Z3|cvc5) [0-9.]+$/);
  });

  test.serial(`external: ${tool} calls broken text corrupt`, async (t) => {
    if (!hasTools(t, tool)) return;
    const solver = await start();
    const text = "(set-logic QF_LIA)\n(declare-fun x () Int)\n(assert (= x 1))\n(assert (= z 1))\n(check-sat)\n";
    const answer = await solver.check({ text, assertions: 2, variables: ["x"] });
    t.is(answer.kind === "unknown" ? answer.why : answer.kind, "corrupt");
    const cut = await solver.check({ text: "(set-logic QF_LIA)\n", assertions: 2, variables: [] });
    t.is(cut.kind, "unknown");
    await solver.close();
  });
}
