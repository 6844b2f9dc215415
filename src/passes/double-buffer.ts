/**
 * double-buffer: software pipelining of a loop whose iteration first fills a buffer and then
 * reads it. The buffer gets two copies, and the fill for iteration v + 1 runs before the
 * work of iteration v: a transfer can then overlap with computation.
 *
 * Rewrite: for v in 0..N { fill T(v); use T } becomes fill T[0](0); for v in 0..N { if v + 1 < N:
 * fill T[(v + 1) mod 2](v + 1); use T[v mod 2] }.
 * Requires: all accesses to T inside the loop; what is read of T was filled in the same iteration;
 * the fill reads nothing that the rest of the loop writes.
 * Ensures: T twice as large. Timing: the same work, one copy of the fill outside the loop.
 * Refuses: unknown options.
 */
import { type IndexExpr, below, literal, mod, shift, variable, zero } from "../../ir/loop/index-expr.js";
import type { Buffer, Loop, Node } from "../../ir/loop/program.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type Access, type Names, accessesOf, loopsIn, namesOf, samePrefix, storesIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, patternsOption, rulesOf } from "./shared/options.js";
import type { Tables } from "./shared/parts.js";
import { type Renaming, remap } from "./shared/remap.js";
import { type Rewriting, rewritten } from "./shared/rewriting.js";

const name = "double-buffer";

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "the first that names a loop decides about it; without rules nothing is pipelined",
    words: {
      loops: { kind: "patterns", about: "loops to pipeline", required: true },
      buffers: { kind: "patterns", about: "buffers to double (default: all that can be)" },
    },
  },
};

interface Rule {
  readonly loops: readonly RegExp[];
  readonly buffers: readonly RegExp[];
}

/** A loop with the buffer that it fills and reads. */
interface Pipelined {
  readonly loop: Loop;
  readonly buffer: Buffer;
  /** The nodes of the body that fill it. */
  readonly fill: readonly Node[];
}

interface Change {
  readonly before: Staged;
  readonly rules: readonly Rule[];
  readonly names: Names;
  readonly tables: Tables;
  readonly buffers: Map<string, Buffer>;
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules = rulesOf(name, given, []).map((rule) => ({ loops: patternsOption(name, rule, "loops") ?? [], buffers: patternsOption(name, rule, "buffers") ?? [/^/] }));
  if (rules.length === 0) return undefined;
  const { program } = before;
  const change: Change = { before, rules, names: namesOf(program), tables: { from: new Map(), to: new Map() }, buffers: new Map(program.buffers.map((b) => [b.name, b])) };
  const body = program.body.flatMap((node) => changed(node, [], change));
  if (change.tables.to.size === 0) return undefined;
  const { after, witness } = remap(before, { after: { ...program, buffers: [...change.buffers.values()], body }, ...change.tables });
  const doubled = new Set(program.buffers.filter((buffer) => change.buffers.get(buffer.name) !== buffer).map((buffer) => buffer.name));
  return { after, witness: { ...witness, once: witness.once.filter((buffer) => !doubled.has(buffer)) } };
}

/** The outermost loop that a rule fits and that can be pipelined, in every nest. */
function changed(node: Node, outer: readonly Loop[], change: Change): readonly Node[] {
  if (node.kind === "store") return [node];
  if (node.kind === "guard") return [{ ...node, body: node.body.flatMap((child) => changed(child, outer, change)) }];
  const rule = change.rules.find(({ loops }) => loops.some((pattern) => pattern.test(node.variable)));
  const pipelined = rule === undefined ? undefined : pipelinedBy(node, outer, rule, change);
  if (pipelined !== undefined) return pipeline(pipelined, outer, change);
  return [{ ...node, body: node.body.flatMap((child) => changed(child, [...outer, node], change)) }];
}

function pipelinedBy(loop: Loop, outer: readonly Loop[], rule: Rule, { before, buffers }: Change): Pipelined | undefined {
  if (loop.extent < 2) return undefined;
  const own = new Set(storesIn(loop.body).map((store) => store.name));
  const elsewhere = new Set(storesIn(before.program.body).filter((store) => !own.has(store.name)).flatMap(accessesOf).map(({ buffer }) => buffer));
  for (const { name: filled } of before.program.buffers.filter((it) => rule.buffers.some((pattern) => pattern.test(it.name)))) {
    const buffer = buffers.get(filled);
    if (buffer === undefined || (buffer.kind !== "temp" && buffer.kind !== "local") || buffer.place !== undefined || elsewhere.has(filled)) continue;
    const fill = loop.body.filter((node) => storesIn([node]).some((store) => store.buffer === filled));
    if (fill.length > 0 && separable(before, [...outer, loop], { loop, buffer, fill }, elsewhere)) return { loop, buffer, fill };
  }
  return undefined;
}

