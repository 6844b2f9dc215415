/**
 * The theorem of docs/theorem.md, replayed in Coq from the text of the checkout: it
 * compiles, rests on no axiom, has a hypothesis for every rule of the kernel that it
 * is about, and a weaker hypothesis breaks it.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { textOf } from "../conventions/checkout.js";
import { hasTools } from "../support/tools.js";
import { coqSources, folder, hypotheses, replay, withoutComments } from "./support.js";
import { weaker } from "./weaker.js";

const out = mkdtempSync(join(tmpdir(), "obligato-coq-"));
test.after.always(() => {
  rmSync(out, { recursive: true, force: true });
});

/** The rules of the kernel: the union in obligation.ts. */
function rulesOfTheKernel(): readonly string[] {
  const union = /export type Rule = ([^;]*);/.exec(textOf("proofs/kernel/obligation.ts"))?.[1] ?? "";
  return [...union.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? "").sort();
}

/** A section of docs/theorem.md, from its heading to the next. */
function section(heading: RegExp): string {
  const parts = textOf("docs/theorem.md").split(/^(?=## )/m);
  return parts.find((part) => heading.test(part.split("\n", 1).join(""))) ?? "";
}

const mechanised = section(/Mechanised/);

/** Rows of the table of hypotheses: the hypothesis, and where in the kernel it comes from. */
function rows(): readonly { readonly hypothesis: string; readonly from: string }[] {
  return [...mechanised.matchAll(/^\| `([WM]\d_\w+)` \| (.*) \|$/gm)].map((match) => ({ hypothesis: match[1] ?? "", from: match[2] ?? "" }));
}

test.serial("mechanised: the proof replays from its text, and every theorem is closed", (t) => {
  if (!hasTools(t, "coqc")) return;
  const { files, failed, errors, theorems } = replay(folder, out);
  t.is(failed, undefined, errors);
  t.is(files.length, coqSources().length);
  t.log(`${files.reduce((sum, file) => sum + file.seconds, 0).toFixed(1)} s`);
  const closed = theorems.filter(({ assumptions }) => assumptions === "Closed under the global context");
  t.deepEqual(theorems.filter((theorem) => !closed.includes(theorem)), []);
  const names = theorems.map(({ theorem }) => theorem);
  for (const main of ["schedule.tree_ordered", "reading.lemma2_loads", "reading.lemma3_copies", "reading.lemma4_outputs", "claim.claim", "theorem.theorem_for_trees", "theorem.chain_equal_outputs", "machine.lemma5_objects", "memory.lemma6_arenas", "machine.machine_equal_outputs", "example.example_on_the_machine"]) {
    t.true(names.includes(main), main);
  }
});

for (const { rule, what, file, from, to } of weaker) {
  test.serial(`mechanised: ${rule} made weaker breaks the proof: ${what}`, (t) => {
    if (!hasTools(t, "coqc")) return;
    const copies = mkdtempSync(join(tmpdir(), "obligato-weaker-"));
    cpSync(folder, copies, { recursive: true });
    const text = readFileSync(join(copies, `${file}.v`), "utf8");
    t.is(text.split(from).length, 2, "the text to replace occurs once");
    writeFileSync(join(copies, `${file}.v`), text.replace(from, () => to));
    cpSync(out, join(copies, "out"), { recursive: true });
    const { failed, errors } = replay(copies, join(copies, "out"), file);
    t.not(failed, undefined);
    t.not(failed, file, `the hypothesis can be stated, its use fails: ${errors ?? ""}`);
    rmSync(copies, { recursive: true });
  });
}

test("mechanised: every rule has a weaker version", (t) => {
  const rules = new Set(hypotheses().map((name) => name.slice(0, 2)));
  t.deepEqual([...new Set(weaker.map(({ rule }) => rule))].sort(), [...rules].sort());
});

test("mechanised: nothing is admitted, and nothing is assumed outside sections", (t) => {
  const texts = coqSources().map(({ name, text }) => ({ name, text: withoutComments(text) }));
  t.true(texts.length > 10);
  const assuming = /\b(Admitted|admit|give_up|Axioms?|Conjecture|Parameters?|Declare Module|bypass_check|Unset (Guard|Positivity|Universe) Check\w*)\b/;
  t.deepEqual(texts.filter(({ text }) => assuming.test(text)).map(({ name }) => name), []);
  const imports = texts.flatMap(({ text }) => [...text.matchAll(/^From (\w+) Require Import ([^.]*(?:\.[A-Z]\w*)*)/gm)].map((match) => match[1]));
  t.deepEqual([...new Set(imports)].sort(), ["Coq", "Obligato"]);
});

test("mechanised: a word that assumes is found, in a comment it is not", (t) => {
  t.is(withoutComments("a (* b (* Axiom *) c *) d").replace(/ +/g, " "), "a d");
  t.regex(withoutComments("Axiom a : False. (* no *)"), /\bAxiom\b/);
});

test("mechanised: each rule of the kernel has hypotheses, or the page says why it is not in the theorem", (t) => {
  const kernel = rulesOfTheKernel();
  t.true(kernel.length > 10);
  const inCoq = new Set(hypotheses().map((name) => name.slice(0, 2)));
  const left = [...mechanised.matchAll(/^\| \*\*(\w\d)\*\* \| not in the theorem/gm)].map((match) => match[1] ?? "");
  t.deepEqual([...inCoq, ...left].sort(), kernel);
  const table = [...section(/What is checked/).matchAll(/^\| \*\*(\w\d)\*\*/gm)].map((match) => match[1] ?? "");
  t.deepEqual([...new Set(table)].sort(), kernel);
});

test("mechanised: the page lists exactly the hypotheses, each with functions of the kernel that exist", (t) => {
  t.deepEqual(rows().map(({ hypothesis }) => hypothesis).sort(), [...hypotheses()].sort());
  for (const { hypothesis, from } of rows()) {
    const places = [...from.matchAll(/`(\w+\.ts)`: ((?:`\w+`(?:, )?)+)/g)];
    t.true(places.length > 0, hypothesis);
    for (const [, file = "", names = ""] of places) {
      const text = textOf(`proofs/kernel/${file}`);
      for (const [, name = ""] of names.matchAll(/`(\w+)`/g)) t.regex(text, new RegExp(`(function|const|private|readonly) ${name}\\b|^  ${name}\\(`, "m"), `${file}: ${name}`);
    }
  }
});

test("mechanised: the page lists every file", (t) => {
  const listed = [...mechanised.matchAll(/^\| `(\w+\.v)` \|/gm)].map((match) => match[1] ?? "");
  t.deepEqual(listed.sort(), coqSources().map(({ name }) => name).sort());
});
