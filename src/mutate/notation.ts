/**
 * The short notation of the catalogue. Programs are `.loop` text without origins and
 * without the indentation of the file they stand in. A witness is one claim a line:
 *
 *     phi s: if i - 2 >= 0: a[i - 2] | b[i] at 0 1 | dead
 *     load s.0: if i == 0, j == 0: init[] | step[i - 1]
 *     final y: s[d0]
 *     once t y
 *     backward
 *
 * Cases are ordered and separated by `|`; `at` gives the path of an operator inside
 * the value; `if … empty: a[i]` declares a case empty. Loads of inputs and weights are
 * left out, as they have no producer.
 */
import { parseProgram } from "../../ir/loop/parse.js";
import type { Program } from "../../ir/loop/program.js";
import { invariant } from "../../ir/prelude.js";
import type { Witness } from "../../proofs/kernel/witness.js";
import { parseWitness } from "../evidence/witness-text.js";

const origin = ' from "net" by "pass"';

/** The lines of a template literal, without its own indentation and empty first and last lines. */
function linesOf(text: string): string[] {
  const lines = text.split("\n").filter((line, k, all) => line.trim() !== "" || (k > 0 && k < all.length - 1));
  const margin = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(margin).trimEnd());
}

export function programOf(text: string): Program {
  const lines = linesOf(text).map((line) => {
    if (/^ *for /.test(line)) return line.replace(/ \{$/, `${origin} {`);
    return /^ *\w+: /.test(line) ? line + origin : line;
  });
  return parseProgram(`${lines.join("\n")}\n`);
}

interface CaseText {
  readonly when: readonly string[];
  readonly then: unknown;
  readonly empty?: true;
}

/** Throws a Refusal or an InvariantViolation where a line is none of the notation. */
export function witnessOf(text: string): Witness {
  const phi: Record<string, readonly CaseText[]> = {};
  const producers: Record<string, (readonly CaseText[])[]> = {};
  const finals: Record<string, readonly CaseText[]> = {};
  let once: readonly string[] = [];
  let backward = false;
  for (const line of linesOf(text).map((it) => it.trim()).filter((it) => it !== "")) {
    const [, word = "", name = "", cases = ""] = /^(phi|load|final|once|backward) ?([\w.]*)(?:: )?(.*)$/.exec(line) ?? [];
    if (word === "phi") phi[name] = casesOf(cases, target);
    else if (word === "final") finals[name] = casesOf(cases, (instance) => instance);
    else if (word === "once") once = line.split(" ").slice(1);
    else if (word === "backward") backward = true;
    else {
      const [statement = "", rank] = name.split(".");
      invariant(word === "load" && rank !== undefined, `no line of a witness: ${line}`);
      const loads = (producers[statement] ??= []);
      while (loads.length <= Number(rank)) loads.push([]);
      loads[Number(rank)] = casesOf(cases, (instance) => instance);
    }
  }
  return parseWitness(JSON.stringify({ phi, producers, finals, once, ...(backward ? { backward } : {}) }), "an entry of the catalogue");
}

function casesOf(text: string, then: (value: string) => unknown): CaseText[] {
  return text.split(" | ").map((it) => {
    const [, when, empty, value = ""] = /^(?:if (.*?)( empty)?: )?(.*)$/.exec(it) ?? [];
    return { when: when?.split(/(?<=[=>]= 0), /) ?? [], then: then(value), ...(empty === undefined ? {} : { empty: true }) };
  });
}

function target(text: string): unknown {
  if (text === "dead") return text;
  const [at = "", path] = text.split(" at ");
  return { at, path: path?.split(" ").map(Number) ?? [] };
}
