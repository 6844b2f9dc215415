/**
 * Mutants of exported facts: a count, a name, a line, a loop lost or doubled, in the
 * JSON form, in FFX by line, in the annotated copies and in the annotations of the C.
 * Each text is read again as its analyser would, and compared with the counts of the
 * program. Those of a binary: binary-facts.ts.
 */
import { Refusal } from "../../../ir/prelude.js";
import { claims } from "../../../proofs/kernel/claims.js";
import { exactCounts } from "../../../proofs/reference/timing.js";
import { annotated, sourceProblems } from "../../../wcet/export/source-format.js";
import { sourceFormats } from "../../../wcet/export/source-formats.js";
import { printSourceFfx, sourceFfxProblems } from "../../../wcet/export/source-ffx.js";
import { printFlowFacts } from "../../../wcet/facts/flow-facts.js";
import { readFlowFacts } from "../../../wcet/facts/read.js";
import { type MutantRow, mutantRow } from "../row.js";
import { subject } from "../subject.js";
import { binaryFactMutants } from "./binary-facts.js";
import { noticedBy } from "./weights.js";

type Edit = readonly [name: string, bug: string, from: RegExp, to: (...match: string[]) => string];

const increased = (digits: string): string => String(Number(digits) + 1);

const jsonEdits: readonly Edit[] = [
  ["body-count", "a loop's iterations are one more", /"N_body": (\d+)/, (_all, n = "") => `"N_body": ${increased(n)}`],
  ["body-count-throughout", "every count of one loop is one more, consistently", /"N_body": \d+,\s+"N_backedge": \d+,\s+"N_header": \d+,\s+"entries": \d+,\s+"total": \d+/,
    (all) => all.replaceAll(/"(N_\w+)": (\d+)/g, (_one, key: string, n: string) => `"${key}": ${increased(n)}`).replace(/"entries": (\d+),(\s+)"total": (\d+)/, (_one, e: string, space: string, total: string) => `"entries": ${e},${space}"total": ${Number(total) + Number(e)}`)],
  ["back-edges", "back edges are one less", /"N_backedge": (\d+)/, (_all, n = "") => `"N_backedge": ${Number(n) - 1}`],
  ["header", "evaluations of the test are those of the body", /"N_header": (\d+)/, (_all, n = "") => `"N_header": ${Number(n) - 1}`],
  ["entries", "entries of a loop are one more", /"entries": (\d+)/, (_all, n = "") => `"entries": ${increased(n)}`],
  ["entries-and-total", "entries and total are doubled together", /"entries": (\d+),(\s+)"total": (\d+)/, (_all, e = "", s = "", t = "") => `"entries": ${2 * Number(e)},${s}"total": ${2 * Number(t)}`],
  ["total", "the total of a loop is one less", /"total": (\d+)/, (_all, n = "") => `"total": ${Number(n) - 1}`],
  ["loop-renamed", "a loop has another name", /"(n0_\w+)": \{\s+"node"/, (all, name = "") => all.replace(name, `${name}x`)],
  ["loop-lost", "a loop is missing", /\n {4}"n0_o0b1": \{[^}]*\},/, () => ""],
  ["kind", "a loop has an unknown kind", /"kind": "serial"/, () => `"kind": "block"`],
  ["schema", "another version of the schema", /flow-facts\/1/, () => "flow-facts/2"],
  ["number-as-text", "a count became a text", /"N_body": (\d+)/, (_all, n = "") => `"N_body": "${n}"`],
];

const ffxEdits: readonly Edit[] = [
  ["maxcount", "a bound is one less", /maxcount="(\d+)"/, (_all, n = "") => `maxcount="${Number(n) - 1}"`],
  ["maxcount-more", "a bound is one more", /maxcount="(\d+)"/, (_all, n = "") => `maxcount="${increased(n)}"`],
  ["totalcount", "a total is one less", /totalcount="(\d+)"/, (_all, n = "") => `totalcount="${Number(n) - 1}"`],
  ["totalcount-lost", "a total is missing", / totalcount="\d+"/, () => ""],
  ["octal", "a leading zero: OTAWA reads octal", /maxcount="(\d+)"/, (_all, n = "") => `maxcount="0${n}"`],
  ["line", "a bound stands at the next line", /line="(\d+)"/, (_all, n = "") => `line="${increased(n)}"`],
  ["file", "a bound names another file", /source="subject\.c"/, () => `source="subject_weights.c"`],
  ["loop-lost", "a loop is missing", /\n {2}<loop [^\n]*/, () => ""],
  ["loop-doubled", "a loop is given twice", /\n {2}<loop [^\n]*/, (all) => all + all],
  ["element", "an element is spelt otherwise", /<loop /, () => "<Loop "],
];

