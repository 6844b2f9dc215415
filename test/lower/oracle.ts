/**
 * A brute-force oracle for dataflow: the program runs step by step, the last writer of
 * every element is remembered, and every load is compared with what its cases say.
 */
import { type Environment, evalProgram } from "../../ir/loop/eval.js";
import { type IndexExpr, evalIndex, holds } from "../../ir/loop/index-expr.js";
import type { Program } from "../../ir/loop/program.js";
import { type StoreContext, buffersByName, loadsOf, storesOf } from "../../ir/loop/visit.js";
import { present } from "../../ir/prelude.js";
import { elementCount, stridesOf } from "../../ir/tensor/tensor.js";
import type { Case, Dataflow, Instance } from "../../proofs/kernel/witness.js";

type Values = (name: string) => number;

interface Oracle {
  readonly problems: Set<string>;
  /** Instances by element, such as `n0_y[1,2]`. */
  readonly lastWriter: Map<string, string>;
  readonly once: ReadonlySet<string>;
  /** Cases that applied at least once. */
  readonly taken: Set<Case<Instance>>;
}

/** Everything that `dataflow` says otherwise than a run of `program`; a case that never applies is a problem too. */
export function dataflowProblems(program: Program, dataflow: Dataflow, environment: Environment): readonly string[] {
  const stores = new Map(storesOf(program).map((context) => [context.store.name, context]));
  const oracle: Oracle = { problems: new Set(), lastWriter: new Map(), once: new Set(dataflow.once), taken: new Set() };
  const stored = new Set([...stores.values()].map(({ store }) => store.buffer));
  evalProgram(program, environment, {
    strict: true,
    hooks: {
      onStore: ({ name }, point) => {
        const context = present(stores.get(name), name);
        checkLoads(context, point, dataflow, stored, oracle);
        write(context, point, oracle);
      },
    },
  });
  checkFinals(program, dataflow, oracle);
  const all = [...Object.values(dataflow.producers).flat(2), ...Object.values(dataflow.finals).flat()];
  for (const it of all) if (!oracle.taken.has(it)) oracle.problems.add(`a case of ${it.then.statement} never applies`);
  return [...oracle.problems];
}

function valuesAt({ loops }: StoreContext, point: readonly number[]): Values {
  const values = new Map(loops.map(({ variable }, depth) => [variable, present(point[depth], variable)]));
  return (name) => present(values.get(name), `variable ${name}`);
}

function element(buffer: string, index: readonly IndexExpr[], values: Values): string {
  return `${buffer}[${index.map((e) => evalIndex(e, values)).join()}]`;
}

function checkLoads(context: StoreContext, point: readonly number[], dataflow: Dataflow, stored: ReadonlySet<string>, oracle: Oracle): void {
  const values = valuesAt(context, point);
  const { name, value } = context.store;
  loadsOf(value).forEach(({ buffer, index }, k) => {
    const cases = dataflow.producers[name]?.[k] ?? [];
    if (stored.has(buffer)) compare(`load ${k} of ${name}`, cases, { values, at: element(buffer, index, values) }, oracle);
    else if (cases.length > 0) oracle.problems.add(`load ${k} of ${name} has producers, but ${buffer} is given`);
  });
}

function compare(what: string, cases: readonly Case<Instance>[], { values, at }: { values: Values; at: string }, oracle: Oracle): void {
  const chosen = cases.find(({ when }) => when.every((c) => holds(c, values)));
  if (chosen === undefined) {
    oracle.problems.add(`${what}: no case applies`);
    return;
  }
  oracle.taken.add(chosen);
  const claimed = `${chosen.then.statement}(${chosen.then.point.map((e) => evalIndex(e, values)).join()})`;
  const actual = oracle.lastWriter.get(at);
  if (claimed !== actual) oracle.problems.add(`${what}: claimed ${chosen.then.statement}, wrote ${actual?.split("(")[0] ?? "nobody"}, or at another point`);
}

function write(context: StoreContext, point: readonly number[], oracle: Oracle): void {
  const { name, buffer, index } = context.store;
  const at = element(buffer, index, valuesAt(context, point));
  if (oracle.once.has(buffer) && oracle.lastWriter.has(at)) oracle.problems.add(`${buffer} is written twice`);
  oracle.lastWriter.set(at, `${name}(${point.join()})`);
}

function checkFinals(program: Program, dataflow: Dataflow, oracle: Oracle): void {
  for (const { name, kind, shape } of buffersByName(program).values()) {
    if (kind !== "output") continue;
    const strides = stridesOf(shape);
    for (let flat = 0; flat < elementCount(shape); flat++) {
      const point = shape.map((extent, axis) => Math.floor(flat / (strides[axis] ?? 1)) % extent);
      const values: Values = (d) => present(point[Number(d.slice(1))], d);
      compare(`final ${name}`, dataflow.finals[name] ?? [], { values, at: `${name}[${point.join()}]` }, oracle);
    }
  }
}
