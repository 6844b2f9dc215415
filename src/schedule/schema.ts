/**
 * What a schedule file may contain, from the option tables of the passes: as a JSON Schema
 * (draft 2020-12) for editors, and as the reference in docs/schedule.md. Both are files of
 * the repository; a test compares them with what is made here.
 */
import type { OptionTable, OptionWord, Pass } from "../pass.js";

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

/** The pattern of names that `*` stands in for any characters of. */
export const namePattern = "^[A-Za-z0-9_*]+$";

export function scheduleSchema(version: number, passes: readonly Pass[]): Json {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Schedule of obligato, version ${version}`,
    ...object({
      version: { const: version },
      target: { type: "string", description: "what the choices are meant for; it names, it does not decide" },
      muladd: { enum: ["separate", "fused"], description: "whether a step of a sum rounds its product and its sum, or once" },
      steps: { type: "array", items: { oneOf: passes.map(stepSchema) } },
    }, ["version", "steps"]),
  };
}

function stepSchema({ name, summary, options = {} }: Pass): Json {
  const { properties, required } = wordsSchema(options);
  return { description: summary, ...object({ pass: { const: name }, ...properties }, ["pass", ...required]) };
}

function object(properties: { readonly [key: string]: Json }, required: readonly string[]): { readonly [key: string]: Json } {
  return { type: "object", properties, required, additionalProperties: false };
}

function wordsSchema(table: OptionTable): { readonly properties: { readonly [key: string]: Json }; readonly required: readonly string[] } {
  const properties = Object.fromEntries(Object.entries(table).map(([key, word]) => [key, { description: word.about, ...wordSchema(word) }]));
  return { properties, required: Object.keys(table).filter((key) => table[key]?.required === true) };
}

const count = { type: "integer", minimum: 1 } as const;
const pattern = { type: "string", pattern: namePattern } as const;

function wordSchema(word: OptionWord): { readonly [key: string]: Json } {
  switch (word.kind) {
    case "count":
      return count;
    case "counts":
      return { type: "array", items: count, minItems: 1 };
    case "flag":
      return { type: "boolean" };
    case "choice":
      return { enum: word.choices };
    case "patterns":
      return { anyOf: [pattern, { type: "array", items: pattern }] };
    case "rules": {
      const { properties, required } = wordsSchema(word.words);
      return { type: "array", items: object(properties, required) };
    }
  }
}

const kinds = { count: "whole number ≥ 1", counts: "list of whole numbers ≥ 1", flag: "true or false", choice: "one of a few words", patterns: "pattern of names, or a list of them", rules: "list of rules" } as const;

/** The passes in the order of the default schedule, each with its words. */
export function scheduleReference(passes: readonly Pass[]): string {
  return passes.map(({ name, summary, options = {} }) => [`### ${name}`, "", sentence(summary), "", ...table(options), ""].join("\n")).join("\n").trimEnd();
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function table(options: OptionTable): readonly string[] {
  if (Object.keys(options).length === 0) return ["No options."];
  return ["| Word | Is | Means |", "|---|---|---|", ...rowsOf(options, "")];
}

function rowsOf(options: OptionTable, indent: string): readonly string[] {
  return Object.entries(options).flatMap(([key, word]) => [
    `| ${indent}\`${key}\` | ${kinds[word.kind]}${word.required === true ? ", required" : ""} | ${word.about} |`,
    ...(word.kind === "rules" ? rowsOf(word.words, "in a rule: ") : []),
  ]);
}