/** Of the last number of the first annotation. */
const bound = /(max |\.\.|maxiter )(\d+)/;

const copyEdits: readonly Edit[] = [
  ["less", "a bound is one less", bound, (_all, head = "", n = "") => `${head}${Number(n) - 1}`],
  ["more", "a bound is one more", bound, (_all, head = "", n = "") => `${head}${increased(n)}`],
  ["octal", "a bound has a leading zero", bound, (_all, head = "", n = "") => `${head}0${n}`],
  ["wraps", "a bound is 2^32 more, which an int takes for the same", bound, (_all, head = "", n = "") => `${head}${Number(n) + 2 ** 32}`],
  ["lost", "an annotation is missing", / ?(?:_Pragma\("loopbound [^)]*\) |\/\* (?:ai: loop|maxiter) [^*]*\*\/|__builtin_ais_annot\([^)]*\);)/, () => ""],
  ["code", "a loop of the copy runs once less", /(< )(\d+)(; \w+)/, (_all, head = "", n = "", tail = "") => `${head}${Number(n) - 1}${tail}`],
  ["code-added", "the copy has a statement more", /(for \([^{]*\{)/, (all) => `for (;;) ${all}`],
];

const aisEdits: readonly Edit[] = [
  ["min", "a lower bound is one more", /min (\d+)/, (_all, n = "") => `min ${increased(n)}`],
  ["unit", "the test is said to stand at the end", /begin;/, () => "end;"],
  ["line", "an annotation stands one line lower", / (\/\* ai: loop [^*]*\*\/)\n([^\n]*)/, (_all, note = "", next = "") => `\n${next} ${note}`],
  ["build", "the build it holds for is another", /-gdwarf-4/, () => "-gdwarf-5"],
];

const heptaneEdits: readonly Edit[] = [["record", "a record holds another bound", /#bound/, () => "#id"]];

const moreEdits: ReadonlyMap<string, readonly Edit[]> = new Map([["ais-comments", aisEdits], ["heptane", heptaneEdits]]);

const annotationEdits: readonly Edit[] = [
  ["bound", "the bound written above a loop is one more", /(LOOP_BOUND\([^,]*, |bound )(\d+)/, (_all, head = "", n = "") => `${head}${increased(n)}`],
  ["iterations", "a loop runs once less than it is said to", /(< )(\d+)(; \w+)/, (_all, head = "", n = "", tail = "") => `${head}${Number(n) - 1}${tail}`],
];

export async function flowFactMutants(): Promise<MutantRow[]> {
  return [...sourceFactMutants(), ...await binaryFactMutants()];
}

function sourceFactMutants(): readonly MutantRow[] {
  const { facts, emission } = subject().code;
  const source = emission.files.find(({ name }) => name === "subject.c") ?? { name: "subject.c", text: "" };
  const lines = emission.loopLines;
  const { bounds } = subject().code.read;
  const inC = (text: string): string => noticedBy(emission.files.map((file) => (file.name === source.name ? { ...file, text } : file)));
  return [
    ...rowsOf("json", jsonEdits, printFlowFacts(facts), noticedInJson),
    ...rowsOf("source-ffx", ffxEdits, printSourceFfx(facts, lines), (text) => sourceFfxProblems(text, facts, lines)[0] ?? ""),
    ...sourceFormats.flatMap((format) => rowsOf(format.name, [...copyEdits, ...(moreEdits.get(format.name) ?? [])], annotated(format, source.text, bounds), (text) => sourceProblems(format, text, source.text, bounds)[0] ?? "")),
    ...rowsOf("annotation", annotationEdits, source.text, inC),
  ];
}

function rowsOf(format: string, edits: readonly Edit[], text: string, notice: (text: string) => string): MutantRow[] {
  return edits.map(([name, bug, from, to]) => {
    const changed = text.replace(from, (...match: string[]) => to(...match));
    return mutantRow("flow-facts", `${format}.${name}`, bug, changed === text ? "" : refusalOr(() => notice(changed)), { rules: ["F1"] });
  });
}

function refusalOr(notice: () => string): string {
  try {
    return notice();
  } catch (error) {
    if (error instanceof Refusal) return `reader: ${error.code}`;
    throw error;
  }
}

/** Facts that can be read are compared by the kernel with what the program counts. */
function noticedInJson(text: string): string {
  const { program, annotated: noted } = subject().code.read;
  const { loops, guards } = readFlowFacts(text);
  const into = claims("read-back");
  exactCounts(into, program, {
    exported: new Map(Object.entries(loops)), annotated: noted.loops,
    guards: { exported: guards, annotated: noted.guards },
  });
  return into.obligations.find((o) => o.kind === "ground" && !o.holds)?.id ?? "";
}
