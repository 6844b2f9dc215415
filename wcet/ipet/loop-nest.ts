/**
 * The optimum of `ipetOfFacts` along the nest of the loops, where it can be found without
 * an optimiser. Inside out, the longest round of each loop is the price of one more back
 * edge; it is paid either by the loop's entries, `max` times by each, or by its total.
 * Longest ways to the end give the potentials of the blocks. The run that takes these ways
 * says which of both is scarce in each loop; if it costs what the prices prove, it is the
 * optimum. Nothing here is trusted: the prices are checked like those of an optimiser.
 */
import type { Block, CodeGraph, FunctionGraph } from "../cfg/graph.js";
import { type LoopForest, type NaturalLoop, loopForest, reversePostorder } from "../cfg/loops.js";
import type { HeaderFact } from "./ipet.js";
import type { LinearProgram } from "./linear-program.js";

/** The function's end as the target of an arc. */
const end = -1;

interface Arc {
  readonly to: number;
  /** Of the linear program. */
  readonly variable: number;
}

interface Nest {
  readonly graph: FunctionGraph;
  readonly forest: LoopForest;
  /** Blocks, each after those that lead to it but for edges back. */
  readonly order: readonly number[];
  readonly rounds: readonly Round[];
  /** The loop of each header. */
  readonly roundAt: ReadonlyMap<number, Round>;
  /** The variable of the function's entries. */
  readonly entry: number;
  readonly out: readonly (readonly Arc[])[];
}

/** A loop and what is known of it so far. */
interface Round {
  readonly loop: NaturalLoop;
  readonly fact: HeaderFact;
  /** Its blocks in order. */
  readonly order: readonly number[];
  /** Its total is scarcer than the bounds of its entries. */
  byTotal: boolean;
  price: number;
  ways: Ways;
}

/** The longest way from a block: how long, and its first arc. */
type Ways = ReadonlyMap<number, { readonly length: number; readonly arc: Arc }>;

interface Solution {
  readonly nest: Nest;
  readonly ways: Ways;
  /** What is still to come from each block, at most. */
  readonly potentials: ReadonlyMap<number, number>;
  /** Of one call. */
  readonly value: number;
}

/** Prices by row, over the denominator 1; undefined where the nest does not tell them. */
export function nestPrices(code: CodeGraph, facts: readonly HeaderFact[], program: LinearProgram): readonly bigint[] | undefined {
  const nests = nestsOf(code, facts);
  if (nests === undefined) return undefined;
  for (let attempt = 0; attempt < 8; attempt++) {
    const solutions = solved(nests, program);
    if (solutions === undefined) return undefined;
    const [worth, prices] = [worthOf(solutions), pricesOf(solutions, program)];
    const { cost, changed } = runOf(solutions, program);
    if (cost === worth) return prices;
    if (!changed) return undefined;
  }
  return undefined;
}

/** Undefined for cycles without a header, loops without a fact and code that is never reached. */
function nestsOf({ functions }: CodeGraph, facts: readonly HeaderFact[]): readonly Nest[] | undefined {
  const factAt = new Map(facts.map((fact) => [fact.address, fact]));
  const nests: Nest[] = [];
  let variables = 0;
  for (const graph of functions) {
    const forest = loopForest(graph);
    const order = reversePostorder(graph.blocks);
    const rank = new Map(order.map((id, k) => [id, k]));
    const rounds = forest.loops.flatMap((loop): readonly Round[] => {
      const fact = factAt.get(graph.blocks[loop.header]?.instructions[0]?.address ?? -1);
      const inOrder = [...loop.blocks].toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
      return fact === undefined ? [] : [{ loop, fact, order: inOrder, byTotal: false, price: 0, ways: new Map() }];
    });
    if (forest.irreducible.length > 0 || rounds.length < forest.loops.length || order.length < graph.blocks.length) return undefined;
    const entry = variables++;
    const out = graph.blocks.map(({ successors }) => successors.map((to): Arc => ({ to, variable: variables++ })));
    for (const { id, exits } of graph.blocks) if (exits) out[id]?.push({ to: end, variable: variables++ });
    nests.push({ graph, forest, order, rounds, roundAt: new Map(rounds.map((round) => [round.loop.header, round])), entry, out });
  }
  return nests;
}

/** Prices and potentials of every function, those called first. */
function solved(nests: readonly Nest[], { costs }: LinearProgram): readonly Solution[] | undefined {
  const solutions: Solution[] = [];
  const worth = new Map<number, number>();
  for (const nest of nests.toReversed()) {
    const found = solutionOf(nest, costs, worth);
    if (!Number.isSafeInteger(found.value) || found.potentials.size < nest.order.length) return undefined;
    worth.set(nest.graph.address, found.value);
    solutions.unshift(found);
  }
  return solutions;
}

