/** What `build` says when it is done: one screen for people, one object for programs. */
import { storesOf } from "../../ir/loop/visit.js";
import { approximate, printFraction } from "../../proofs/bounds/fixed.js";
import { quantisedGroupsOf } from "../../proofs/lemmas/rewriting.js";
import { coverageOf, coverageSentence } from "../compose/coverage.js";
import type { BuildResult, Failure, StageRecord } from "../driver.js";
import { countLedger } from "../evidence/counts.js";
import { fixedSentence } from "../evidence/fixed-inputs.js";
import { memoryOf } from "../evidence/memory.js";
import { graphPeakOf, peakLines, peakOf } from "../evidence/peak.js";
import { boundLines, tierName } from "../evidence/numeric-lines.js";
import { measuresJson } from "../evidence/measures-json.js";
import type { PackageTarget } from "../evidence/package-facts.js";
import type { WrittenPackage } from "../evidence/package.js";
import { refutedIn } from "../explain/build-failure.js";
import { counterexampleLines } from "../explain/counterexample.js";
import type { Found } from "../optimise/search.js";
import { searchJson, searchLines } from "./optimise.js";
import { type CommonOptions, oneLine, paint } from "./terminal.js";

export interface BuildReport {
  readonly result: BuildResult;
  /** Name of the model as the person gave it. */
  readonly model: string;
  readonly directory: string | undefined;
  readonly written: WrittenPackage | undefined;
  readonly target?: PackageTarget | undefined;
  /** What the search for a schedule came from; undefined without one. */
  readonly found?: Found | undefined;
}

const grouped = new Intl.NumberFormat("en-US");

function number(value: number): string {
  return grouped.format(value);
}

export function screenOf({ result, model, directory, written, target, found }: BuildReport, options: CommonOptions): readonly string[] {
  const { graph } = result.imported;
  const weights = [...graph.constants.values()].reduce((sum, { data }) => sum + data.length, 0);
  return [
    `${oneLine(model)}: ${number(graph.nodes.length)} nodes, ${number(weights)} constants, multiply-add ${result.request.contract}`,
    "",
    ...stageLines(result.stages),
    "",
    ...interfaceLines(result),
    ...result.advice.map((what) => `note   ${oneLine(what)}`),
    ...verdictLines(result, options),
    ...counterexampleOf(result),
    ...memoryLines(result),
    ...lemmaLines(result),
    ...targetLines(target),
    ...searchLines(found),
    ...filesLines(directory, written),
  ];
}

/** Times stand last and unaligned, so that a transcript differs in nothing else. */
function stageLines(stages: readonly StageRecord[]): readonly string[] {
  const width = Math.max(5, ...stages.map(({ name }) => name.length));
  const row = (name: string, made: string, proved: string, time: string): string => `${name.padEnd(width)}  ${made.padStart(11)}  ${proved.padStart(9)}  ${time}`;
  const rows = stages.map(({ name, obligations, ledger, seconds }) => row(name, number(obligations.length), number(provedIn(ledger)), `${seconds.toFixed(1)} s`));
  const made = stages.reduce((sum, { obligations }) => sum + obligations.length, 0);
  const proved = stages.reduce((sum, { ledger }) => sum + provedIn(ledger), 0);
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  return [row("stage", "obligations", "proved", "time"), ...rows, row("total", number(made), number(proved), `${seconds.toFixed(1)} s`)];
}

function provedIn(ledger: StageRecord["ledger"]): number {
  return ledger.filter(({ verdict }) => verdict.kind === "proved").length;
}

function verdictLines({ outcome, failure, stages, numeric }: BuildResult, options: CommonOptions): readonly string[] {
  if (failure !== undefined) return failureLines(failure, outcome, options);
  const { covers } = countLedger(stages.flatMap(({ ledger }) => ledger));
  const word = numeric?.unbounded === undefined ? paint("PASS", "green", options) : paint("OPEN", "red", options);
  const verdict = `${word}   ${tierName(numeric)}; covers: ${number(covers.sat)} satisfiable, ${number(covers.expectEmpty)} empty as declared`;
  return [verdict, ...boundLines(numeric).map((line) => `       ${line}`), ...endToEndLines(stages)];
}

function interfaceLines({ imported: { graph } }: BuildResult): readonly string[] {
  const sentence = fixedSentence(graph);
  const bounded = [...(graph.boundedOutputs ?? [])].map(([name, { axis, count }]) => `bound  of output ${oneLine(name)} the first ${oneLine(count)} places along axis ${axis} are in use, the rest is 0`);
  return [...(sentence === undefined ? [] : [`fixed  ${oneLine(sentence)}`]), ...bounded];
}

/** The chain has passed the build; what its direct proof leaves open is named. */
function endToEndLines(stages: readonly StageRecord[]): readonly string[] {
  const coverage = coverageOf(stages);
  if (coverage === undefined) return [];
  const open = [...coverage.uncovered.map(({ statement }) => statement), ...coverage.others];
  const shown = open.slice(0, 8).map(oneLine).join(", ");
  const more = open.length > 8 ? ` and ${number(open.length - 8)} more` : "";
  return [`direct ${coverageSentence(coverage)}`, ...(open.length === 0 ? [] : [`       not so: ${shown}${more}`])];
}

