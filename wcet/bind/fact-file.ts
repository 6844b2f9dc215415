/**
 * Facts of one ELF: made from its marks, written in a format, read again from the text,
 * compared with what was meant and replayed, so that what leaves is what an analyser will
 * use. A loop without a bound, or a replay that is unbounded, leaves no file.
 */
import { createHash } from "node:crypto";
import { type CodeGraph, codeGraph } from "../cfg/graph.js";
import { type Elf, readElf } from "../elf/elf.js";
import { guardMarksOf, marksOf } from "../elf/marks.js";
import { feasiblePoint } from "../ipet/feasible-point.js";
import { optimise } from "../ipet/highs.js";
import { type BlockSum, type HeaderFact, type IpetProblem, ipetOf, ipetOfFacts } from "../ipet/ipet.js";
import { nestPrices } from "../ipet/loop-nest.js";
import { boundProvedBy, boundProvedByRounded } from "../ipet/linear-program.js";
import { fletcher } from "./checksum.js";
import type { LineTable } from "../facts/lines.js";
import type { FactFormat, HeaderLines } from "./formats/format.js";
import { guardFacts, guardProblems, sumDifferences } from "./guard-facts.js";
import { headerLines } from "./header-lines.js";
import { type LoopFact, loopFacts } from "./loop-facts.js";
import { type ProgramLoops, markProblems } from "./nesting.js";

export interface FactRequest {
  readonly elf: Uint8Array;
  /** Base name of the ELF. */
  readonly where: string;
  readonly entry: string;
  /** The program's own, whose counts are exact. */
  readonly loops: ProgramLoops;
  /** Runs of each guarded body in one run, exactly, in the order of the program; without them nothing is said of guards. */
  readonly guards?: readonly number[];
  readonly format: FactFormat;
  /** Where the loops are in the C, for formats by source line. */
  readonly lines?: LineTable;
  /** What the analyser that is meant cannot take, with remedies. */
  readonly gate?: (elf: Elf, code: CodeGraph) => readonly string[];
}

export type FactOutcome =
  | { readonly kind: "facts"; readonly text: string; readonly loops: number; /** Instructions, from the facts alone. */ readonly replayed: bigint }
  | { readonly kind: "none"; readonly reasons: readonly string[] };

/** Throws a Refusal for a file that is no ELF or has no marks, `facts-syntax` for a text that does not read back. */
export async function factFileOf({ elf: bytes, where, entry, loops, guards = [], format, lines: table, gate }: FactRequest): Promise<FactOutcome> {
  const elf = readElf(bytes, where);
  const marks = marksOf(elf, where);
  const start = elf.functions.find(({ name }) => name === entry);
  if (start === undefined) return none(`there is no function ${entry}`);
  const code = codeGraph(elf, start);
  const bodies = guards.length === 0 ? [] : guardMarksOf(elf, where);
  const foreign = [...markProblems(code, marks, loops), ...guardProblems(bodies, guards)];
  if (foreign.length > 0) return none(...foreign);
  const { facts, problems } = loopFacts(code, marks, loops);
  const { lines, problems: misplaced } = format.byLine === true ? headerLines(elf, code, facts, table ?? new Map()) : { lines: undefined, problems: [] };
  const reasons = [...nameProblems(elf, where, facts), ...problems, ...misplaced, ...(gate?.(elf, code) ?? [])];
  if (reasons.length > 0) return none(...reasons);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const sums = format.parseSums === undefined ? [] : guardFacts(code, bodies);
  const text = format.print({ elf: where, checksum: fletcher(bytes), digest, entry, facts, sums, code, lines });
  const [read, readSums] = [format.parse(text, code, lines), format.parseSums?.(text, code) ?? []];
  const lost = [...differences(lines === undefined ? facts : sharedByLine(facts, lines), read), ...sumDifferences(sums, readSums)];
  if (lost.length > 0) return none(...lost);
  return (await contradictory({ code, marks, totals: totalsOf(loops), guards: { marks: bodies, totals: guards } })) ? none("the marks contradict the code: no run passes them as often as the program says") : replayed(code, text, read, readSums);
}

/** Marks that were moved may still bound every loop; the exact totals of all of them together hardly fit other places. */
async function contradictory(about: Omit<IpetProblem, "cost">): Promise<boolean> {
  const { program } = ipetOf({ ...about, cost: { costOf: () => 0 } }); // whether it has a solution is all that is asked
  return feasiblePoint(program) === undefined && (await optimise(program)).kind !== "optimal";
}

function totalsOf(loops: ProgramLoops): ReadonlyMap<string, number> {
  return new Map([...loops].map(([loop, { total }]) => [loop, total]));
}

/** Names that a text cannot carry, or that an analyser could take for another function. */
function nameProblems({ functions }: Elf, where: string, facts: readonly LoopFact[]): readonly string[] {
  const plain = /^(?!.*--)[A-Za-z0-9_.+-]+$/;
  const named = [...new Set(facts.map(({ function: name }) => name))];
  const unwritable = [where, ...named].filter((name) => !plain.test(name)).map((name) => `the name ${name} has characters that not every format can carry: rename it`);
  const counts = new Map<string, number>();
  for (const { name } of functions) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...unwritable, ...named.filter((name) => (counts.get(name) ?? 0) > 1).map((name) => `several functions are called ${name}: a label would be taken for any of them`)];
}

/** Headers at one line have one fact: the larger counts. */
function sharedByLine(facts: readonly LoopFact[], lines: HeaderLines): readonly LoopFact[] {
  const largest = new Map<string, Pick<LoopFact, "max" | "total">>();
  const keyOf = ({ address }: LoopFact): string => `${lines.get(address)?.file ?? ""}:${lines.get(address)?.line ?? ""}`;
  for (const fact of facts) {
    const before = largest.get(keyOf(fact)) ?? fact;
    largest.set(keyOf(fact), { max: Math.max(fact.max, before.max), total: Math.max(fact.total, before.total) });
  }
  return facts.map((fact) => ({ ...fact, ...largest.get(keyOf(fact)) }));
}

/** What a text says otherwise than meant: a loop lost or added, another count. A total may be left out, not changed. */
export function differences(facts: readonly LoopFact[], read: readonly HeaderFact[]): readonly string[] {
  const found = new Map(read.map((fact) => [fact.address, fact]));
  const missing = facts.flatMap(({ address, max, total, loop }) => {
    const it = found.get(address);
    return it !== undefined && it.max === max && (it.total ?? total) === total ? [] : [`read again, the fact of loop ${loop} is another`];
  });
  return read.length === facts.length ? missing : [...missing, `read again, there are ${read.length} facts and not ${facts.length}`];
}

/** The bound that the facts alone give; none where they leave a loop free. */
async function replayed(code: CodeGraph, text: string, read: readonly HeaderFact[], sums: readonly BlockSum[]): Promise<FactOutcome> {
  const program = ipetOfFacts(code, read, { costOf: () => 1 }, sums);
  const prices = sums.length > 0 ? undefined : nestPrices(code, read, program);
  const bound = prices === undefined ? undefined : boundProvedBy(program, prices, 1n);
  if (bound !== undefined) return { kind: "facts", text, loops: read.length, replayed: bound };
  const optimum = await optimise(program);
  const found = optimum.kind === "optimal" ? boundProvedByRounded(program, optimum.prices) : undefined;
  return found === undefined ? none(`read again, the facts bound nothing: ${optimum.kind}`) : { kind: "facts", text, loops: read.length, replayed: found };
}

function none(...reasons: readonly string[]): FactOutcome {
  return { kind: "none", reasons };
}
