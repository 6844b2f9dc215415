/**
 * Copying part of a nest: some loops run over a region of their values only, counted
 * from 0 again, and what becomes decided on the region goes: guards that always hold,
 * statements whose guards never do, values of inner loops that only fail their tests.
 * Splitting at borders and splitting at literal points are both made of such copies.
 */
import { type Condition, type IndexExpr, atLeast, below, literal, shift, substitute, substituteCondition, variable } from "../../../ir/loop/index-expr.js";
import type { Guard, Loop, Node, Store } from "../../../ir/loop/program.js";
import { mapExpr, substituteExpr, substituteNode } from "../../../ir/loop/visit.js";
import { loopsIn, storesIn } from "./nests.js";
import { type Region, allowedRange } from "./regions.js";
import type { Destination, Provenance } from "./remap.js";
import { extentsOf, simplifyConditions } from "./simplify.js";
import { tidied } from "./tidied.js";

/** Where statements of `after` come from and went, as `remap` wants it. */
export interface Tables {
  readonly from: Map<string, Provenance>;
  readonly to: Map<string, Destination[]>;
}

/** A region of a loop, and what is added to the names of its copy. */
export interface Part extends Region {
  readonly suffix: string;
}

export interface Copying {
  readonly pass: string;
  readonly tables: Tables;
  /** The name of a copy; the old one for the copy without a suffix. */
  readonly rename: (old: string, suffix: string) => string;
  /** The regions of a loop, in order; undefined leaves the loop to its own tests. */
  readonly partsOf: (loop: Loop) => readonly Part[] | undefined;
  /** Buffers that the copy has for itself, by old name. */
  readonly buffers: ReadonlyMap<string, BufferCopy>;
}

export interface BufferCopy {
  readonly name: string;
  /** Subtracted from the index, per dimension. */
  readonly low: readonly number[];
}

/** What is known while a copy is made, from the outside in. */
interface Copy {
  readonly copying: Copying;
  readonly suffix: string;
  /** The loops so far, as the copy has them. */
  readonly loops: readonly Loop[];
  readonly known: readonly Condition[];
  /** The regions so far, as conditions on old variables. */
  readonly when: readonly Condition[];
  /** Old variables over the new ones. */
  readonly by: ReadonlyMap<string, IndexExpr>;
  /** New variables over the old ones. */
  readonly back: ReadonlyMap<string, IndexExpr>;
}

/** `node` with its loops cut as `copying` says. */
export function copied(node: Node, copying: Copying): readonly Node[] {
  return rebuilt(node, { copying, suffix: "", loops: [], known: [], when: [], by: new Map(), back: new Map() });
}

function rebuilt(node: Node, copy: Copy): readonly Node[] {
  switch (node.kind) {
    case "loop":
      return (copy.copying.partsOf(node) ?? [{ ...allowed(node, copy), suffix: "" }]).flatMap((part) => rebased(node, part, copy));
    case "guard":
      return rebuiltGuard(node, copy);
    case "store":
      return [rebuiltStore(node, copy)];
  }
}

/** The values of a loop on which what stands in it can run at all. */
function allowed(loop: Loop, copy: Copy): Region {
  const tests = soleTests(loop).map((c) => substituteCondition(c, (v) => copy.by.get(v)));
  return allowedRange(loop, tests, extentsOf([...copy.loops, loop, ...loopsIn(loop.body)])) ?? { low: 0, size: loop.extent };
}

/** The conditions that everything in the loop is under. */
function soleTests(loop: Loop): readonly Condition[] {
  const tests: Condition[] = [];
  let body = loop.body;
  for (let [only] = body; body.length === 1 && only !== undefined && only.kind !== "store"; [only] = body) {
    if (only.kind === "guard") tests.push(...only.conditions);
    body = only.body;
  }
  return tests;
}

