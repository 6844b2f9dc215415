/**
 * parallelise-loops: one loop over independent outputs of a nest becomes the outermost
 * one and parallel, so that workers can share its iterations.
 *
 * Rewrite: interchange of that loop with those around it, which keep their order; a
 * buffer that its iterations would share gets a dimension for it (array expansion).
 * Requires: what an iteration reads of the nest it wrote itself, and no element that one
 * writes is touched by another (the kernel proves it, W8). Ensures: the order within
 * every output stays (T0). Timing: flow facts count the run of a single worker. Refuses:
 * unknown options. Without rules it does nothing: one core has nothing to share.
 */
import { type IndexExpr, sameIndex, variable } from "../../ir/loop/index-expr.js";
import type { Buffer, Loop, Node } from "../../ir/loop/program.js";
import { loadsOf } from "../../ir/loop/visit.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { independentLanes, toldApart } from "./shared/lanes.js";
import { type Nest, accessesOf, loopsIn, nestOf, storesIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption, patternsOption, rulesOf } from "./shared/options.js";
import { privateBuffers } from "./shared/private-buffers.js";
import { remap } from "./shared/remap.js";
import { mapLoads } from "./shared/wiring.js";

const name = "parallelise-loops";

export const parallelRules: readonly PassOptions[] = [];

interface Rule {
  /** In order of preference. */
  readonly loops: readonly RegExp[];
  /** Fewest iterations of the loop. */
  readonly atLeast: number;
  /** Fewest instances of the store that runs most often: a smaller nest costs less than a barrier. */
  readonly workAtLeast: number;
  /** Largest temporary after expansion, in elements. Locals are private to an iteration and take no more room. */
  readonly expandUpTo: number;
}

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "the first that fits a loop of a nest decides about the nest (default: none)",
    words: {
      loops: { kind: "patterns", about: "loops to share, in order of preference", required: true },
      atLeast: { kind: "count", about: "fewest iterations (default: 2)" },
      workAtLeast: { kind: "count", about: "fewest runs of the busiest store; a smaller nest costs less than a barrier (default: 1)" },
      expandUpTo: { kind: "count", about: "the largest temporary after expansion, in elements (default: 4096)" },
    },
  },
};

function parseRule(rule: PassOptions): Rule {
  const count = (key: string): number | undefined => countOption(name, rule, key);
  return {
    loops: patternsOption(name, rule, "loops") ?? [],
    atLeast: count("atLeast") ?? 2,
    workAtLeast: count("workAtLeast") ?? 1,
    expandUpTo: count("expandUpTo") ?? 4096,
  };
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules = rulesOf(name, given, parallelRules).map(parseRule);
  const buffers = new Map(before.program.buffers.map((buffer) => [buffer.name, buffer]));
  if (rules.length === 0 || sharesLocals(before, buffers)) return undefined;
  const body = before.program.body.map((node, k) => parallelised(before, k, rules, buffers) ?? node);
  if (body.every((node, k) => node === before.program.body[k])) return undefined;
  const after = { ...before.program, buffers: [...buffers.values()], body };
  return remap(before, { after, from: new Map(), to: new Map() });
}

/** A local of two nests would be two objects where their workers are not the same. */
function sharesLocals({ program }: Staged, buffers: ReadonlyMap<string, Buffer>): boolean {
  const users = program.body.flatMap((node) => [...new Set(storesIn([node]).flatMap(accessesOf).map((access) => access.buffer))]);
  return users.some((buffer, k) => buffers.get(buffer)?.kind === "local" && users.indexOf(buffer) !== k);
}

/** The nest at top level `k` by the first rule that fits it; its expanded buffers take their places in `buffers`. */
function parallelised(before: Staged, k: number, rules: readonly Rule[], buffers: Map<string, Buffer>): Node | undefined {
  const node = before.program.body[k];
  const nest = node === undefined ? undefined : nestOf(node);
  if (node === undefined || nest === undefined || nest.loops.some(({ mode }) => mode === "parallel")) return undefined;
  for (const rule of rules) {
    const loop = rule.loops.flatMap((pattern) => nest.loops.filter((it) => pattern.test(it.variable) && it.extent >= rule.atLeast))[0];
    if (loop === undefined || workOf(node) < rule.workAtLeast || !readsItself(before, nest, loop)) continue;
    const expanded = expandedBuffers(before, nest, loop);
    const outermost = outside(nest, loop, expanded);
    const fits = [...expanded.values()].every((buffer) => buffer.kind === "local" || elementCount(buffer.shape) <= rule.expandUpTo);
    if (!fits || !independentLanes(outermost)) continue;
    for (const [buffer, larger] of expanded) buffers.set(buffer, larger);
    return outermost;
  }
  return undefined;
}

/** Instances of the store that runs most often. */
function workOf(node: Node): number {
  if (node.kind === "store") return 1;
  return Math.max(0, ...node.body.map(workOf)) * (node.kind === "loop" ? node.extent : 1);
}

/** Whether what an iteration of `loop` reads of the nest comes from the same iteration. */
function readsItself({ dataflow }: Staged, nest: Nest, loop: Loop): boolean {
  const stores = storesIn(nest.body);
  const names = new Set(stores.map((store) => store.name));
  const depth = nest.loops.indexOf(loop);
  return stores.every((store) => (dataflow.producers[store.name] ?? []).every((cases) => cases.every(({ then }) => {
    const at = then.point[depth];
    return !names.has(then.statement) || (at !== undefined && sameIndex(at, variable(loop.variable)));
  })));
}

/** Buffers of this nest alone that iterations of `loop` would share, with a dimension for it. */
function expandedBuffers({ program }: Staged, nest: Nest, loop: Loop): ReadonlyMap<string, Buffer> {
  const inside = new Set([...nest.loops, ...loopsIn(nest.body)].map((it) => it.variable));
  const accesses = storesIn(nest.body).flatMap(accessesOf);
  const shared = privateBuffers(program, nest).map(({ buffer }) => buffer)
    .filter((buffer) => !toldApart(accesses.filter((access) => access.buffer === buffer.name), loop.variable, inside));
  return new Map(shared.map((buffer) => [buffer.name, { ...buffer, shape: [loop.extent, ...buffer.shape] }]));
}

/** The nest with `loop` around the others, and its share of every expanded buffer inside. */
function outside(nest: Nest, loop: Loop, expanded: ReadonlyMap<string, Buffer>): Loop {
  const own = <A extends { readonly buffer: string; readonly index: readonly IndexExpr[] }>(access: A): A =>
    expanded.has(access.buffer) ? { ...access, index: [variable(loop.variable), ...access.index] } : access;
  const rebuilt = (node: Node): Node => {
    if (node.kind !== "store") return { ...node, body: node.body.map(rebuilt) };
    return loadsOf(node.value).length === 0 ? own(node) : { ...own(node), value: mapLoads(node.value, own) };
  };
  const others = nest.loops.filter((it) => it !== loop);
  const body = others.reduceRight<readonly Node[]>((within, it) => [{ ...it, body: within }], nest.body.map(rebuilt));
  return { ...loop, mode: "parallel", body, origin: { ...loop.origin, pass: name } };
}

export const paralleliseLoops: Pass = { name, summary: "share the iterations of outer loops among workers", options, run };
