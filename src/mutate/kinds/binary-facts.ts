/**
 * Mutants of facts about a binary, in every format for an ELF: the text, a mark, the code.
 * A changed text must not read back to the facts that were meant; from changed marks or
 * code no facts may come, or not the ones that were there: each text carries the digest of
 * its file. What no check can tell is listed with the assumption that excludes it.
 */
import { Refusal, present } from "../../../ir/prelude.js";
import { type FactOutcome, differences, factFileOf } from "../../../wcet/bind/fact-file.js";
import { factFormats } from "../../../wcet/bind/formats.js";
import type { FactFormat } from "../../../wcet/bind/formats/format.js";
import { headerLines } from "../../../wcet/bind/header-lines.js";
import { loopFacts } from "../../../wcet/bind/loop-facts.js";
import { codeGraph } from "../../../wcet/cfg/graph.js";
import { readElf } from "../../../wcet/elf/elf.js";
import { marksOf } from "../../../wcet/elf/marks.js";
import { type ElfMark, base, code, elfLines, elfLoops, elfMarks, markedElf } from "../marked-elf.js";
import { type MutantRow, mutantRow } from "../row.js";

/** Where a format writes what: the first match is changed, its last group being the number. */
interface Spots {
  readonly fact: RegExp;
  readonly count: RegExp;
  readonly total?: RegExp;
  readonly place: RegExp;
  readonly label?: RegExp;
}

