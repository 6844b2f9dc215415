/**
 * Random edits of the steps by hand: one or two tokens of the text after or of its
 * witness change. Most edits are refuted; whatever is proved all the same must
 * compute what the text before computes, without reading what nobody wrote.
 */
import test from "ava";
import { Refusal, InvariantViolation } from "../../../ir/prelude.js";
import { type Step, dataflow, program, witness } from "../kernel/support.js";
import { judge, notProved, outputsOf } from "../kernel/support.js";
import { seeded } from "../provers/random-obligations.js";
import { type HandStep, handSteps } from "./steps.js";

const editsPerStep = 50;

/** A number below its argument. */
type Random = (below: number) => number;

const operators: readonly (readonly string[])[] = [["neg", "abs", "sqrt"], ["add", "sub", "mul"], ["lt", "le"]];

function choose<T>(from: readonly T[], random: Random): T | undefined {
  return from.length === 0 ? undefined : from[random(from.length)];
}

/** One token replaced: a number by a neighbour, an operator by a twin, a name by another that occurs. */
function edited(text: string, random: Random): string {
  const tokens = text.split(/\b/);
  const places = tokens.flatMap((token, k) => (isToken(token) ? [k] : []));
  const at = choose(places, random) ?? -1;
  const token = tokens[at] ?? "";
  const number = String(Math.max(0, Number(token) + 2 * random(2) - 1));
  const words = operators.find((of) => of.includes(token)) ?? tokens.filter((other) => /^[a-z]\w?$/.test(other) && other !== "in" && other !== "if");
  const next = /^\d+$/.test(token) ? number : (choose(words, random) ?? token);
  return tokens.map((other, k) => (k === at ? next : other)).join("");
}

function isToken(token: string): boolean {
  return /^(\d+|[a-z]\w?)$/.test(token) ? token !== "in" && token !== "if" : operators.some((of) => of.includes(token));
}

/** Two neighbouring lines of equal indentation change places. */
function swapped(text: string, random: Random): string {
  const lines = text.split("\n");
  const stores = lines.flatMap((line, k) => (/^ *\w+: /.test(line) && /^ *\w+: /.test(lines[k + 1] ?? "") ? [k] : []));
  const at = choose(stores, random);
  if (at === undefined) return text;
  return [...lines.slice(0, at), lines[at + 1] ?? "", lines[at] ?? "", ...lines.slice(at + 2)].join("\n");
}

function editedRecord(of: Readonly<Record<string, string>>, random: Random): Record<string, string> {
  const name = choose(Object.keys(of), random) ?? "";
  return { ...of, [name]: edited(of[name] ?? "", random) };
}

function editedStep(hand: HandStep, random: Random): Step | undefined {
  const { phi, producers = {}, finals, once = "" } = hand.witness;
  const kind = random(8);
  const after = kind < 3 || kind === 7 ? edited(hand.after, random) : kind === 3 ? swapped(hand.after, random) : hand.after;
  const short = {
    phi: kind === 4 ? editedRecord(phi, random) : phi,
    producers: kind === 5 || kind === 7 ? editedRecord(producers, random) : producers,
    finals: kind === 6 ? editedRecord(finals, random) : finals,
    once: random(5) === 0 ? `${once} ${random(2) === 0 ? "t" : "s"}` : once,
  };
  try {
    return { before: program(hand.before), dataflow: dataflow(hand.dataflow), after: program(after), witness: witness(short), ...(hand.tensors && { tensors: hand.tensors }) };
  } catch (error) {
    if (error instanceof Refusal || error instanceof InvariantViolation) return undefined; // no text any more
    throw error;
  }
}

for (const [k, hand] of handSteps.entries()) {
  test.serial(`${hand.name}: an edit that is proved changes no output`, async (t) => {
    const random = seeded(k + 1);
    const due = outputsOf(program(hand.before), hand.tensors);
    const counts = { illegible: 0, proved: 0, notProved: 0 };
    for (let n = 0; n < editsPerStep; n++) {
      const step = editedStep(hand, random);
      const open = step && (await notProvedOf(step));
      counts[open === undefined ? "illegible" : open.length > 0 ? "notProved" : "proved"]++;
      if (step !== undefined && open?.length === 0) t.deepEqual(outputsOf(step.after, step.tensors), due);
    }
    t.true(counts.notProved > 0, "no edit was noticed");
    t.log(JSON.stringify(counts));
  });
}

/** What is not proved of the step; a witness that names foreign variables is no claim at all. */
async function notProvedOf(step: Step): Promise<readonly string[]> {
  try {
    return notProved((await judge(step)).stage);
  } catch (error) {
    if (error instanceof InvariantViolation) return [error.message];
    throw error;
  }
}
