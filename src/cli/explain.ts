/** `obligato explain`: one obligation, rule, assumption, pass or code of a diagnostic in words. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { Refusal } from "../../ir/prelude.js";
import { lemmaNamed } from "../../proofs/lemmas/index.js";
import { assumptions, ruleTexts } from "../evidence/rules.js";
import { type FindingCode, finding, findingCodes } from "../onnx/findings.js";
import { parseObject } from "../run/package.js";
import { pipeline } from "../pipeline.js";
import { codeTexts } from "./codes.js";
import { type CommonOptions, type SetExit, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions {
  readonly in?: string;
}

export function addExplain(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("explain <word>"))
    .summary("an obligation, rule, pass or code in words")
    .description("Explains an obligation (with --in DIR), a rule such as W3, an assumption such as A-09, a pass, a lemma, or the code of a diagnostic.")
    .option("--in <dir>", "the built directory whose obligation it is")
    .addHelpText("after", "\nExamples:\n  obligato explain W3\n  obligato explain shape-mismatch\n  obligato explain fuse-loops/W2/n0_s.0.case0 --in out/model\n")
    .action((word: string, options: Options) => {
      const lines = options.in === undefined ? explained(word) : obligationIn(options.in, word);
      if (options.json === true) sayJson({ word, text: lines });
      else say(options, ...lines);
      setExit(0);
    });
}

function explained(word: string): readonly string[] {
  const lines = ruleLines(word) ?? assumptionLines(word) ?? passLines(word) ?? lemmaLines(word) ?? codeLines(word);
  if (lines !== undefined) return lines;
  const remedy = word.includes("/") ? "give --in DIR for an obligation" : "give a rule (W0 to W8, M1, F1, L1, B1, B2), an assumption (A-01), a pass, a lemma or a code";
  throw new Refusal("usage", "unknown-word", `nothing is known of ${word}`, undefined, remedy);
}

function lemmaLines(word: string): readonly string[] | undefined {
  const lemma = lemmaNamed(word);
  return lemma && [`lemma ${lemma.name}, tier ${lemma.tier}: ${lemma.statement}`, ...lemma.conditions.map((condition) => `condition: ${condition}`)];
}

function ruleLines(word: string): readonly string[] | undefined {
  const found = Object.entries(ruleTexts).find(([rule]) => rule === word);
  if (found === undefined) return undefined;
  const [rule, { name, sentence, formula, assumptions: numbers }] = found;
  return [`${rule} ${name}: ${sentence}`, `formula: ${formula}`, ...assumed(numbers)];
}

function assumed(numbers: readonly string[]): readonly string[] {
  return [`rests on: ${numbers.map((number) => `${number} ${assumptions[number] ?? ""}`).join("; ")}`];
}

function assumptionLines(word: string): readonly string[] | undefined {
  const text = assumptions[word];
  return text === undefined ? undefined : [`${word}: ${text}; docs/trusted-base.md says why it is believed and what would break`];
}

function passLines(word: string): readonly string[] | undefined {
  const pass = pipeline.find(({ name }) => name === word);
  return pass === undefined ? undefined : [`${pass.name}: ${pass.summary}`, `source: src/passes/${pass.name}.ts; --skip ${pass.name} leaves it out`];
}

function codeLines(word: string): readonly string[] | undefined {
  if (isFindingCode(word)) {
    const { severity, fix } = finding(word, undefined, "");
    return [`${word}: a finding of \`obligato check\` (${severity})`, `fix: ${fix}`];
  }
  const text = codeTexts[word];
  return text === undefined ? undefined : [`${word}: ${text}`];
}

function isFindingCode(word: string): word is FindingCode {
  return findingCodes.includes(word);
}

/** The recorded claim, its verdict and its formula. */
function obligationIn(folder: string, id: string): readonly string[] {
  const stages = join(folder, "evidence/stages");
  if (!existsSync(stages)) throw new Refusal("usage", "no-build", `${folder} has no evidence`, folder, "name a directory that obligato built");
  for (const stage of readdirSync(stages)) {
    const lines = readFileSync(join(stages, stage, "verdicts.json"), "utf8").split("\n");
    const line = lines.map((text) => parseObject(text.replace(/,$/, ""))).find((entry) => entry?.["id"] === id);
    if (line !== undefined) return recordLines(folder, line);
  }
  throw new Refusal("usage", "unknown-word", `${folder} has no obligation ${id}`, folder, "copy an id from a verdicts.json in its evidence");
}

function recordLines(folder: string, line: Readonly<Record<string, unknown>>): readonly string[] {
  const [rule, file] = [String(line["rule"]), line["file"]];
  const text = typeof file === "string" ? readFileSync(join(folder, file), "utf8").trimEnd().split("\n") : [`decided by the kernel: ${String(line["detail"])}`];
  return [
    String(line["id"]),
    `claim: ${String(line["sentence"])}`,
    `verdict: ${JSON.stringify(line["verdict"])}`,
    ...(ruleLines(rule) ?? []),
    ...(typeof file === "string" ? [`file: ${file} (equal questions share a file)`] : []),
    ...text.map((one) => `  ${one}`),
  ];
}
