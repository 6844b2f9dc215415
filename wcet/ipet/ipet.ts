/**
 * Implicit path enumeration (Li and Malik, 1995): how often each block runs is bounded by
 * conservation of flow and by the exact totals of the loop marks. No path is followed, no
 * loop of the binary has to be matched with one of the source: unrolled, peeled, rotated
 * and inlined copies of a mark are added up.
 *
 * The count of a mark of which it is not known before or behind which labels of its address
 * it stands lies between that of the edges that pass it for certain and that of the block.
 * Which of several such marks a round of a loop passes may stay open, but it passes one: the
 * back edges of a loop are at most the passages of all marks outside the loops within.
 */
import { present } from "../../ir/prelude.js";
import type { Block, CodeGraph, FunctionGraph } from "../cfg/graph.js";
import { loopForest } from "../cfg/loops.js";
import { type PathCost, costsOfStep } from "../cores/path-cost.js";
import type { GuardMark, Mark } from "../elf/marks.js";
import type { LinearProgram, Row } from "./linear-program.js";
import { type MarkPlace, type Place, placeMarks, placesIn } from "./mark-places.js";

export interface IpetProblem {
  readonly code: CodeGraph;
  readonly marks: readonly Mark[];
  /** Executions of each loop's body in one run of the entry, exactly. */
  readonly totals: ReadonlyMap<string, number>;
  readonly guards?: GuardedRuns | undefined;
  readonly cost: PathCost;
}

/** Marks of guarded bodies, and how often each body runs in one run of the entry, exactly, by number of the guard. */
export interface GuardedRuns {
  readonly marks: readonly GuardMark[];
  readonly totals: readonly number[];
}

/** Where in the program a variable stands: the edge into `to`, or out of the function. */
export interface Edge {
  readonly graph: FunctionGraph;
  readonly from: Block | undefined;
  readonly to: Block | undefined;
}

export interface Ipet {
  readonly program: LinearProgram;
  /** One per variable up to their number; variables beyond are counts of marks. */
  readonly edges: readonly Edge[];
  /** Marks that lie in no reachable block: dead copies count nothing. */
  readonly stray: readonly Mark[];
  /** Cycles without a mark. */
  readonly unmarked: readonly string[];
}

/** Variables of the edges of one function, by block. */
interface FunctionVariables {
  readonly graph: FunctionGraph;
  readonly entry: number;
  /** Into each block, without `entry`. */
  readonly into: readonly (readonly number[])[];
  readonly out: readonly (readonly number[])[];
  readonly exit: readonly (number | undefined)[];
}

class Builder {
  readonly edges: Edge[] = [];
  readonly rows: Row[] = [];
  readonly functions = new Map<number, FunctionVariables>();
  extra = 0;

  variable(edge: Edge): number {
    return this.edges.push(edge) - 1;
  }
}

type Terms = Row["terms"];

export function ipetOf({ code, marks, totals, guards, cost }: IpetProblem): Ipet {
  const builder = flowOf(code);
  const { places, stray, unmarked } = placeMarks(code, marks);
  const counts = constrain(builder, "loop", groupedBy(places, ({ mark }) => mark.loop), (loop) => totals.get(loop) ?? 0);
  for (const of of builder.functions.values()) passOneEachRound(builder, of, places.filter(({ graph }) => graph === of.graph), counts);
  if (guards !== undefined) {
    const bodies = code.functions.flatMap((graph) => placesIn(graph, guards.marks));
    for (const side of [false, true]) {
      const marked = bodies.filter(({ mark }) => mark.end === side);
      constrain(builder, side ? "end of guard" : "start of guard", groupedBy(marked, ({ mark }) => mark.guard), (guard) => guards.totals[guard] ?? 0);
    }
  }
  return { program: programOf(builder, cost), edges: builder.edges, stray, unmarked };
}

/**
 * The same flow bounded by facts about loop headers, as the analysers take them: back
 * edges at most `max` per entry, and at most `total` in all; and by sums of runs of blocks.
 */
