/** What the kernel asks: nothing twice, nothing left out because a witness leaves it out. */
import test from "ava";
import { notProved, refutedRules, ask, judge, point } from "./support.js";
import { type HandStep, type Twin, handSteps, stepOf } from "../theorem/steps.js";
import { present } from "../../../ir/prelude.js";

function hand(name: string): HandStep {
  return present(handSteps.find((step) => step.name === name), name);
}

const peel = hand("initialisation peeled into the first step");

test("no two obligations of a stage have one identifier", (t) => {
  for (const step of handSteps) {
    const { start, stage } = ask(stepOf(step));
    const ids = [...start.obligations, ...stage.obligations].map(({ id }) => id);
    t.is(new Set(ids).size, ids.length, step.name);
  }
});

test("every statement has its operator, every load its source, every output its last store", (t) => {
  const { stage } = ask(stepOf(peel));
  const ids = new Set(stage.obligations.map(({ id }) => id));
  const due = ["W1/f", "W1/b", "W5/f.phi", "W5/b.phi", "W5/b.0", "W2/b.0.case0", "W2/b.0.case1", "W2/b.0.source", "W2/b.1.source", "W2/f.0.source"];
  const finals = ["W5/y0.final", "W4/y0.final0", "W4/y0.final0.f", "W4/y0.final0.b", "W4/y0.source", "W3/b.0.case0.f", "W3/b.0.case0.b", "W3/b.0.case1.f", "W3/b.0.case1.b"];
  for (const id of [...due, ...finals]) t.true(ids.has(`step/${id}`), id);
});

const lacking: readonly Twin[] = [
  { name: "no φ", rule: "W5", phi: { b: "" } },
  { name: "no producers", rule: "W5", producers: { b: "" } },
  { name: "no cases for one load", rule: "W5", producers: { b: " | " } },
  { name: "no finals", rule: "W5", finals: { y0: "" } },
  { name: "no store of that name", rule: "W5", producers: { b: "k - 1 >= 0 ? b(i, k - 1) ; nobody(i) |" } },
  { name: "no instance of that name", rule: "W5", phi: { b: "nobody(i, k)" } },
  { name: "no last store of that name", rule: "W5", finals: { y0: "nobody(d0)" } },
  { name: "no operator at that place", rule: "W1", phi: { b: "b(i, k + 1).1" } },
  { name: "a place below a leaf", rule: "W1", phi: { b: "b(i, k + 1).7.2" } },
  { name: "a point too long", rule: "W5", producers: { b: "k - 1 >= 0 ? b(i, k - 1) ; f(i, i) |" } },
  { name: "another loop's instance", rule: "W1", phi: { b: "a(i)" } },
  { name: "a producer after its reader", rule: "W2", producers: { b: "k - 1 >= 0 ? b(i, k) ; f(i) |" } },
  { name: "dead, but read", rule: "W4", phi: { b: "dead" } },
  { name: "the guard of the first case is dropped", rule: "W2", producers: { b: "b(i, k - 1) |" } },
];

for (const twin of lacking) {
  test.serial(`${twin.name}: refuted, not skipped`, async (t) => {
    const { stage } = await judge(stepOf(peel, twin));
    t.true(refutedRules(stage).includes(twin.rule), notProved(stage).join("\n"));
  });
}

test.serial("entries deleted altogether are refuted as empty ones are", async (t) => {
  const step = stepOf(peel);
  const { phi, producers, finals } = step.witness;
  const without = <T>(of: Readonly<Record<string, T>>, name: string): Record<string, T> => Object.fromEntries(Object.entries(of).filter(([key]) => key !== name));
  for (const witness of [{ ...step.witness, phi: without(phi, "b") }, { ...step.witness, producers: without(producers, "b") }, { ...step.witness, finals: without(finals, "y0") }]) {
    const { stage } = await judge({ ...step, witness });
    t.true(refutedRules(stage).includes("W5"), notProved(stage).join("\n"));
  }
});

const overlap: Twin = { name: "", rule: "W1", phi: { f: "b(i, 0) ; b(i, 1)" } };

test.serial("cases that overlap must all hold", async (t) => {
  const { stage } = await judge(stepOf(peel, overlap));
  t.false(notProved(stage).length === 0);
});

test.serial("declared empty: proved if it is, else not", async (t) => {
  const good = await judge(stepOf(peel, { name: "", rule: "W2", producers: { b: "k - 1 >= 0 ? b(i, k - 1) ; k - 4 >= 0 ? f(i)! ; f(i) |" } }));
  t.deepEqual(notProved(good.stage), []);
  const bad = await judge(stepOf(peel, { name: "", rule: "W2", producers: { b: "k - 1 >= 0 ? b(i, k - 1) ; f(i)! |" } }));
  t.true(notProved(bad.stage).some((line) => line.startsWith("not-empty")), notProved(bad.stage).join("\n"));
});

test("points of the short notation are what they say", (t) => {
  t.deepEqual(point("floordiv(i, 2), -j + 3").map((e) => e.text), ["floordiv(i, 2)", "-j + 3"]);
});