/** `loop` over a region only; nothing if nothing is left inside. */
function rebased(loop: Loop, { low, size, suffix }: Part, copy: Copy): readonly Node[] {
  if (size === 0) return [];
  const { copying } = copy;
  const within = { ...copy, suffix: copy.suffix + suffix };
  const renamed = copying.rename(loop.variable, within.suffix);
  const moved: Loop = { ...loop, variable: renamed, extent: size, origin: { ...loop.origin, pass: copying.pass } };
  const by = new Map([...copy.by, [loop.variable, shift(variable(renamed), low)]]);
  const back = new Map([...copy.back, [renamed, shift(variable(loop.variable), -low)]]);
  const when = copying.partsOf(loop) === undefined ? copy.when : [...copy.when, ...inside(loop, { low, size })];
  const next = { ...within, loops: [...copy.loops, moved], by, back, when };
  const body = loop.body.flatMap((child) => rebuilt(child, next));
  return body.length === 0 ? [] : [{ ...moved, body }];
}

/** The old variable lies in the region; bounds that always hold are left out. */
function inside({ variable: v, extent }: Loop, { low, size }: Region): readonly Condition[] {
  return [
    ...(low === 0 ? [] : [atLeast(variable(v), literal(low))]),
    ...(low + size === extent ? [] : [below(variable(v), low + size)]),
  ];
}

function rebuiltGuard(guard: Guard, copy: Copy): readonly Node[] {
  const moved = guard.conditions.map((c) => substituteCondition(c, (v) => copy.by.get(v)));
  const conditions = simplifyConditions(moved, extentsOf(copy.loops), copy.known);
  if (conditions === "never") return [];
  const body = guard.body.flatMap((child) => rebuilt(child, { ...copy, known: [...copy.known, ...conditions] }));
  return conditions.length === 0 || body.length === 0 ? body : [{ ...guard, conditions, body }];
}

function rebuiltStore(store: Store, copy: Copy): Store {
  const { copying: { pass, tables, rename }, by, back, when } = copy;
  const old = store.name;
  const name = rename(old, copy.suffix);
  tables.from.set(name, { statement: old, by: (v) => by.get(v) });
  tables.to.set(old, [...(tables.to.get(old) ?? []), { when, statement: name, by: (v) => back.get(v) }]);
  const value = mapExpr(substituteExpr(store.value, (v) => by.get(v)), (e) => (e.kind === "load" ? { ...e, ...placed(e.buffer, e.index, copy) } : e));
  const index = store.index.map((e) => substitute(e, (v) => by.get(v)));
  return { ...store, name, ...placed(store.buffer, index, copy), value, origin: { ...store.origin, pass } };
}

/** The element in the buffer of this copy. */
function placed(buffer: string, index: readonly IndexExpr[], { copying, loops, known }: Copy): { buffer: string; index: readonly IndexExpr[] } {
  const own = copying.buffers.get(buffer);
  const moved = own === undefined ? index : index.map((e, d) => shift(e, -(own.low[d] ?? 0)));
  return { buffer: own?.name ?? buffer, index: moved.map((e) => tidied(e, extentsOf(loops), known)) };
}

/** `body` in `loops`, all of them with new variables; the statements keep their names. */
export function renamedCopy(
  loops: readonly Loop[], body: readonly Node[],
  { pass, tables: { from, to }, variables }: { readonly pass: string; readonly tables: Tables; readonly variables: ReadonlyMap<string, string> },
): readonly Node[] {
  const back = new Map([...variables].map(([old, renamed]) => [renamed, old]));
  const over = (names: ReadonlyMap<string, string>) => (name: string): IndexExpr | undefined => {
    const other = names.get(name);
    return other === undefined ? undefined : variable(other);
  };
  for (const { name: statement } of storesIn(body)) {
    from.set(statement, { statement, by: over(variables) });
    to.set(statement, [{ when: [], statement, by: over(back) }]);
  }
  const inner = body.map((node) => substituteNode(node, over(variables)));
  return loops.reduceRight<readonly Node[]>((inside, loop) =>
    [{ ...loop, variable: variables.get(loop.variable) ?? loop.variable, origin: { ...loop.origin, pass }, body: inside }], inner);
}
