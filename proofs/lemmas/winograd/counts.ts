/** What every element of X counts in a sum, per filter and channel, from the constants of the graph. */
import type { Graph } from "../../../ir/graph/graph.js";
import { type Condition, type IndexExpr, eachVariable, plus, printCondition, times, zero } from "../../../ir/loop/index-expr.js";
import { stridesOf } from "../../../ir/tensor/tensor.js";
import { type Element, type Term, channel, differenceRange } from "./form.js";
import { unlike } from "./place.js";
import type { Opened } from "./result.js";

/** A number for a filter and a channel. */
type Count = (filter: number, channel: number) => number;

export interface Counted {
  readonly filters: number;
  readonly channels: number;
  /** By what tells elements apart: what an element counts, where it is read at all, and what it can be. */
  readonly elements: ReadonlyMap<string, { readonly counts: Count; readonly where: readonly Condition[]; readonly range: readonly [number, number] }>;
  /** What the sum of a filter is without any element. */
  readonly start: (filter: number) => number;
}

/** Throws a Refusal where a weight is not one per filter and channel, or an element is read under two conditions. */
export function countsOf({ reading, sum }: Opened, filters: number): Counted {
  const channels = [...sum.values()].reduce((most, { over }) => Math.max(most, over), 0);
  const groups = new Map<string, { readonly element: Element; readonly terms: Term[] }>();
  const others: Term[] = [];
  for (const term of sum.values()) {
    const { difference: element, over } = term;
    if (element === undefined ? over > 0 : over !== channels) return unlike("a part of the sum that runs over other channels");
    if (element === undefined) others.push(term);
    else if (groups.has(element.text)) groups.get(element.text)?.terms.push(term);
    else groups.set(element.text, { element, terms: [term] });
  }
  const total = (terms: readonly Term[], most: number): Count => {
    const counts = terms.map((term) => countOf(reading.graph.constants, term, [filters, most]));
    return (m, c) => counts.reduce((all, count) => all + count(m, c), 0);
  };
  const start = total(others, 1);
  const elements = new Map([...groups].map(([text, { element, terms }]) =>
    [text, { counts: total(terms, channels), where: whereOf(terms), range: differenceRange(reading, element) }] as const));
  return { filters, channels, elements, start: (m) => start(m, 0) };
}

/** The one condition under which the terms of an element count; it may depend on the tile only. */
function whereOf([first, ...others]: readonly Term[]): readonly Condition[] {
  const where = first?.where ?? [];
  const text = (list: readonly Condition[]): string => list.map(printCondition).join();
  if (others.some((term) => text(term.where) !== text(where))) return unlike("an element that is read under two conditions");
  for (const { index } of where) eachVariable(index, (name) => { if (name !== "t" && name !== "s") unlike(`a condition on ${name}`); });
  return where;
}

/** What a term counts: its coefficient times its weight, whose place has to be in its tensor for all filters and channels. */
function countOf(constants: Graph["constants"], { coefficient, weight }: Term, extents: readonly [filters: number, channels: number]): Count {
  if (weight === undefined) return () => coefficient;
  const { data, shape } = constants.get(weight.tensor) ?? unlike(`${weight.tensor} is no constant`);
  weight.index.forEach((index, axis) => {
    const ends = steps(index).map((by, k) => [0, by * ((extents[k] ?? 1) - 1)]);
    const [low, high] = [Math.min, Math.max].map((pick) => ends.reduce((sum, list) => sum + pick(...list), index.constant));
    if (!((low ?? -1) >= 0 && (high ?? NaN) < (shape[axis] ?? 0))) unlike("a weight outside of its tensor");
  });
  const strides = stridesOf(shape);
  const address = weight.index.reduce((sum, index, axis) => plus(sum, times(index, strides[axis] ?? 0)), zero);
  const [byFilter, byChannel] = steps(address);
  return (m, c) => coefficient * Number(data[address.constant + byFilter * m + byChannel * c]);
}

/** How far an index moves with the filter, and with the channel. */
function steps({ terms }: IndexExpr): readonly [filter: number, channel: number] {
  const by = (name: string): number => terms.find(({ atom }) => atom.kind === "var" && atom.name === name)?.coefficient ?? 0;
  const [m, c] = [by("m"), by(channel)];
  return terms.length === [m, c].filter((step) => step !== 0).length ? [m, c] : unlike("a weight that depends on its place");
}

/** Least and greatest sum of a filter, every element being what it can be, or 0 where it is not read. */
export function sumRange({ channels, elements, start }: Counted, filter: number): readonly [number, number] {
  let [least, most] = [start(filter), start(filter)];
  for (const { counts, range: [low, high] } of elements.values()) {
    for (let c = 0; c < channels; c++) {
      const w = counts(filter, c);
      least += Math.min(low * w, high * w);
      most += Math.max(low * w, high * w);
    }
  }
  return [least, most];
}
