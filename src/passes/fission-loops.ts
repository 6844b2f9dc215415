/**
 * fission-loops: loop distribution. The statements of a nest get nests of their own.
 *
 * Rewrite: for o { A; B; C } becomes for oa { A } for ob { B } for oc { C }; a scalar that
 * crosses the cut gets a dimension: T = …; … = T becomes T[oa] = …; … = T[ob].
 * Requires: what a statement reads of a later one was made in no earlier iteration; such
 * statements stay together. A buffer that every iteration writes anew is read in the
 * iteration that wrote it. Ensures: φ is a renaming of loops.
 * Timing: more loops; what crosses a cut goes through memory. Refuses: unknown options.
 */
import { variable } from "../../ir/loop/index-expr.js";
import type { Buffer, Loop, Node } from "../../ir/loop/program.js";
import { present } from "../../ir/prelude.js";
import { mapExpr } from "../../ir/loop/visit.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type Names, type Nest, accessesOf, namesOf, nestOf, ownElements, samePrefix, storesIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, patternsOption, rulesOf } from "./shared/options.js";
import { type Tables, renamedCopy } from "./shared/parts.js";
import { remap } from "./shared/remap.js";

const name = "fission-loops";

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "the first that names the outermost loop of a nest decides about the nest; without rules nothing is distributed",
    words: {
      nests: { kind: "patterns", about: "outermost loops of the nests concerned", required: true },
      keep: { kind: "patterns", about: "loops that stay around all statements, with all outside of them" },
    },
  },
};

interface Rule {
  readonly nests: readonly RegExp[];
  readonly keep: readonly RegExp[];
}

/** A nest cut in two ways: loops that stay and loops that are distributed; statements in groups. */
interface Cut {
  readonly kept: readonly Loop[];
  readonly cut: readonly Loop[];
  readonly groups: readonly (readonly Node[])[];
  /** Buffers that get the loops that are cut as dimensions. */
  readonly expanded: ReadonlySet<string>;
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules: readonly Rule[] = rulesOf(name, given, []).map((rule) => ({ nests: patternsOption(name, rule, "nests") ?? [], keep: patternsOption(name, rule, "keep") ?? [] }));
  const { program } = before;
  const names = namesOf(program);
  const tables: Tables = { from: new Map(), to: new Map() };
  const buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
  const body = program.body.map((node) => {
    const cut = cutOf(before, nestOf(node), rules, buffers);
    if (cut === undefined) return [node];
    for (const buffer of cut.expanded) buffers.set(buffer, expandedBuffer(present(buffers.get(buffer), buffer), cut));
    return distributed(cut, names, tables);
  });
  if (tables.to.size === 0) return undefined;
  return remap(before, { after: { ...program, buffers: [...buffers.values()], body: body.flat() }, ...tables });
}

type Buffers = ReadonlyMap<string, Buffer>;

function cutOf(before: Staged, nest: Nest, rules: readonly Rule[], buffers: Buffers): Cut | undefined {
  const [outermost] = nest.loops;
  const rule = rules.find(({ nests }) => outermost !== undefined && nests.some((pattern) => pattern.test(outermost.variable)));
  if (rule === undefined || nest.body.length < 2) return undefined;
  const depth = nest.loops.findLastIndex((loop) => rule.keep.some((pattern) => pattern.test(loop.variable))) + 1;
  const [kept, cut] = [nest.loops.slice(0, depth), nest.loops.slice(depth)];
  if (cut.length === 0) return undefined;
  const crossing = crossingBuffers(before, nest, buffers);
  const groups = groupsOf(before, nest, crossing.fixed);
  if (groups.length < 2) return undefined;
  const users = (buffer: string): number => groups.filter((group) => group.some((item) => touches(item, buffer))).length;
  const expanded = new Set([...crossing.expandable].filter((buffer) => users(buffer) > 1));
  return { kept, cut, groups, expanded };
}

interface Crossing {
  /** Written anew by every iteration, read by the one that wrote it, used nowhere else. */
  readonly expandable: ReadonlySet<string>;
  /** Written anew otherwise: who shares such a buffer stays together. */
  readonly fixed: ReadonlySet<string>;
}