/** The first few claims that were not proved, and what their replay showed. */
function failureLines({ stage, lines, replay }: Failure, outcome: string, options: CommonOptions): readonly string[] {
  const shown = lines.slice(0, 5).map((line) => {
    const point = line.verdict.kind === "refuted" ? Object.entries(line.verdict.counterexample).map(([name, value]) => `${name} = ${value}`).join(", ") : "";
    return `  ${line.id}: ${line.verdict.kind}${point === "" ? "" : ` at ${point}`}${line.detail === "" ? "" : `: ${oneLine(line.detail)}`}`;
  });
  const more = lines.length > shown.length ? [`  and ${number(lines.length - shown.length)} more`] : [];
  const seen = replay === undefined ? [] : replay.kind === "confirmed" ? [`  replayed (${replay.vector}): ${replay.what}`] : [`  not replayed: ${replay.why}`];
  return [`${paint("FAIL", "red", options)}   stage ${stage} is ${outcome}; no C is written (--skip ${stage} leaves the pass out)`, ...shown, ...more, ...seen];
}

/** The first refuted claim in full: instances, order, loops of both programs, the values that differ. */
function counterexampleOf(result: BuildResult): readonly string[] {
  const refuted = refutedIn(result);
  return refuted === undefined ? [] : ["", ...counterexampleLines(refuted).map((line) => `  ${line}`)];
}

/** What a person may not know of: numbers of 8 bits that are computed with as floats, as ONNX says it. */
function lemmaLines({ code, imported, numeric }: BuildResult): readonly string[] {
  const asked = numeric !== undefined && (numeric.steps.length === 0 || numeric.steps.some(({ lemma }) => lemma !== "store-padding" && lemma !== "winograd")); // by a person, not by the target
  const groups = code === undefined || asked ? 0 : quantisedGroupsOf(imported.graph).length;
  if (groups === 0) return [];
  const what = groups === 1 ? "1 group of quantised nodes is" : `${number(groups)} groups of quantised nodes are`;
  return [`note   ${what} computed in floats, as the model says; --lemma integer-quantised does it in integers, at most a step apart for equal operands`];
}

function memoryLines({ code, imported, stages }: BuildResult): readonly string[] {
  if (code === undefined) return [];
  const { arenaBytes, liveSetBytes, weightBytes } = memoryOf(code.read.program);
  return [
    `memory arena ${number(arenaBytes)} bytes (live-set bound ${number(liveSetBytes)}), weights ${number(weightBytes)} bytes`,
    ...peakLines(code.read.program, imported.graph, stages).map((line) => `       ${oneLine(line)}`),
  ];
}

function targetLines(target: PackageTarget | undefined): readonly string[] {
  if (target === undefined) return [];
  const { facts: { target: name, optimisation }, found: { measures, differences } } = target;
  if (measures === undefined) return [`target ${name}: its compiler is not on PATH, so there are a build line and no objects, and no bounds`];
  const { time, footprint: { stack } } = measures;
  const bound = time.kind === "none" ? `no bound: ${oneLine(time.reasons[0] ?? "")}` : `at most ${time.bound.toLocaleString("en")} ${time.core.unit} (${time.core.title})`;
  const depth = stack.kind === "none" ? "no bound of the stack" : `stack at most ${number(stack.bytes)} bytes`;
  return [`target ${name} -${optimisation}: ${bound}, ${depth}`, ...differences.slice(0, 3).map((what) => `       not the code of the objects: ${oneLine(what)}`)];
}

function filesLines(directory: string | undefined, written: WrittenPackage | undefined): readonly string[] {
  if (directory === undefined || written === undefined) return [];
  const sources = written.files.filter(({ role }) => role === "source").length;
  const first = sources > 0 ? [`files  ${directory}/src: ${number(sources)} of C`] : [];
  return [...first, `${sources > 0 ? "      " : "files "} ${directory}/evidence: ${number(written.files.length - sources)}; start with VERDICT.md`];
}

/** Lemmas and bound, where they were asked for. */
function numericJson(numeric: BuildResult["numeric"]): object {
  if (numeric === undefined) return {};
  const outputs = numeric.bound?.outputs.map(({ name, error }) => ({ name, bound: printFraction(error), approximately: approximate(error) })) ?? null;
  const { distance } = numeric;
  const apart = distance && { groups: distance.groups.map(({ name, op, steps, near, of }) => ({ name, op, steps, near, of })), outputs: distance.outputs.map(({ name, distance: far, integer, whole }) => ({ name, distance: far === undefined ? null : approximate(far), in: integer ? "steps" : "value", whole })) };
  return { lemmas: numeric.steps, bound: outputs, distance: apart ?? null, unbounded: numeric.unbounded ?? null };
}

export function jsonOf({ result, model, directory, written, target, found }: BuildReport): object {
  const { code, failure, outcome, stages, request } = result;
  return {
    model, outcome, tier: result.numeric?.tier ?? "T0", ...numericJson(result.numeric), muladd: request.contract, directory: directory ?? null,
    statements: code === undefined ? null : storesOf(code.read.program).length,
    stages: stages.map(({ name, obligations, ledger, seconds }) => ({ name, obligations: obligations.length, proved: provedIn(ledger), seconds })),
    counts: countLedger(stages.flatMap(({ ledger }) => ledger)),
    endToEnd: coverageOf(stages) ?? null,
    memory: code === undefined ? null : { ...memoryOf(code.read.program), peak: peakOf(code.read.program) ?? null, graph: graphPeakOf(result.imported.graph) ?? null },
    advice: result.advice,
    failure: failure === undefined ? null : { stage: failure.stage, claims: failure.lines.map(({ id, verdict, detail }) => ({ id, verdict, detail })), replay: failure.replay ?? null, counterexample: counterexampleOf(result).map((line) => line.trimStart()) },
    files: written?.files.length ?? 0,
    ...(target?.found.measures === undefined || code === undefined ? {} : { target: { name: target.facts.target, optimisation: target.facts.optimisation, ...measuresJson(target.found.measures, code.read.program, target.facts.memory) } }),
    ...searchJson(found),
  };
}