export function ipetOfFacts(code: CodeGraph, facts: readonly HeaderFact[], cost: PathCost, sums: readonly BlockSum[] = []): LinearProgram {
  const builder = flowOf(code);
  const factAt = new Map(facts.map((fact) => [fact.address, fact]));
  for (const { graph, entry, into } of builder.functions.values()) {
    for (const { header, blocks } of loopForest(graph).loops) {
      const address = graph.blocks[header]?.instructions[0]?.address;
      const fact = address === undefined ? undefined : factAt.get(address);
      if (fact === undefined) continue; // unbounded, as it would be there
      const edges = into[header] ?? [];
      const back = edges.filter((v) => blocks.has(builder.edges[v]?.from?.id ?? -1));
      const entries = [...edges.filter((v) => !back.includes(v)), ...(header === 0 ? [entry] : [])];
      const backTerms = back.map((v) => [v, 1] as const);
      builder.rows.push({ name: `max ${fact.address}`, kind: "le", terms: [...backTerms, ...entries.map((v) => [v, -fact.max] as const)], right: 0 });
      if (fact.total !== undefined) builder.rows.push({ name: `total ${fact.address}`, kind: "le", terms: backTerms, right: fact.total });
    }
  }
  for (const sum of sums) builder.rows.push(rowOfSum(builder, sum));
  return programOf(builder, cost);
}

function rowOfSum({ functions }: Builder, { name, blocks, total }: BlockSum): Row {
  const counts = new Map([...functions.values()].flatMap((of) => of.graph.blocks.map(({ id, instructions }) => [instructions[0]?.address, countOf(of, id)] as const)));
  return { name, kind: "le", terms: merged(blocks.flatMap((address) => present(counts.get(address), name))), right: total };
}

/** Blocks, by their first address, that run at most `total` times together; one that is named twice counts twice. */
export interface BlockSum {
  readonly name: string;
  readonly blocks: readonly number[];
  readonly total: number;
}

/** A fact about the loop whose header is at `address`. */
export interface HeaderFact {
  readonly address: number;
  readonly max: number;
  readonly total?: number | undefined;
}

/** Conservation of flow, calls included; nothing yet about loops. */
function flowOf(code: CodeGraph): Builder {
  const builder = new Builder();
  for (const graph of code.functions) builder.functions.set(graph.address, declare(builder, graph));
  for (const of of builder.functions.values()) conserve(builder, of);
  enterAll(builder, code);
  return builder;
}

function programOf({ edges, rows, extra }: Builder, cost: PathCost): LinearProgram {
  const costs = edges.map((edge) => costsOfStep(edge, cost).reduce((sum, [, cycles]) => sum + cycles, 0));
  return { costs: [...costs, ...new Array<number>(extra).fill(0)], rows };
}

function declare(builder: Builder, graph: FunctionGraph): FunctionVariables {
  const into: number[][] = graph.blocks.map(() => []);
  const entry = builder.variable({ graph, from: undefined, to: graph.blocks[0] });
  const out = graph.blocks.map((from) =>
    from.successors.map((id) => {
      const variable = builder.variable({ graph, from, to: graph.blocks[id] });
      into[id]?.push(variable);
      return variable;
    }),
  );
  const exit = graph.blocks.map((from) => (from.exits ? builder.variable({ graph, from, to: undefined }) : undefined));
  return { graph, entry, into, out, exit };
}

function countOf({ entry, into }: FunctionVariables, block: number): Terms {
  const edges = (into[block] ?? []).map((v) => [v, 1] as const);
  return block === 0 ? [[entry, 1], ...edges] : edges;
}

function negative(terms: Terms): Terms {
  return terms.map(([v, factor]) => [v, -factor] as const);
}

/** What flows into a block flows out. */
function conserve(builder: Builder, of: FunctionVariables): void {
  of.graph.blocks.forEach((block, k) => {
    const exit = of.exit[k];
    const out = [...(of.out[k] ?? []), ...(exit === undefined ? [] : [exit])];
    const terms = merged([...countOf(of, k), ...out.map((v) => [v, -1] as const)]);
    builder.rows.push({ name: `flow of ${of.graph.name} block ${block.id}`, kind: "eq", terms, right: 0 });
  });
}

