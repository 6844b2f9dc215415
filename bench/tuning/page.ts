/** The tables of docs/tuning.md. */
import type { Sighting } from "../../src/tune/search.js";
import type { TuningRow } from "./row.js";

export function gainTable(rows: readonly TuningRow[]): readonly (readonly string[])[] {
  const head = ["network", "default, µs", "by the clock, µs", "ratio", "by the model, µs", "ratio", "choices modelled", "candidates compiled", "nests changed", "dropped", "seconds"];
  return [head, ...rows.map(cells)];
}

export function rankTable(rows: readonly TuningRow[]): readonly (readonly string[])[] {
  const figures = ({ name, measured: { found: { sightings } } }: TuningRow): readonly string[] =>
    [name, String(sightings.length), correlationOf(sightings).toFixed(2), `+${(regretOf(sightings) * 100).toFixed(1)} %`];
  return [["network", "candidates", "rank correlation", "model's favourite"], ...rows.map(figures)];
}

const same = ({ digest, measured, modelled }: TuningRow): boolean => measured.digest === digest && modelled.digest === digest;

function cells(row: TuningRow): readonly string[] {
  const { name, times: [usual, clocked, predicted], measured: { found, ratio }, modelled, seconds } = row;
  const { refuted, undecided, dearer, invalid } = found.dropped;
  const changed = found.kept.reduce((sum, { sites }) => sum + sites.length, 0);
  const dropped = Object.entries({ refuted, undecided, dearer, invalid }).filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`);
  return [
    same(row) ? name : `${name} (other bits!)`, usual.toFixed(2), clocked.toFixed(2), ratio.toFixed(3), predicted.toFixed(2), modelled.ratio.toFixed(3),
    String(found.modelled), String(found.priced), String(changed), dropped.join(", ") || "–", seconds.toFixed(0),
  ];
}

function byNest(sightings: readonly Sighting[]): readonly (readonly Sighting[])[] {
  return [...new Set(sightings.map(({ site }) => site))].map((site) => sightings.filter((it) => it.site === site)).filter((group) => group.length > 1);
}

/** Spearman's, of nests with more than two candidates. */
export function correlationOf(sightings: readonly Sighting[]): number {
  const groups = byNest(sightings).filter((group) => group.length > 2);
  const weight = groups.reduce((sum, group) => sum + group.length, 0);
  return weight === 0 ? 0 : groups.reduce((sum, group) => sum + (group.length * pearson(ranks(group.map((it) => it.modelled)), ranks(group.map((it) => it.price)))), 0) / weight;
}

/** Equal values share the mean of their ranks. */
function ranks(values: readonly number[]): readonly number[] {
  return values.map((value) => values.filter((other) => other < value).length + ((values.filter((other) => other === value).length - 1) / 2));
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(a), mean(b)];
  const sum = (of: (k: number) => number): number => [...a.keys()].reduce((total, k) => total + of(k), 0);
  const at = (values: readonly number[], k: number): number => values[k] ?? 0;
  const spread = Math.sqrt(sum((k) => (at(a, k) - x) ** 2) * sum((k) => (at(b, k) - y) ** 2));
  return spread === 0 ? 0 : sum((k) => (at(a, k) - x) * (at(b, k) - y)) / spread;
}

/** Of 1. */
export function regretOf(sightings: readonly Sighting[]): number {
  const groups = byNest(sightings);
  const regret = (group: readonly Sighting[]): number => {
    const [favourite] = group.toSorted((a, b) => a.modelled - b.modelled);
    return (favourite?.price ?? 1) / Math.min(...group.map(({ price }) => price)) - 1;
  };
  return groups.length === 0 ? 0 : groups.reduce((sum, group) => sum + regret(group), 0) / groups.length;
}
