/**
 * Flow facts of the code of a program: what is counted of its text, in which parts that are
 * alike are one function. Each loop and guard of such a function stands for one of every part
 * that runs it, has the names of the first, and runs once for each: since parts that are alike
 * have equal extents and conditions, the counts of one are those of another.
 */
import { present } from "../prelude.js";
import { firstAlike, namesIn, partsOf } from "./alike.js";
import { type Facts, factsOf } from "./facts.js";
import type { Node, Program } from "./program.js";

export interface CodeFacts extends Facts {
  /** For each loop of the code the loops of the program that it stands for, itself first. */
  readonly namesakes: ReadonlyMap<string, readonly string[]>;
  /** The same of the guards, by their numbers in the program. */
  readonly bodies: readonly (readonly number[])[];
}

/** Counts in one run of the entry, exactly. Throws a Refusal `count-too-large` (see count.ts). */
export function codeFactsOf(program: Program): CodeFacts {
  const facts = factsOf(program);
  const parts = partsOf(program);
  const first = firstAlike(program, parts);
  const alike = groupsOf(first);
  const names = parts.map(({ body }) => namesIn(body));
  const runs = (k: number | undefined): number => alike.get(k ?? -1)?.length ?? 0;
  const partOf = new Map(names.flatMap(({ loops, stores }, k) => [...loops, ...stores].map((name) => [name, k] as const)));
  const guarded = parts.flatMap(({ body }, k) => new Array<number>(guardsIn(body)).fill(k));
  const guards = groupsOf(guarded);
  const kept = (k: number | undefined): boolean => k !== undefined && first[k] === k;
  return {
    loops: facts.loops.filter(({ loop }) => kept(partOf.get(loop))).map((it) => times(it, runs(partOf.get(it.loop)), ["entries", "total"])),
    guards: facts.guards.flatMap((it, g) => (kept(guarded[g]) ? [times(it, runs(guarded[g]), ["reached", "taken"])] : [])),
    statements: facts.statements.filter(({ statement }) => kept(partOf.get(statement))).map((it) => times(it, runs(partOf.get(it.statement)), ["executions"])),
    namesakes: new Map(together(alike, names.map(({ loops }) => loops)).map((list) => [present(list[0], "a loop"), list])),
    bodies: together(alike, parts.map((_, k) => guards.get(k) ?? [])),
  };
}

/** The places of each value, in order. */
function groupsOf(values: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const groups = new Map<number, number[]>();
  values.forEach((value, at) => {
    const known = groups.get(value);
    if (known === undefined) groups.set(value, [at]);
    else known.push(at);
  });
  return groups;
}

/** For each item of a first part, in order, that of every part that is alike: they stand at the same place. */
function together<T>(alike: ReadonlyMap<number, readonly number[]>, items: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return [...alike].flatMap(([k, others]) => (items[k] ?? []).map((_, at) => others.map((j) => present(items[j]?.[at], "an item of a part that is alike"))));
}

function guardsIn(body: readonly Node[]): number {
  return body.reduce((sum, node) => sum + (node.kind === "guard" ? 1 : 0) + (node.kind === "store" ? 0 : guardsIn(node.body)), 0);
}

function times<T extends { readonly [key in K]: number }, K extends string>(fact: T, runs: number, counts: readonly K[]): T {
  return { ...fact, ...Object.fromEntries(counts.map((count) => [count, fact[count] * runs])) };
}
