/**
 * contract-buffers: temporaries shrink to what is alive at once. A convolution's
 * accumulator becomes the register tile of the loops inside.
 *
 * Rewrite: T[8*vo + vi, h] becomes T[vi] where vo and h are variables of loops around all
 * accesses, and every load reads what the same iteration of those loops stored. Small
 * buffers become locals, their dimensions in the order of the loops. Stores into one
 * buffer that feed no common load get one each.
 * Requires: serial loops; a dataflow that names one iteration. Ensures: no larger buffer.
 * Timing: fewer cache lines and loads; the loops stay. Refuses: unknown options.
 */
import { type Condition, type IndexExpr, eachVariable, floordiv, literal, minus, mod, plus, sameIndex, shift, times, variable, zero } from "../../ir/loop/index-expr.js";
import { rangeUnder } from "../../ir/loop/interval.js";
import type { Buffer, Loop, Program, Store } from "../../ir/loop/program.js";
import { type StoreContext, loadsOf, mapStores } from "../../ir/loop/visit.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { domainOf, refusedBy } from "./shared/compose.js";
import { type View, viewOf } from "./shared/copies.js";
import { itemsOf, liveBound } from "./shared/lifetimes.js";
import { separateLives } from "./shared/lives.js";
import { type OptionTable, checkOptions, countOption, patternsOption } from "./shared/options.js";
import { extentsUnder, simplify } from "./shared/simplify.js";
import { identityPhi, mapLoads } from "./shared/wiring.js";

/** Largest local in elements; larger ones stay in the arena, where the memory plan counts them. */
const defaultMaxLocal = 1024;

const options: OptionTable = {
  maxLocal: { kind: "count", about: "the largest local in elements; larger buffers stay in the arena (default: 1024)" },
  stay: { kind: "patterns", about: "temporaries that stay in the arena however small, as operands of records that start where four elements do (default: none)" },
};

export const contractBuffers: Pass = {
  name: "contract-buffers",
  summary: "shrink temporaries to what is alive at once",
  options,
  run: contract,
};

function contract(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(contractBuffers.name, given, options);
  const most = countOption(contractBuffers.name, given, "maxLocal") ?? defaultMaxLocal;
  const stay = patternsOption(contractBuffers.name, given, "stay") ?? [];
  const limit = ({ name }: Buffer): number => (stay.some((pattern) => pattern.test(name)) ? 0 : most);
  const { apart, plans, program } = plansFor(before, limit);
  if (plans.length === 0 && apart === before) return undefined;
  const reused = new Set(plans.filter(({ axes }) => axes.some(({ dropped }) => dropped.terms.length > 0)).map(({ buffer }) => buffer.name));
  const once = apart.dataflow.once.filter((name) => !reused.has(name));
  return { after: program, witness: { ...apart.dataflow, once, phi: identityPhi(program) } };
}

interface Plans {
  readonly apart: Staged;
  readonly plans: readonly Plan[];
  /** As the plans make it. */
  readonly program: Program;
}

/** Lives apart where the arena needs no more room for them than together: tiles of rows may share rows. */
function plansFor(before: Staged, limit: (buffer: Buffer) => number): Plans {
  const together = new Set<string>();
  for (;;) {
    const { staged: apart, copies } = separateLives(before, together);
    const view = viewOf(apart);
    const users = usersOf(view);
    const plans = view.program.buffers.flatMap((buffer) => planFor(view, buffer, users.get(buffer.name) ?? [], limit(buffer)) ?? []);
    const program = contracted(view, new Map(plans.map((plan) => [plan.buffer.name, plan])));
    const larger = [...copies].filter(([name, others]) => aliveAtOnce(program, new Set([name, ...others])) > sizeOf(before.program, name));
    if (larger.length === 0) return { apart, plans, program };
    for (const [name] of larger) together.add(name);
  }
}

/** Elements of these buffers that the arena holds at one time; lives of different nests share a place. */
function aliveAtOnce(program: Program, names: ReadonlySet<string>): number {
  return liveBound(itemsOf(program).filter(({ buffer }) => names.has(buffer.name)));
}

function sizeOf({ buffers }: Program, name: string): number {
  return elementCount(buffers.find((buffer) => buffer.name === name)?.shape ?? []);
}