/** Whether the fill may run an iteration early: it shares nothing with the rest but the buffer, which is read in its own iteration. */
function separable({ dataflow }: Staged, around: readonly Loop[], { loop, buffer, fill }: Pipelined, elsewhere: ReadonlySet<string>): boolean {
  const rest = loop.body.filter((node) => !fill.includes(node));
  const writtenByFill = new Set(storesIn(fill).map((store) => store.buffer));
  const touchedByRest = new Set(storesIn(rest).flatMap(accessesOf).map((access) => access.buffer));
  const writtenByRest = new Set(storesIn(rest).map((store) => store.buffer));
  const own = [...writtenByFill].every((written) => written === buffer.name || (!touchedByRest.has(written) && !elsewhere.has(written)));
  const reads = storesIn(fill).flatMap(accessesOf).every((access) => !writtenByRest.has(access.buffer));
  const sameIteration = storesIn(loop.body).every((store) => accessesOf(store).slice(1).every((load, at) =>
    !writtenByFill.has(load.buffer) || (dataflow.producers[store.name]?.[at] ?? []).every(({ then }) => samePrefix(then.point, around))));
  return own && reads && sameIteration && touchedByRest.has(buffer.name) && !writtenByRest.has(buffer.name);
}

function pipeline({ loop, buffer, fill }: Pipelined, outer: readonly Loop[], { names, tables, buffers }: Change): readonly Node[] {
  const v = variable(loop.variable);
  buffers.set(buffer.name, { ...buffer, shape: [2, ...buffer.shape] });
  const half = (parity: IndexExpr) => <A extends Access>(access: A): A => (access.buffer === buffer.name ? { ...access, index: [parity, ...access.index] } : access);
  const early = copyOf(fill, names);
  record(fill, early, loop, tables);
  const at = (by: Renaming, parity: IndexExpr): Rewriting =>
    ({ pass: name, by, loopOf: (it) => ({ loop: it, tests: [] }), access: half(parity), nameOf: (statement) => statement });
  const first: Rewriting = {
    ...at((n) => (n === loop.variable ? zero : early.renaming(n)), zero),
    loopOf: (it) => ({ loop: { ...it, variable: early.loops.get(it.variable) ?? it.variable }, tests: [] }),
    nameOf: (statement) => early.statements.get(statement) ?? statement,
  };
  const prologue = fill.flatMap((node) => rewritten(node, first, outer));
  const test = below(shift(v, 1), loop.extent);
  const inside = [...outer, loop];
  const next = fill.flatMap((node) => rewritten(node, at((n) => (n === loop.variable ? shift(v, 1) : undefined), mod(shift(v, 1), 2)), inside, [test]));
  const rest = loop.body.filter((node) => !fill.includes(node)).flatMap((node) => rewritten(node, at(() => undefined, mod(v, 2)), inside));
  return [...prologue, { ...loop, origin: { ...loop.origin, pass: name }, body: [{ kind: "guard", conditions: [test], body: next }, ...rest] }];
}

/** New names for what the copy of the fill before the loop has. */
interface EarlyCopy {
  readonly loops: ReadonlyMap<string, string>;
  readonly statements: ReadonlyMap<string, string>;
  readonly renaming: Renaming;
}

function copyOf(fill: readonly Node[], names: Names): EarlyCopy {
  const loops = new Map(loopsIn(fill).map((it) => [it.variable, names.fresh(it.variable, "e")]));
  const statements = new Map(storesIn(fill).map((store) => [store.name, names.fresh(store.name, "e")]));
  const renaming: Renaming = (n) => {
    const renamed = loops.get(n);
    return renamed === undefined ? undefined : variable(renamed);
  };
  return { loops, statements, renaming };
}

/** The fill of iteration 0 went before the loop, that of v into iteration v − 1. */
function record(fill: readonly Node[], { loops, statements, renaming }: EarlyCopy, { variable: v }: Loop, { from, to }: Tables): void {
  const back = new Map([...loops].map(([old, renamed]) => [renamed, variable(old)]));
  for (const { name: statement } of storesIn(fill)) {
    const early = statements.get(statement) ?? statement;
    from.set(early, { statement, by: (n) => (n === v ? literal(0) : renaming(n)) });
    from.set(statement, { statement, by: (n) => (n === v ? shift(variable(v), 1) : undefined) });
    to.set(statement, [
      { when: [below(variable(v), 1)], statement: early, by: (n) => back.get(n) },
      { when: [], statement, by: (n) => (n === v ? shift(variable(v), -1) : undefined) },
    ]);
  }
}

export const doubleBuffer: Pass = { name, summary: "fill a buffer one iteration ahead, in two copies", options, run };
