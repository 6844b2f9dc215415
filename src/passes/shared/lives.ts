/**
 * Separates the lives of temporaries: stores into one buffer that never feed a common
 * load may as well write buffers of their own, which can then shrink or share memory
 * independently. Copies of a nest made for a border share an accumulator this way.
 */
import { maxNameLength } from "../../../ir/loop/names.js";
import type { Buffer, Program } from "../../../ir/loop/program.js";
import { loadsOf, loopsOf, mapStores } from "../../../ir/loop/visit.js";
import type { Staged } from "../../pass.js";
import { type View, viewOf } from "./copies.js";
import { mapLoads } from "./wiring.js";

/** Each statement's representative among the stores that feed loads together with it. */
type Lives = (statement: string) => string;

export interface Separated {
  readonly staged: Staged;
  /** By buffer of before, the buffers that its other lives got. */
  readonly copies: ReadonlyMap<string, readonly string[]>;
}

/** The same program with one buffer per life, but for buffers that stay `together`; before itself when none has two. */
export function separateLives(before: Staged, together: ReadonlySet<string>): Separated {
  const view = viewOf(before);
  const lives = livesOf(view);
  const names = newNames(view, lives, together);
  if (names.size === 0) return { staged: before, copies: new Map() };
  const renamed = (buffer: string, statement: string): string => names.get(lives(statement))?.to ?? buffer;
  const program = mapStores(view.program, (store) => {
    const value = mapLoads(store.value, (load, at) => {
      const producer = view.dataflow.producers[store.name]?.[at]?.[0]?.then.statement;
      return producer === undefined ? load : { ...load, buffer: renamed(load.buffer, producer) };
    });
    return { ...store, buffer: renamed(store.buffer, store.name), value };
  });
  const copies = new Map<string, string[]>();
  for (const { from, to } of names.values()) copies.set(from, [...(copies.get(from) ?? []), to]);
  const expand = (name: string): readonly string[] => [name, ...(copies.get(name) ?? [])];
  const buffers = program.buffers.flatMap((buffer): readonly Buffer[] => expand(buffer.name).map((name) => ({ ...buffer, name })));
  return { staged: { program: { ...program, buffers }, dataflow: { ...view.dataflow, once: view.dataflow.once.flatMap(expand) } }, copies };
}

/** Stores are joined when one load may read either. */
function livesOf(view: View): Lives {
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    let at = name;
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up;
    return at;
  };
  for (const { store } of view.contexts.values()) {
    loadsOf(store.value).forEach((_, at) => {
      const [first, ...others] = (view.dataflow.producers[store.name]?.[at] ?? []).map(({ then }) => root(then.statement));
      for (const other of others) if (first !== undefined && root(other) !== root(first)) parent.set(root(other), root(first));
    });
  }
  return root;
}

interface Renaming {
  readonly from: string;
  readonly to: string;
}

/** Per life after a buffer's first, the name of its own buffer. */
function newNames(view: View, lives: Lives, together: ReadonlySet<string>): ReadonlyMap<string, Renaming> {
  const seen = new Map<string, Set<string>>();
  const names = new Map<string, Renaming>();
  const taken = namesIn(view.program, view.contexts.keys());
  for (const { store } of view.contexts.values()) {
    const buffer = view.buffers.get(store.buffer);
    if ((buffer?.kind !== "temp" && buffer?.kind !== "local") || together.has(buffer.name)) continue;
    const known = seen.get(buffer.name) ?? new Set<string>();
    const life = lives(store.name);
    if (known.size > 0 && !known.has(life)) names.set(life, { from: buffer.name, to: freshName(buffer.name, taken) });
    seen.set(buffer.name, known.add(life));
  }
  return names;
}

function namesIn(program: Program, statements: Iterable<string>): Set<string> {
  return new Set([program.name, ...program.buffers.map(({ name }) => name), ...loopsOf(program).map(({ variable }) => variable), ...statements]);
}

function freshName(base: string, taken: Set<string>): string {
  for (let k = 1; ; k++) {
    const suffix = `_l${k}`;
    const name = base.slice(0, maxNameLength - suffix.length) + suffix;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}