/** How each dimension of a buffer changes. */
interface Plan {
  readonly buffer: Buffer;
  /** What is subtracted from the index, and what extent is left; dimensions of extent 1 go. */
  readonly axes: readonly Axis[];
  /** The axes that are left, as dimensions of the buffer, outermost first. */
  readonly order: readonly number[];
  readonly kind: "local" | "temp";
}

interface Axis {
  readonly dropped: IndexExpr;
  readonly extent: number;
}

interface Access {
  readonly context: StoreContext;
  readonly index: readonly IndexExpr[];
}

/** The stores that touch each buffer, in textual order. */
function usersOf({ contexts }: View): ReadonlyMap<string, readonly StoreContext[]> {
  const users = new Map<string, StoreContext[]>();
  for (const context of contexts.values()) {
    const touched = new Set([context.store, ...loadsOf(context.store.value)].map(({ buffer }) => buffer));
    for (const buffer of touched) {
      const known = users.get(buffer);
      if (known === undefined) users.set(buffer, [context]);
      else known.push(context);
    }
  }
  return users;
}

function planFor(view: View, buffer: Buffer, users: readonly StoreContext[], limit: number): Plan | undefined {
  if ((buffer.kind !== "temp" && buffer.kind !== "local") || buffer.place !== undefined || users.length === 0) return undefined;
  const accesses = accessesTo(users, buffer.name);
  const loops = isolatingLoops(view, buffer.name, users, accesses);
  const variables = new Set(loops.filter(({ mode }) => mode === "serial" || mode === "unrolled").map((loop) => loop.variable));
  const axes = buffer.shape.map((extent, axis) => axisPlan(accesses, axis, extent, variables));
  const size = elementCount(axes.map(({ extent }) => extent));
  const kind = buffer.kind === "local" || (loops.length > 0 && size <= limit) ? "local" : "temp";
  if (size === elementCount(buffer.shape) && kind === buffer.kind) return undefined;
  const left = axes.flatMap(({ extent }, axis) => (extent === 1 ? [] : [axis]));
  return { buffer, axes, order: kind === "local" ? inLoopOrder(left, buffer.name, accesses) : left, kind };
}

/**
 * Axes in the order of the loops around the step, the store that also loads its buffer:
 * what the innermost loop runs over comes last and is contiguous. An accumulator keeps
 * the order of its tensor otherwise, and a C compiler does not vectorize a loop with a
 * stride (a residual network, gcc -O2 for x86-64-v3: 2.9 ms instead of 0.87 ms).
 */
function inLoopOrder(axes: readonly number[], buffer: string, accesses: readonly Access[]): readonly number[] {
  const steps = accesses.filter(({ context: { store } }) => store.buffer === buffer && loadsOf(store.value).some((load) => load.buffer === buffer));
  const iterations = ({ context: { loops } }: Access): number => elementCount(loops.map(({ extent }) => extent));
  const [hottest] = steps.toSorted((a, b) => iterations(b) - iterations(a));
  if (hottest === undefined) return axes;
  const { index, context } = hottest;
  const depth = (axis: number): number => innermost(index[axis] ?? zero, context.loops);
  return axes.toSorted((a, b) => depth(a) - depth(b));
}

/** The depth of the innermost of `loops` that `e` depends on, -1 where there is none. */
function innermost(e: IndexExpr, loops: readonly Loop[]): number {
  const variables = new Set<string>();
  eachVariable(e, (name) => variables.add(name));
  return loops.findLastIndex((loop) => variables.has(loop.variable));
}

/** All stores into and loads from a buffer, index expressions simplified. */
function accessesTo(users: readonly StoreContext[], buffer: string): Access[] {
  return users.flatMap((context) => {
    const { store } = context;
    const touched = [store, ...loadsOf(store.value)].filter((access) => access.buffer === buffer);
    return touched.map(({ index }) => ({ context, index: index.map((e) => normal(e, context)) }));
  });
}

function normal(e: IndexExpr, context: StoreContext): IndexExpr {
  return simplify(e, domainOf(context).extentOf);
}

