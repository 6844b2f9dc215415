/** `obligato explain`: one obligation, rule, assumption, pass or code of a diagnostic in words. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { Refusal } from "../../ir/prelude.js";
import { storesOf } from "../../ir/loop/visit.js";
import { lemmaNamed } from "../../proofs/lemmas/index.js";
import { assumptions, ruleTexts } from "../evidence/rules.js";
import { counterexampleLines } from "../explain/counterexample.js";
import { emitTest } from "../explain/emit-test.js";
import { claimLines } from "../explain/infix.js";
import { type Recorded, recordedIn, refutedFrom } from "../explain/recorded.js";
import { sourceLoops } from "../explain/source-loops.js";
import { catalogue } from "../mutate/catalogue.js";
import { type FindingCode, finding, findingCodes } from "../onnx/findings.js";
import { pipeline } from "../pipeline.js";
import { codeTexts } from "./codes.js";
import { type CommonOptions, type SetExit, say, sayJson, withCommonOptions } from "./terminal.js";

interface Options extends CommonOptions {
  readonly in?: string;
  readonly model?: string;
  readonly emitTest?: string;
}

export function addExplain(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("explain <word>"))
    .summary("an obligation, rule, pass or code in words")
    .description("Explains an obligation (with --in DIR), a rule such as W3, an assumption such as A-09, a pass, a lemma, or the code of a diagnostic.")
    .option("--in <dir>", "the built directory, or the one of --keep-failed, whose obligation it is")
    .option("--model <file>", "the model: its weights, to run both programs of a refuted claim")
    .option("--emit-test <dir>", "of a refuted claim: a test that runs and shows the difference")
    .addHelpText("after", "\nExamples:\n  obligato explain W3\n  obligato explain shape-mismatch\n  obligato explain fuse-loops/W2/n0_s.0.case0 --in out/model\n  obligato explain tile-loops/W4/y0.final0 --in out/failed --model model.onnx --emit-test out/test\n")
    .action(async (word: string, options: Options) => {
      const lines = options.in === undefined ? explained(word) : await obligationIn(options.in, word, options);
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
  const [rule, { name, sentence, formula, assumptions: numbers, brokenBy }] = found;
  return [`${rule} ${name}: ${sentence}`, `formula: ${formula}`, ...assumed(numbers), ...brokenLines(brokenBy)];
}

/** A wrong program that the rule stops. */
function brokenLines(name: string): readonly string[] {
  const pass = catalogue.find((it) => it.name === name);
  if (pass === undefined) return [];
  const marks = new Map(storesOf(pass.after).map(({ store }) => [store.name, ""]));
  return [`broken by, for example: ${pass.bug} (\`obligato mutate --only ${name}\` shows it refuted and run)`, ...sourceLoops(pass.after, marks)];
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

/** The recorded claim, its verdict, its formula, and what a refutation looks like when it is run. */
async function obligationIn(folder: string, id: string, { model, emitTest: test }: Options): Promise<readonly string[]> {
  const recorded = recordedIn(folder, id);
  const refuted = refutedFrom(recorded, model);
  return [...recordLines(folder, recorded), ...(refuted === undefined ? [] : ["", ...counterexampleLines(refuted)]), ...(test === undefined ? [] : await testLines(refuted, test))];
}

async function testLines(refuted: ReturnType<typeof refutedFrom>, folder: string): Promise<readonly string[]> {
  if (refuted?.before === undefined || refuted.replay?.kind !== "confirmed") {
    throw new Refusal("usage", "no-target", "there is no difference to make a test of", undefined, "name a refuted obligation of a stage with a program before it, and give --model if there are weights");
  }
  const { before, after, replay, weights } = refuted;
  return [`test in ${folder}: ${(await emitTest({ before, after, replay, weights }, folder)).join(", ")}`];
}

function recordLines(folder: string, { line, obligation, after }: Recorded): readonly string[] {
  const [rule, file] = [String(line["rule"]), line["file"]];
  const text = typeof file === "string" ? readFileSync(join(folder, file), "utf8").trimEnd().split("\n") : [`decided by the kernel: ${String(line["detail"])}`];
  return [
    String(line["id"]),
    `claim: ${String(line["sentence"])}`,
    ...(line["node"] === "" || line["node"] === undefined ? [] : [`node: ${JSON.stringify(line["node"])}`]),
    `verdict: ${JSON.stringify(line["verdict"])}`,
    ...(obligation?.kind === "solver" ? ["in formulas:", ...claimLines(obligation).map((one) => `  ${one}`)] : []),
    ...(obligation === undefined || after === undefined || obligation.subject.statement === "" ? [] : ["about:", ...sourceLoops(after, new Map([[obligation.subject.statement, ">"]])).map((one) => `  ${one}`)]),
    ...(ruleLines(rule) ?? []),
    ...(typeof file === "string" ? [`file: ${file} (equal questions share a file)`] : []),
    ...text.map((one) => `  ${one}`),
  ];
}