/** An edge from a block to itself flows in and out. */
function merged(terms: Terms): Terms {
  const sum = new Map<number, number>();
  for (const [v, factor] of terms) sum.set(v, (sum.get(v) ?? 0) + factor);
  return [...sum].filter(([, factor]) => factor !== 0);
}

/** The entry runs once, every other function as often as it is called. */
function enterAll(builder: Builder, { functions }: CodeGraph): void {
  const calls = new Map<number, (readonly [number, number])[]>();
  for (const of of builder.functions.values()) {
    of.graph.blocks.forEach(({ calls: callee, exits }, k) => {
      if (callee === undefined) return;
      const exit = of.exit[k];
      const times = exits && exit !== undefined ? [[exit, 1] as const] : countOf(of, k); // a tail call leaves
      calls.set(callee, [...(calls.get(callee) ?? []), ...times]);
    });
  }
  functions.forEach(({ address, name }, k) => {
    const entry = builder.functions.get(address)?.entry ?? 0;
    const called = negative(calls.get(address) ?? []);
    builder.rows.push({ name: `entries of ${name}`, kind: "eq", terms: [[entry, 1], ...called], right: k === 0 ? 1 : 0 });
  });
}

function groupedBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The copies of the mark of a loop, or guard, are passed exactly as often as its body runs. Returns what counts each. */
function constrain<K>(builder: Builder, what: string, copies: ReadonlyMap<K, readonly Place[]>, totalOf: (of: K) => number): ReadonlyMap<Place, Terms> {
  const counts = new Map<Place, Terms>();
  for (const [of, places] of copies) {
    for (const place of places) counts.set(place, countOfMark(builder, `${what} ${String(of)}`, place));
    const terms = places.flatMap((place) => counts.get(place) ?? []);
    builder.rows.push({ name: `${what} ${String(of)}`, kind: "eq", terms: merged(terms), right: totalOf(of) });
  }
  return counts;
}

/**
 * A round that passes a mark for certain needs no row. A mark at the header of a loop within may stand before that label,
 * outside of the loop, so it is one of those that the round around it may pass.
 */
function passOneEachRound(builder: Builder, { graph, into }: FunctionVariables, places: readonly MarkPlace[], counts: ReadonlyMap<Place, Terms>): void {
  const { loops, innermost } = loopForest(graph);
  for (const [k, { header, blocks }] of loops.entries()) {
    const headersWithin = new Set(loops.filter(({ parent }) => parent === k).map((within) => within.header));
    const passed = places.filter(({ kind, block: { id } }) => innermost[id] === k || (kind === "either" && headersWithin.has(id)));
    if (passed.every(({ kind }) => kind === "block")) continue;
    const back = (into[header] ?? []).filter((v) => blocks.has(builder.edges[v]?.from?.id ?? -1)).map((v) => [v, 1] as const);
    const terms = merged([...back, ...negative(passed.flatMap((place) => counts.get(place) ?? []))]);
    builder.rows.push({ name: `rounds of ${graph.name} block ${header}`, kind: "le", terms, right: 0 });
  }
}

function countOfMark(builder: Builder, name: string, place: Place): Terms {
  const of = present(builder.functions.get(place.graph.address), place.graph.name);
  const count = countOf(of, place.block.id);
  if (place.kind === "block") return count;
  const certain = place.certain.map((from) => [edgeVariable(of, from, place.block.id), 1] as const);
  const between = builder.edges.length + builder.extra++;
  builder.rows.push(
    { name: `mark of ${name}, at least`, kind: "le", terms: [...certain, [between, -1]], right: 0 },
    { name: `mark of ${name}, at most`, kind: "le", terms: merged([[between, 1], ...negative(count)]), right: 0 },
  );
  return [[between, 1]];
}

function edgeVariable({ entry, out }: FunctionVariables, from: Block | "entry", to: number): number {
  return from === "entry" ? entry : present(out[from.id]?.[from.successors.indexOf(to)], "an edge");
}
