/**
 * Options of a step as a schedule file gives them. Each pass has a table of the words it
 * understands; the check of a step, the schema file and the documentation are made from
 * it, so that a misspelt rule is refused and not ignored.
 */
import { isRecord } from "../../record.js";
import { Refusal } from "../../../ir/prelude.js";
import type { OptionTable, OptionWord, PassOptions } from "../../pass.js";

export type { OptionTable, OptionWord } from "../../pass.js";

export function refuse(pass: string, what: string, remedy: string): never {
  throw new Refusal("usage", "schedule-option", what, pass, remedy);
}

/** Refuses words that the table does not have, values of another kind, and rules that lack a word. */
export function checkOptions(pass: string, options: PassOptions, table: OptionTable): void {
  onlyOptions(pass, options, Object.keys(table));
  for (const [key, word] of Object.entries(table)) {
    if (options[key] !== undefined) checkWord(pass, options, key, word);
    else if (word.required === true) refuse(pass, `${key} is missing`, `give ${key}: ${word.about}`);
  }
}

function checkWord(pass: string, options: PassOptions, key: string, word: OptionWord): void {
  switch (word.kind) {
    case "count":
      return void countOption(pass, options, key);
    case "counts":
      return void countsOption(pass, options, key);
    case "flag":
      return void flagOption(pass, options, key);
    case "choice":
      return void choiceOption(pass, options, key, word.choices);
    case "patterns":
      return void patternsOption(pass, options, key);
    case "rules":
      for (const rule of rulesOf(pass, options, [])) checkOptions(pass, rule, word.words);
  }
}

/** Refuses options that the pass does not have. */
export function onlyOptions(pass: string, options: PassOptions, known: readonly string[]): void {
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length > 0) refuse(pass, `unknown option ${unknown.join(", ")}`, `use ${known.length === 0 ? "none" : known.join(", ")}`);
}

/** The rules of a step: objects with only the `known` words; `fallback` where the step has none. */
export function rulesOf(pass: string, options: PassOptions, fallback: readonly PassOptions[], known?: readonly string[]): readonly PassOptions[] {
  const { rules = fallback } = options;
  if (!Array.isArray(rules)) return refuse(pass, "rules is no list", "write \"rules\": [{…}, …]");
  return rules.map((rule: unknown) => {
    if (!isRecord(rule)) return refuse(pass, "a rule is no object", "write \"rules\": [{…}, …]");
    if (known !== undefined) onlyOptions(pass, rule, known);
    return rule;
  });
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

/** A positive integer option. */
export function countOption(pass: string, options: PassOptions, key: string): number | undefined {
  const value = options[key];
  if (value === undefined || isCount(value)) return value;
  return refuse(pass, `${key} is ${JSON.stringify(value)}`, "give a whole number, at least 1");
}

/** One of a few words; the first where the option is absent. */
export function choiceOption(pass: string, options: PassOptions, key: string, choices: readonly string[]): string | undefined {
  const { [key]: value = choices[0] } = options;
  if (typeof value === "string" && choices.includes(value)) return value;
  return refuse(pass, `${key} is ${JSON.stringify(value)}`, `use ${choices.join(" or ")}`);
}

/** A list of positive integers. */
export function countsOption(pass: string, options: PassOptions, key: string): readonly number[] | undefined {
  const value = options[key];
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const counts = list.filter(isCount);
  if (counts.length > 0 && counts.length === list.length) return counts;
  return refuse(pass, `${key} is ${JSON.stringify(value)}`, "give a list of whole numbers, each at least 1");
}

export function flagOption(pass: string, options: PassOptions, key: string): boolean {
  const { [key]: value = false } = options;
  return typeof value === "boolean" ? value : refuse(pass, `${key} is ${JSON.stringify(value)}`, "give true or false");
}

/** Patterns on names: one, or a list in order of preference. */
export function patternsOption(pass: string, options: PassOptions, key: string): readonly RegExp[] | undefined {
  const value = options[key];
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item !== "string") return refuse(pass, `${key} is ${JSON.stringify(value)}`, "give a pattern of names, such as \"*_o1*\", or a list of them");
    return pattern(pass, item);
  });
}

/** `*` stands for any characters, all else for itself. */
function pattern(pass: string, text: string): RegExp {
  if (!/^[A-Za-z0-9_*]+$/.test(text)) refuse(pass, `"${text}" is no pattern of names`, "use letters, digits, _ and *");
  return new RegExp(`^${text.replaceAll("*", ".*")}$`);
}
