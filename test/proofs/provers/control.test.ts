/** Control questions: a right solver passes, one that is wrong where nothing else would show does not. */
import test from "ava";
import { controlled } from "../../../proofs/provers/control.js";
import { type Answer, type Query, unknown } from "../../../proofs/provers/solver.js";
import { startZ3 } from "../../../proofs/provers/z3.js";

const answering = (answer: Answer) => ({ check: (_query: Query) => Promise.resolve(answer) });

test("control: Z3 answers as it should", async (t) => {
  const solver = await startZ3();
  t.teardown(() => solver.close());
  t.is(await controlled(solver), undefined);
});

test("control: whatever is not exactly the known answer is said", async (t) => {
  t.regex((await controlled(answering({ kind: "unsat" }))) ?? "", /control-fails: unsat where sat 2 5 is due/);
  t.regex((await controlled(answering({ kind: "sat", values: [2, 5] }))) ?? "", /control-holds: sat 2 5 where unsat is due/);
  t.regex((await controlled(answering(unknown("resource-limit", "")))) ?? "", /unknown \(resource-limit\) where unsat is due/);
  t.regex((await controlled({ check: () => Promise.reject(new Error("gone")) })) ?? "", /a breakdown \(Error: gone\)/);
  const other = { check: ({ text }: Query): Promise<Answer> => Promise.resolve(text.includes("control-holds") ? { kind: "unsat" } : { kind: "sat", values: [7, 2] }) };
  t.regex((await controlled(other)) ?? "", /sat 7 2 where sat 2 5 is due/);
});