function solutionOf(nest: Nest, costs: readonly number[], worth: ReadonlyMap<number, number>): Solution {
  const weigh = (from: number, arc: Arc): number => (costs[arc.variable] ?? 0) + (worth.get(calledOn(nest, from, arc) ?? -1) ?? 0);
  const longest = (order: readonly number[], goal: number): Ways => longestWays(nest, order, goal, weigh);
  for (const round of nest.rounds.toReversed()) {
    round.ways = longest(round.order, round.loop.header);
    round.price = Math.max(0, round.ways.get(round.loop.header)?.length ?? 0);
  }
  const ways = longest(nest.order, end);
  const potentials = new Map([...ways].map(([id, { length }]) => [id, length]));
  for (const { loop: { header }, ways: rounds, price } of nest.rounds) {
    const left = (potentials.get(header) ?? -Infinity) - price;
    for (const [id, { length }] of rounds) potentials.set(id, Math.max(potentials.get(id) ?? -Infinity, length + left));
  }
  const first: Arc = { to: 0, variable: nest.entry };
  return { nest, ways, potentials, value: weigh(end, first) + entryPrice(nest, end, first) + (potentials.get(0) ?? -Infinity) };
}

/** The function called by whoever takes this arc: at the block it leads to, or instead of returning. */
function calledOn({ graph: { blocks } }: Nest, from: number, { to }: Arc): number | undefined {
  const block: Block | undefined = blocks[to === end ? from : to];
  return block?.exits === (to === end) ? block.calls : undefined;
}

function isBack({ roundAt }: Nest, from: number, { to }: Arc): boolean {
  return roundAt.get(to)?.loop.blocks.has(from) === true;
}

/** What entering a loop allows in it. */
function entryPrice({ roundAt }: Nest, from: number, { to }: Arc): number {
  const round = roundAt.get(to);
  return round === undefined || round.byTotal || round.loop.blocks.has(from) ? 0 : round.fact.max * round.price;
}

/** From each block of `order` to an arc into `goal`, round no loop. */
function longestWays(nest: Nest, order: readonly number[], goal: number, weigh: (from: number, arc: Arc) => number): Ways {
  const ways = new Map<number, { readonly length: number; readonly arc: Arc }>();
  for (const id of order.toReversed()) {
    for (const arc of nest.out[id] ?? []) {
      const rest = arc.to === goal ? 0 : isBack(nest, id, arc) ? undefined : ways.get(arc.to)?.length;
      if (rest === undefined) continue;
      const length = weigh(id, arc) + (arc.to === goal ? 0 : entryPrice(nest, id, arc)) + rest;
      if (length > (ways.get(id)?.length ?? -Infinity)) ways.set(id, { length, arc });
    }
  }
  return ways;
}

/** What the run along the longest ways costs, and whether it showed another of a loop's two bounds to be the scarce one. */
function runOf(solutions: readonly Solution[], { costs }: LinearProgram): { readonly cost: number; readonly changed: boolean } {
  const runs = new Map<number, number>([[solutions[0]?.nest.graph.address ?? 0, 1]]);
  let [cost, changed] = [0, false];
  for (const { nest, ways } of solutions) {
    const entries = new Map<number, number>();
    const take = (from: number, arc: Arc, times: number): void => {
      cost += times * (costs[arc.variable] ?? 0);
      const called = calledOn(nest, from, arc);
      if (called !== undefined) runs.set(called, (runs.get(called) ?? 0) + times);
      if (nest.roundAt.has(arc.to) && !isBack(nest, from, arc)) entries.set(arc.to, (entries.get(arc.to) ?? 0) + times);
    };
    const calls = runs.get(nest.graph.address) ?? 0;
    take(end, { to: 0, variable: nest.entry }, calls);
    follow(nest.order, ways, { start: 0, goal: end, times: calls }, take);
    for (const round of nest.rounds) {
      const { loop: { header }, fact: { max, total = Infinity } } = round;
      const allowed = max * (entries.get(header) ?? 0);
      changed ||= round.byTotal !== allowed > total;
      round.byTotal = allowed > total;
      if (round.price > 0) follow(round.order, round.ways, { start: header, goal: header, times: Math.min(allowed, total) }, take);
    }
  }
  return { cost, changed };
}

function follow(order: readonly number[], ways: Ways, { start, goal, times }: { readonly start: number; readonly goal: number; readonly times: number }, take: (from: number, arc: Arc, times: number) => void): void {
  let at: number | undefined = times > 0 ? start : undefined;
  for (let left = order.length; at !== undefined && left > 0; left--) {
    const arc: Arc | undefined = ways.get(at)?.arc;
    if (arc === undefined) return;
    take(at, arc, times);
    at = arc.to === goal ? undefined : arc.to;
  }
}

/** What the prices prove. */
function worthOf(solutions: readonly Solution[]): number {
  const totals = solutions.flatMap(({ nest: { rounds } }) => rounds.map(({ byTotal, price, fact: { total = 0 } }) => (byTotal ? price * total : 0)));
  return totals.reduce((sum, paid) => sum + paid, solutions[0]?.value ?? 0);
}

/** Of the rows, by their names. */
function pricesOf(solutions: readonly Solution[], { rows }: LinearProgram): readonly bigint[] {
  const prices = new Map<string, number>();
  for (const { nest: { graph: { name }, rounds }, potentials, value } of solutions) {
    prices.set(`entries of ${name}`, value);
    for (const [id, potential] of potentials) prices.set(`flow of ${name} block ${id}`, -potential);
    for (const { fact: { address }, byTotal, price } of rounds) prices.set(`${byTotal ? "total" : "max"} ${address}`, price);
  }
  return rows.map(({ name }) => BigInt(prices.get(name) ?? 0));
}