const spots: Readonly<Record<string, Spots>> = {
  "f4": { fact: /^loop .*\n/m, count: /( max )(\d+)/, total: /( total )(\d+)/, place: /(\+ 0x)(\d+)/, label: /"f" \+/ },
  "ffx": { fact: /^ *<loop .*\n/m, count: /( maxcount=")(\d+)/, total: /( totalcount=")(\d+)/, place: /(offset="0x)(\d+)/, label: /label="f"/ },
  "ffx-lines": { fact: /^ *<loop .*\n/m, count: /( maxcount=")(\d+)/, total: /( totalcount=")(\d+)/, place: /( line=")(\d+)/, label: /source="f\.c"/ },
  "ais1": { fact: /^loop .*\n/m, count: /( max )(\d+)/, place: /(\+ )(\d+)/, label: /"f" \+/ },
  "ais2": { fact: /^loop .*\n/m, count: /(0\.\.)(\d+)/, place: /(\+ 0x)(\d+)/, label: /"f" \+/ },
  "pml": { fact: /^- \{ scope: .*\n/m, count: /(loop: \d+ \}.*rhs: ')(\d+)/, total: /(edgetarget.*rhs: ')(\d+)/, place: /(program-point: \{ function: "f", block: )(\d+)/, label: /scope: \{ function: "f", loop/ },
  "bound-t": { fact: /^subprogram .*\n/m, count: /(<= )(\d+)/, place: /(executes offset ")(\d+)/, label: /subprogram "f"/ },
  "csv": { fact: /^f,.*\n/m, count: /^(f,0x\w+,0x\w+,)(\d+)/m, total: /^(f,0x\w+,0x\w+,\d+,)(\d+)/m, place: /^(f,0x)(\d+)/m, label: /^f,/m },
};

type Edit = readonly [name: string, bug: string, edit: (text: string, spots: Spots) => string];

function number(change: (n: string) => string, of: (spots: Spots) => RegExp | undefined): Edit[2] {
  return (text, each) => {
    const spot = of(each);
    return spot === undefined ? text : text.replace(spot, (_all, before: string, n: string) => `${before}${change(n)}`);
  };
}

const plus = (by: number) => (n: string): string => String(Number(n) + by);

/** The reader, or the comparison with what was meant, has to notice. */
const edits: readonly Edit[] = [
  ["count-less", "a bound is one less", number(plus(-1), ({ count }) => count)],
  ["count-more", "a bound is one more", number(plus(1), ({ count }) => count)],
  ["count-octal", "a bound has a leading zero", number((n) => `0${n}`, ({ count }) => count)],
  ["count-wraps", "a bound is 2^32 more, which an int takes for the same", number(plus(2 ** 32), ({ count }) => count)],
  ["total-less", "the total of a loop is one less", number(plus(-1), ({ total }) => total)],
  ["place", "a bound stands two bytes, a line or a block further", (text, each) => number(plus(each.place.source.includes("0x") || each.place.source.includes("offset") || each.place.source === "(\\+ )(\\d+)" ? 2 : 1), ({ place }) => place)(text, each)],
  ["label", "a bound is another function's, or another file's", (text, { label }) => (label === undefined ? text : text.replace(label, (all) => all.replace(/\bf\b/, "g")))],
  ["lost", "the bound of a loop is missing", (text, { fact }) => text.replace(fact, "")],
  ["doubled", "a bound is there twice", (text, { fact }) => text.replace(fact, (all) => all + all)],
  ["cut", "the text ends in the middle of a fact", (text, { fact }) => text.slice(0, text.search(fact) + 6)],
];

/** What fresh facts of this ELF have to be refused for. */
const changedMarks: readonly (readonly [name: string, bug: string, marks: readonly ElfMark[]])[] = [
  ["bound-less", "a mark says one iteration less", changed("j", { bound: 6 })],
  ["bound-more", "a mark says one iteration more", changed("j", { bound: 8 })],
  ["name", "a mark names another loop", changed("k", { loop: "q" })],
  ["taken", "a mark names a loop that has one", changed("k", { loop: "j", bound: 7 })],
  ["lost", "a mark is missing", elfMarks.filter(({ loop }) => loop !== "k")],
  ["outside", "a mark stands outside the code", changed("j", { address: base - 64 })],
  ["moved-out", "the mark of the inner loop stands in the outer one", changed("j", { address: base + 0xe })],
  ["moved-in", "the mark of the outer loop stands in the inner one", changed("i", { address: base + 0x8 })],
  ["moved-away", "the mark of the inner loop stands in the other function", changed("j", { address: base + 0x1c })],
  ["exchanged", "marks of two nested loops are exchanged", elfMarks.map((mark) => (mark.loop === "k" ? mark : { ...present(elfMarks.find(({ loop }) => loop === (mark.loop === "i" ? "j" : "i")), "mark"), address: mark.address }))],
];

function changed(loop: string, change: Partial<ElfMark>): readonly ElfMark[] {
  return elfMarks.map((mark) => (mark.loop === loop ? { ...mark, ...change } : mark));
}

/** Half words put at an offset of the code. */
const changedCode: readonly (readonly [name: string, bug: string, at: number, halfWords: readonly number[]])[] = [
  ["loop-past-mark", "the inner loop jumps back past its mark", 0xa, [0xd1fe]],
  ["loop-added", "a loop without a mark", 0xc, [0xd0fe]],
  ["inner-loop-gone", "the inner loop does not jump back", 0xa, [0xbf00]],
  ["outer-loop-gone", "the outer loop does not jump back", 0x10, [0xbf00]],
  ["second-entry", "the inner loop is entered in its middle", 0x2, [0xd001]],
  ["call-gone", "a function is no longer called", 0x12, [0xbf00, 0xbf00]],
  ["recursion", "the function calls itself", 0x12, [0xf7ff, 0xfff5]],
  ["computed-jump", "a jump to an address in a register", 0x16, [0x4718]],
  ["undefined", "an instruction that no manual has", 0x6, [0xde00]],
];

/** What no check of one ELF can tell, and why no claim is made of it. */
const untold: readonly (readonly [name: string, bug: string, elf: () => Uint8Array, why: string])[] = [
  ["trip-count", "the code counts to nine where the C says seven", () => markedElf(patched(0x4, [0x2109])), "B-01: the number of iterations is that of the C; that the code is what the compiler made of it is assumed, and facts made before carry the digest of the true file"],
  ["mark-added", "a second mark in one iteration, as if the loop were unrolled", () => markedElf(code, [...elfMarks, { address: base + 0xa, loop: "j", bound: 7 }]), "B-01: marks are the compiler's; a copy of one says that two iterations of the C became one, which the code does not contradict"],
];

function patched(at: number, halfWords: readonly number[]): readonly number[] {
  return code.toSpliced(at / 2, halfWords.length, ...halfWords);
}

function exported(elf: Uint8Array, format: FactFormat): Promise<FactOutcome> {
  return factFileOf({ elf, where: "f.elf", entry: "f", loops: elfLoops, lines: elfLines, format });
}

export async function binaryFactMutants(): Promise<MutantRow[]> {
  const rows: MutantRow[] = [];
  for (const format of factFormats) rows.push(...await mutantsOf(format));
  return rows;
}

async function mutantsOf(format: FactFormat): Promise<readonly MutantRow[]> {
  const row = (name: string, bug: string, by: string, more: Partial<MutantRow> = {}): MutantRow => mutantRow("flow-facts", `${format.name}.${name}`, bug, by, { rules: ["F1"], ...more });
  const good = await exported(markedElf(), format);
  if (good.kind === "none") return [row("export", good.reasons.join("; "), "")]; // a hole: the true file has facts
  const text = good.text;
  const each = present(spots[format.name], format.name);
  const notice = readerOf(format, text);
  const own = edits.filter(([name]) => name !== "total-less" || each.total !== undefined);
  const rows = own.map(([name, bug, edit]) => row(`text.${name}`, bug, edit(text, each) === text ? "" : notice(edit(text, each))));
  for (const [name, bug, marks] of changedMarks) rows.push(row(`mark.${name}`, bug, await refusal(markedElf(code, marks), format)));
  for (const [name, bug, at, halfWords] of changedCode) rows.push(row(`code.${name}`, bug, await refusal(markedElf(patched(at, halfWords)), format)));
  for (const [name, bug, elf, why] of untold) {
    const fresh = await exported(elf(), format);
    rows.push(row(`untold.${name}`, bug, fresh.kind === "none" ? fresh.reasons[0] ?? "" : "", { equivalent: why }));
    rows.push(row(`stale.${name}`, `facts of the true file where ${bug}`, fresh.kind === "facts" && fresh.text !== text ? "--check: the digest is another file's" : ""));
  }
  return rows;
}

/** As facts are read before they leave: the reader refuses, or a fact is another. */
function readerOf(format: FactFormat, text: string): (changed: string) => string {
  const elf = readElf(markedElf(), "f.elf");
  const graph = codeGraph(elf, present(elf.functions.find(({ name }) => name === "f"), "f"));
  const { facts } = loopFacts(graph, marksOf(elf, "f.elf"), elfLoops);
  const { lines } = headerLines(elf, graph, facts, elfLines);
  const parse = (from: string) => format.parse(from, graph, lines);
  const meant = parse(text).map((fact) => ({ ...fact, total: fact.total ?? 0, function: "", functionAddress: 0, loop: `0x${fact.address.toString(16)}` }));
  return (changed) => refusalOr(() => differences(meant, parse(changed))[0] ?? "");
}

function refusalOr(notice: () => string): string {
  try {
    return notice();
  } catch (error) {
    if (error instanceof Refusal) return `reader: ${error.code}`;
    throw error;
  }
}

async function refusal(elf: Uint8Array, format: FactFormat): Promise<string> {
  const found = await exported(elf, format);
  return found.kind === "none" ? found.reasons[0] ?? "" : "";
}
