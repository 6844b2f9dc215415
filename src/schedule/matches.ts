/**
 * What a schedule asks for and a model does not have: rules whose patterns name nothing at
 * the step they stand in, and steps that change nothing. Neither is wrong, both are often
 * a misspelt name, so they are told.
 */
import type { Program } from "../../ir/loop/program.js";
import { loopsOf } from "../../ir/loop/visit.js";
import type { OptionTable, Pass, PassOptions } from "../pass.js";
import { patternsOption } from "../passes/shared/options.js";
import { isRecord } from "../record.js";

/** One sentence per list of patterns of which none fits a loop or buffer of the program. */
export function unmatchedPatterns({ name, options: table = {} }: Pass, options: PassOptions, program: Program): readonly string[] {
  const names = [...loopsOf(program).map(({ variable }) => variable), ...program.buffers.map((buffer) => buffer.name)];
  return unmatchedIn(name, table, options, names).map((what) => `${name}${what} fits no loop or buffer of the program at this step`);
}

function unmatchedIn(pass: string, table: OptionTable, options: PassOptions, names: readonly string[]): readonly string[] {
  return Object.entries(table).flatMap(([key, word]): readonly string[] => {
    const value = options[key];
    if (value === undefined) return [];
    if (word.kind === "rules") {
      const rules: readonly unknown[] = Array.isArray(value) ? value : [];
      return rules.filter(isRecord).flatMap((rule, k) => unmatchedIn(pass, word.words, rule, names).map((what) => `, rule ${k + 1}${what}`));
    }
    if (word.kind !== "patterns") return [];
    const patterns = patternsOption(pass, options, key) ?? [];
    return patterns.some((pattern) => names.some((name) => pattern.test(name))) ? [] : [`: ${key} ${JSON.stringify(value)}`];
  });
}

/** What is to be told of one step: unmatched patterns, or else that it changed nothing. */
export function adviceOn(step: number, pass: Pass, options: PassOptions, before: Program, changed: boolean): readonly string[] {
  const unmatched = unmatchedPatterns(pass, options, before);
  const told = unmatched.length > 0 || changed ? unmatched : [`${pass.name} changes nothing`];
  return told.map((what) => `step ${step}: ${what}`);
}