/** The loops around all accesses, as far in as every load reads what its own iteration of them stored. */
function isolatingLoops({ dataflow }: View, buffer: string, users: readonly StoreContext[], accesses: readonly Access[]): readonly Loop[] {
  const nests = accesses.map(({ context }) => context.loops);
  const first = nests[0] ?? [];
  const common = first.findIndex((loop, depth) => nests.some((nest) => nest[depth]?.variable !== loop.variable));
  let depth = common < 0 ? Math.min(...nests.map((nest) => nest.length)) : common;
  for (const context of users) {
    const { store, loops } = context;
    loadsOf(store.value).forEach((load, at) => {
      if (load.buffer !== buffer) return;
      (dataflow.producers[store.name]?.[at] ?? []).forEach(({ when, then }, k, cases) => {
        const known = [...when, ...refusedBy(cases.slice(0, k))];
        const leaves = loops.slice(0, depth).findIndex((loop, d) => !sameIteration(then.point[d], loop, known, context));
        if (leaves >= 0) depth = leaves;
      });
    });
  }
  return first.slice(0, depth);
}

/** Whether a coordinate of a producer is the reader's own, where the case applies: on the last row it may be written as 31. */
function sameIteration(e: IndexExpr | undefined, loop: Loop, known: readonly Condition[], context: StoreContext): boolean {
  if (e === undefined) return false;
  if (loop.extent === 1 || sameIndex(e, variable(loop.variable))) return true;
  const { extentOf, conditions } = domainOf(context);
  return sameIndex(simplify(minus(e, variable(loop.variable)), extentOf, [...conditions, ...known]), zero);
}

/** Drops what all accesses have in common, if it is made of `variables`; then the smallest element becomes 0. */
function axisPlan(accesses: readonly Access[], axis: number, extent: number, variables: ReadonlySet<string>): Axis {
  const common = accesses.map(({ index }) => partOver(index[axis] ?? zero, variables));
  const [first = zero] = common;
  const dropped = common.every((e) => sameIndex(e, first)) ? first : zero;
  const ranges = accesses.map(({ context, index }) => {
    const over = domainOf(context);
    return rangeUnder(minus(index[axis] ?? zero, dropped), over.conditions, extentsUnder(over.conditions, over.extentOf));
  });
  const low = Math.min(...ranges.map((range) => range.low));
  const left = Math.max(...ranges.map((range) => range.high)) - low + 1;
  return left <= extent ? { dropped: shift(dropped, low), extent: left } : { dropped: zero, extent };
}

/** The terms of `e` that mention nothing but `variables`. */
function partOver(e: IndexExpr, variables: ReadonlySet<string>): IndexExpr {
  return e.terms.reduce((sum, { coefficient, atom }) => {
    const term = atom.kind === "var" ? variable(atom.name) : atom.kind === "floordiv" ? floordiv(atom.of, atom.by) : mod(atom.of, atom.by);
    let within = true;
    eachVariable(term, (name) => {
      within &&= variables.has(name);
    });
    return within ? plus(sum, times(term, coefficient)) : sum;
  }, literal(0));
}

function contracted(view: View, plans: ReadonlyMap<string, Plan>): Program {
  const buffers = view.program.buffers.map((buffer) => {
    const plan = plans.get(buffer.name);
    return plan === undefined ? buffer : { ...buffer, kind: plan.kind, shape: plan.order.map((axis) => plan.axes[axis]?.extent ?? 1) };
  });
  return mapStores({ ...view.program, buffers }, (store) => contractedStore(view, plans, store));
}

function contractedStore(view: View, plans: ReadonlyMap<string, Plan>, store: Store): Store {
  const context = view.contexts.get(store.name);
  if (context === undefined) return store;
  const change = <A extends { readonly buffer: string; readonly index: readonly IndexExpr[] }>(access: A): A => {
    const plan = plans.get(access.buffer);
    return plan === undefined ? access : { ...access, index: contractedIndex(plan, access.index, context) };
  };
  return { ...change(store), value: mapLoads(store.value, change) };
}

function contractedIndex({ axes, order }: Plan, index: readonly IndexExpr[], context: StoreContext): IndexExpr[] {
  return order.map((axis) => normal(minus(normal(index[axis] ?? zero, context), axes[axis]?.dropped ?? zero), context));
}
