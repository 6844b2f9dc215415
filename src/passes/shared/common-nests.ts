/**
 * Nests that compute the same: equal texts once loops, statements and the buffers that a
 * nest writes are numbered by first occurrence. One table of texts, so the cost is that of
 * printing the program.
 */
import { type IndexExpr, printCondition, substitute, substituteCondition, variable } from "../../../ir/loop/index-expr.js";
import { printExpr } from "../../../ir/loop/print.js";
import type { Buffer, Expr, Node, Program, Store } from "../../../ir/loop/program.js";
import { loadsOf, mapExpr, mapStores, substituteExpr } from "../../../ir/loop/visit.js";
import type { Case, Instance } from "../../../proofs/kernel/witness.js";
import type { Staged } from "../../pass.js";
import { type View, isSettled, viewOf } from "./copies.js";
import { accessesOf, storesIn } from "./nests.js";
import { mapLoads, restrict } from "./wiring.js";

interface MergedNests {
  readonly staged: Staged;
  /** Statements of nests that are gone, with those that compute their values. */
  readonly instead: ReadonlyMap<string, string>;
}

/** Every nest that an earlier one equals goes; chains of equal nests merge from the top. */
export function mergeNests(before: Staged): MergedNests {
  const view = viewOf(before);
  const instead = new Map<string, string>();
  const buffers = new Map<string, string>();
  const known = new Map<string, Node>();
  const users = nestsByBuffer(before.program);
  const body = before.program.body.filter((node) => {
    if (!isMergeable(view, node, users)) return true;
    const text = textOf(view, node, buffers);
    const first = known.get(text);
    if (first === undefined) return known.set(text, node);
    storesIn([node]).forEach((store, k) => {
      const twin = storesIn([first])[k] ?? store;
      instead.set(store.name, twin.name);
      buffers.set(store.buffer, twin.buffer);
    });
    return false;
  });
  return instead.size === 0 ? { staged: before, instead } : { staged: without(before, body, instead, buffers), instead };
}

/** The positions of the nests that touch each buffer. */
function nestsByBuffer({ body }: Program): ReadonlyMap<string, ReadonlySet<number>> {
  const users = new Map<string, Set<number>>();
  body.forEach((node, position) => {
    for (const { buffer } of storesIn([node]).flatMap(accessesOf)) users.set(buffer, (users.get(buffer) ?? new Set()).add(position));
  });
  return users;
}

/** Temporaries only are written, settled ones where others read them; all that is read from outside is settled. */
function isMergeable(view: View, node: Node, users: ReadonlyMap<string, ReadonlySet<number>>): boolean {
  const stores = storesIn([node]);
  const written = new Set(stores.map(({ buffer }) => buffer));
  const own = [...written].every((name) => {
    const buffer = view.buffers.get(name);
    const free = (buffer?.kind === "temp" || buffer?.kind === "local") && buffer.place === undefined;
    return free && (isSettled(view, name) || users.get(name)?.size === 1);
  });
  return own && stores.flatMap((store) => loadsOf(store.value)).every(({ buffer }) => written.has(buffer) || isSettled(view, buffer));
}

/** The nest without its own names. Weights are named by what they hold, merged tensors by the one that stays. */
function textOf(view: View, node: Node, merged: ReadonlyMap<string, string>): string {
  const numbers = new Map<string, string>();
  const number = (name: string, letter: string): string => {
    const known = numbers.get(name) ?? `${letter}${numbers.size}`;
    numbers.set(name, known);
    return known;
  };
  for (const { buffer } of storesIn([node])) number(buffer, "B");
  const by = (name: string): IndexExpr => variable(number(name, "L"));
  const bufferText = (name: string): string => {
    const buffer = view.buffers.get(name);
    if (numbers.has(name)) return `${numbers.get(name) ?? ""}:${shapeText(buffer)}`;
    if (buffer?.map !== undefined) return `${JSON.stringify(buffer.map.tensor)}(${buffer.map.index.map((e) => e.text).join()}):${shapeText(buffer)}`;
    return merged.get(name) ?? name;
  };
  const valueText = (value: Expr): string =>
    printExpr(mapExpr(substituteExpr(value, by), (e) => (e.kind === "load" ? { ...e, buffer: bufferText(e.buffer) } : e)));
  const text = (at: Node): string => {
    switch (at.kind) {
      case "loop":
        return `for ${number(at.variable, "L")} ${at.extent} ${at.mode} {${at.body.map(text).join(";")}}`;
      case "guard":
        return `if ${at.conditions.map((c) => printCondition(substituteCondition(c, by))).join()} {${at.body.map(text).join(";")}}`;
      case "store":
        return `${bufferText(at.buffer)}[${at.index.map((e) => substitute(e, by).text).join()}]=${valueText(at.value)}`;
    }
  };
  return text(node);
}

function shapeText(buffer: Buffer | undefined): string {
  return buffer === undefined ? "" : `${buffer.type}[${buffer.shape.join()}]`;
}

/** Readers of what is gone read what stays; both have the same loops, so points keep their coordinates. */
function without({ program, dataflow }: Staged, body: readonly Node[], instead: ReadonlyMap<string, string>, buffers: ReadonlyMap<string, string>): Staged {
  const renamed = <A extends { readonly buffer: string }>(access: A): A => ({ ...access, buffer: buffers.get(access.buffer) ?? access.buffer });
  const left = mapStores({ ...program, body }, (store: Store) => ({ ...store, value: mapLoads(store.value, renamed) }));
  const moved = (cases: readonly Case<Instance>[]): readonly Case<Instance>[] =>
    cases.map((it) => ({ ...it, then: { ...it.then, statement: instead.get(it.then.statement) ?? it.then.statement } }));
  const producers = Object.fromEntries(Object.entries(dataflow.producers).map(([reader, entries]) => [reader, entries.map(moved)]));
  const kept = left.buffers.filter(({ name }) => !buffers.has(name));
  return restrict({ program: { ...left, buffers: kept }, dataflow: { ...dataflow, producers } });
}
