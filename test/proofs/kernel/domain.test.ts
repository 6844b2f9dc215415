/** The schedule θ: the formula the kernel writes for "earlier" is execution order, total and injective. */
import test from "ava";
import { evalProgram } from "../../../ir/loop/eval.js";
import { literal } from "../../../ir/loop/index-expr.js";
import type { Program } from "../../../ir/loop/program.js";
import { type StoreContext, storesOf } from "../../../ir/loop/visit.js";
import { present } from "../../../ir/prelude.js";
import { evalFormula } from "../../../proofs/encode/formula.js";
import { inDomain, precedes, samePoint } from "../../../proofs/kernel/domain.js";
import { falsehood } from "../../../proofs/kernel/obligation.js";
import { own, point, program, sampleEnvironment } from "./support.js";
import { handSteps, stepOf } from "../theorem/steps.js";

const noVariables = (name: string): number => { throw new RangeError(`variable ${name} in a ground formula`); };

interface Event {
  readonly store: StoreContext;
  readonly point: readonly number[];
}

/** Every store instance, in the order in which the interpreter runs them. */
function events(of: Program, tensors?: Parameters<typeof sampleEnvironment>[1]): Event[] {
  const stores = new Map(storesOf(of).map((store) => [store.store.name, store]));
  const found: Event[] = [];
  const onStore = ({ name }: { readonly name: string }, at: readonly number[]): number => found.push({ store: present(stores.get(name), name), point: [...at] });
  evalProgram(of, sampleEnvironment(of, tensors), { strict: true, hooks: { onStore } });
  return found;
}

const nested = `
input x0 f32[4]
output y0 f32[4]
temp t f32[4]

a: t[0] = x0[0]
for i in 0..3 {
  if -i + 1 >= 0 {
    b: t[i] = x0[i]
    for j in 0..2 {
      c: t[j] = x0[j]
    }
  }
  d: t[i] = x0[i]
  for k in 0..2 {
    if k - 1 >= 0 {
      e: t[k] = x0[k]
    }
    f: t[k] = x0[k]
  }
}
if 0 >= 0 {
  g: y0[0] = t[0]
}
for l in 0..4 {
  h: y0[l] = x0[l]
}
`;

test("precedes is execution order, for every pair of instances", (t) => {
  const programs = [program(nested), ...handSteps.map((hand) => stepOf(hand).after)];
  const tensors = handSteps.find((hand) => hand.tensors !== undefined)?.tensors;
  let pairs = 0;
  for (const of of programs) {
    const all = events(of, tensors);
    all.forEach((first, k) => all.forEach((second, l) => {
      const [p, q] = [first.point.map(literal), second.point.map(literal)];
      if (evalFormula(precedes(first.store, p, second.store, q), noVariables) !== k < l) t.fail(`${first.store.store.name}(${first.point.join()}) ${second.store.store.name}(${second.point.join()})`);
      pairs++;
    }));
  }
  t.log(`${pairs} pairs`);
  t.true(pairs > 5000);
});

test("the domain is exactly the instances that run", (t) => {
  const of = program(nested);
  const ran = new Set(events(of).map(({ store, point: at }) => `${store.store.name}(${at.join()})`));
  for (const store of storesOf(of)) {
    const axes = store.loops.map(({ extent }) => Array.from({ length: extent + 2 }, (_, k) => k - 1));
    const points = axes.reduce<number[][]>((all, axis) => all.flatMap((head) => axis.map((k) => [...head, k])), [[]]);
    for (const at of points) t.is(evalFormula(inDomain(store, at.map(literal)), noVariables), ran.has(`${store.store.name}(${at.join()})`));
  }
});

test("a point of another length is in no domain and equals no point", (t) => {
  const [, b] = storesOf(program(nested));
  t.is(inDomain(present(b, "b"), point("")), falsehood);
  t.is(inDomain(present(b, "b"), own("i", "i")), falsehood);
  t.is(samePoint(own("i"), own("i", "j")), falsehood);
});
