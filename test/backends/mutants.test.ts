/** Every single-token change of emitted text is noticed. */
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { mutationKinds, scoreTextMutants } from "../../backends/c/mutate.js";
import { programs } from "./programs.js";

for (const [k, { name, program, weights }] of programs.entries()) {
  test(`mutants: every changed text of ${name} is refused or reads as another program`, (t) => {
    const { files } = emitC(program, { model: name, weights });
    const scores = scoreTextMutants(files, 300, k + 1);
    t.true(scores.length >= 200);
    t.deepEqual(scores.filter(({ killed }) => !killed), []);
    const counts = ["reader", "program", "round-trip"].map((killer) => `${scores.filter(({ by }) => by === killer).length} by ${killer}`);
    t.log(`${scores.length} mutants: ${counts.join(", ")}`);
    for (const { by, name: mutant } of scores) if (by === "round-trip") t.log(mutant);
    t.deepEqual([...new Set(scores.map(({ kind }) => kind))].sort(), [...mutationKinds].sort());
  });
}