function crossingBuffers(before: Staged, nest: Nest, buffers: Buffers): Crossing {
  const stores = storesIn(nest.body);
  const accesses = stores.flatMap(accessesOf);
  const once = new Set(before.dataflow.once);
  const anew = [...new Set(stores.map(({ buffer }) => buffer))].filter((buffer) => !once.has(buffer) && !ownElements(accesses.filter((access) => access.buffer === buffer), nest.loops));
  const own = new Set(stores.map((store) => store.name));
  const others = storesIn(before.program.body).filter((store) => !own.has(store.name));
  const elsewhere = new Set(others.flatMap(accessesOf).map(({ buffer }) => buffer));
  const movable = (buffer: string): boolean => {
    const kind = buffers.get(buffer)?.kind;
    return (kind === "temp" || kind === "local") && !elsewhere.has(buffer) && readsOwnIteration(before, nest, buffer);
  };
  return { expandable: new Set(anew.filter(movable)), fixed: new Set(anew.filter((buffer) => !movable(buffer))) };
}

function readsOwnIteration({ dataflow }: Staged, nest: Nest, buffer: string): boolean {
  return storesIn(nest.body).every((store) => accessesOf(store).slice(1).every((load, at) =>
    load.buffer !== buffer || (dataflow.producers[store.name]?.[at] ?? []).every(({ then }) => samePrefix(then.point, nest.loops))));
}

/** Runs of statements that must stay in one loop, in order: from a reader to a later producer, over all users of a fixed buffer. */
function groupsOf({ dataflow }: Staged, nest: Nest, fixed: ReadonlySet<string>): readonly (readonly Node[])[] {
  const place = new Map(nest.body.flatMap((item, k) => storesIn([item]).map((store) => [store.name, k] as const)));
  const together = [...fixed].map((buffer) => nest.body.flatMap((item, k) => (touches(item, buffer) ? [k] : [])));
  nest.body.forEach((item, k) => {
    for (const { name: reader } of storesIn([item])) {
      for (const { then } of (dataflow.producers[reader] ?? []).flat()) together.push([k, Math.max(k, place.get(then.statement) ?? k)]);
    }
  });
  const joined = (k: number): boolean => together.some((run) => Math.min(...run) < k && k <= Math.max(...run));
  return nest.body.reduce<readonly (readonly Node[])[]>((groups, item, k) =>
    (joined(k) ? [...groups.slice(0, -1), [...(groups.at(-1) ?? []), item]] : [...groups, [item]]), []);
}

function touches(node: Node, buffer: string): boolean {
  return storesIn([node]).flatMap(accessesOf).some((access) => access.buffer === buffer);
}

function expandedBuffer(buffer: Buffer, { cut }: Cut): Buffer {
  const shape = [...cut.map(({ extent }) => extent), ...buffer.shape];
  return { ...buffer, shape, kind: buffer.kind === "local" && elementCount(shape) <= largestLocal ? "local" : "temp" };
}

/** Elements; what is larger belongs to the arena, where the memory plan counts it. */
const largestLocal = 1024;

function distributed({ kept, cut, groups, expanded }: Cut, names: Names, tables: Tables): readonly Node[] {
  const bodies = groups.flatMap((group, k) => {
    const letter = String.fromCharCode(97 + (k % 26));
    const variables = new Map(cut.map((loop) => [loop.variable, names.fresh(loop.variable, letter)]));
    const outer = cut.map((loop) => variable(loop.variable));
    const grown = group.map((node) => withDimensions(node, (access) => (expanded.has(access.buffer) ? { ...access, index: [...outer, ...access.index] } : access)));
    return renamedCopy(cut, grown, { pass: name, tables, variables });
  });
  return kept.reduceRight<readonly Node[]>((inner, loop) => [{ ...loop, body: inner }], bodies);
}

type Access = ReturnType<typeof accessesOf>[number];

function withDimensions(node: Node, change: <A extends Access>(access: A) => A): Node {
  if (node.kind !== "store") return { ...node, body: node.body.map((child) => withDimensions(child, change)) };
  return { ...change(node), value: mapExpr(node.value, (e) => (e.kind === "load" ? change(e) : e)) };
}

export const fissionLoops: Pass = { name, summary: "distribute a nest over its statements", options, run };
