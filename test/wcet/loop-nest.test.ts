/** Optima along the nest of the loops and points by propagation, against the optimiser on random programs. */
import test from "ava";
import type { Block, CodeGraph } from "../../wcet/cfg/graph.js";
import { loopForest } from "../../wcet/cfg/loops.js";
import { feasiblePoint } from "../../wcet/ipet/feasible-point.js";
import { optimise } from "../../wcet/ipet/highs.js";
import { type HeaderFact, ipetOfFacts } from "../../wcet/ipet/ipet.js";
import { type LinearProgram, boundProvedBy, boundProvedByRounded } from "../../wcet/ipet/linear-program.js";
import { nestPrices } from "../../wcet/ipet/loop-nest.js";

type Random = (below: number) => number;

function randomFrom(seed: number): Random {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Control flow of a function under construction: successors by block. */
type Flow = number[][];

/** Appends a random statement after the block `from`; gives its last block. */
function statement(flow: Flow, from: number, depth: number, random: Random): number {
  const block = (...before: readonly number[]): number => {
    const id = flow.push([]) - 1;
    for (const it of before) flow[it]?.push(id);
    return id;
  };
  const kind = depth === 0 ? 0 : random(4);
  if (kind === 0) return block(from);
  if (kind === 1) return statement(flow, statement(flow, from, depth - 1, random), depth - 1, random);
  const first = block(from);
  if (kind === 2) return block(statement(flow, first, depth - 1, random), random(2) === 0 ? first : statement(flow, first, depth - 1, random));
  const last = statement(flow, first, depth - 1, random);
  flow[last]?.push(first);
  return block(...(random(3) === 0 ? [first, last] : [random(2) === 0 ? first : last]));
}

/** A function that may call the next one. */
function randomCode(random: Random): CodeGraph {
  const functions = [0, 1].map((k) => {
    const flow: Flow = [[]];
    const last = statement(flow, statement(flow, 0, 3, random), 3, random);
    const address = 0x8000 + 0x4000 * k;
    const blocks = flow.map((successors, id): Block => ({
      id, successors: [...new Set(successors)], exits: id === last, calls: k === 0 && id !== last && random(6) === 0 ? 0xc000 : undefined,
      instructions: Array.from({ length: 1 + random(4) }, (_, n) => ({ address: address + 16 * id + 4 * n, size: 4, flow: { kind: "next" }, class: "alu" })),
    }));
    return { name: `f${k}`, address, blocks };
  });
  return { functions, problems: [] };
}

function randomFacts({ functions }: CodeGraph, random: Random): readonly HeaderFact[] {
  return functions.flatMap((graph) => loopForest(graph).loops.map(({ header }) => ({
    address: graph.blocks[header]?.instructions[0]?.address ?? 0, max: random(9), total: random(3) === 0 ? undefined : random(60),
  })));
}

test("nest: what is found without the optimiser is its optimum", async (t) => {
  let found = 0;
  for (let seed = 0; seed < 300; seed++) {
    const random = randomFrom(seed);
    const code = randomCode(random);
    const facts = randomFacts(code, random);
    const program = ipetOfFacts(code, facts, { costOf: () => 1 });
    const prices = nestPrices(code, facts, program);
    if (prices === undefined) continue;
    found++;
    const best = await optimise(program);
    if (best.kind !== "optimal") t.fail(`${seed}: ${best.kind}`);
    else t.is(boundProvedBy(program, prices, 1n), boundProvedByRounded(program, best.prices), String(seed));
  }
  t.log(`${found} of 300 without the optimiser`);
  t.true(found > 150);
});

test("nest: a loop without a fact, and prices of other facts, prove nothing", (t) => {
  let wrong = 0;
  for (let seed = 0; seed < 60; seed++) {
    const random = randomFrom(seed);
    const code = randomCode(random);
    const facts = randomFacts(code, random);
    const program = ipetOfFacts(code, facts, { costOf: () => 1 });
    if (facts.length === 0) continue;
    t.is(nestPrices(code, facts.slice(1), ipetOfFacts(code, facts.slice(1), { costOf: () => 1 })), undefined);
    const prices = nestPrices(code, facts, program);
    const dearer: LinearProgram = { ...program, costs: program.costs.map((cost) => cost + 1) };
    if (prices !== undefined && boundProvedBy(dearer, prices, 1n) === undefined) wrong++;
  }
  t.true(wrong > 20, "prices that are too low are refused");
});

test("feasible: a point is only given where the optimiser finds one", async (t) => {
  const kinds = { point: 0, infeasible: 0 };
  for (let seed = 0; seed < 300; seed++) {
    const random = randomFrom(seed);
    const code = randomCode(random);
    const program = ipetOfFacts(code, [], { costOf: () => 0 });
    const counted = Array.from({ length: 4 }, () => random(program.costs.length));
    const rows = [...program.rows, ...counted.map((v) => ({ name: "count", kind: "eq" as const, terms: [[v, 1] as const], right: random(3) }))];
    const point = feasiblePoint({ ...program, rows });
    const { kind } = await optimise({ ...program, rows });
    if (point !== undefined) t.is(kind, "optimal", String(seed));
    if (point !== undefined) kinds.point++;
    if (kind === "infeasible") kinds.infeasible++;
  }
  t.log(kinds);
  t.true(kinds.point > 20 && kinds.infeasible > 20);
});
