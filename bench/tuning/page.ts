/** What stands in the record of a network, and the tables of docs/tuning.md made of it. */
import { present } from "../../ir/prelude.js";
import type { Sighting } from "../../src/tune/search.js";
import type { Gain, TuningRow } from "./row.js";

/** The figures of one network, as bench/tuning.json keeps them: a network is measured again without the others. */
export interface TuningRecord {
  readonly name: string;
  /** Microseconds: default, by the clock, by the model. */
  readonly times: readonly number[];
  /** To the default, by the clock and by the model. */
  readonly ratios: readonly number[];
  readonly modelled: number;
  readonly compiled: number;
  readonly changed: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly sameBits: boolean;
  readonly sightings: number;
  readonly correlation: number;
  readonly regret: number;
}

export function recordOf({ name, time, digest, gains: [measured, modelled], seconds }: TuningRow): TuningRecord {
  const [clocked, predicted] = [present(measured, "a search by the clock"), present(modelled, "one by the model")];
  const { found } = clocked;
  const { refuted, undecided, dearer, invalid } = found.dropped;
  return {
    name, times: [time, clocked.time, predicted.time].map(rounded), ratios: [clocked.ratio, predicted.ratio].map(rounded),
    modelled: found.modelled, compiled: found.priced, changed: changedBy(clocked),
    dropped: { refuted, undecided, dearer, invalid }, seconds: Math.round(seconds),
    sameBits: clocked.digest === digest && predicted.digest === digest,
    sightings: found.sightings.length, correlation: rounded(correlationOf(found.sightings)), regret: rounded(regretOf(found.sightings)),
  };
}

/** Of a search through every choice. */
export interface ExhaustiveRecord {
  readonly name: string;
  /** Microseconds: default, best of all. */
  readonly times: readonly number[];
  readonly ratio: number;
  readonly compiled: number;
  readonly changed: number;
  readonly sameBits: boolean;
  readonly seconds: number;
}

export function exhaustiveRecordOf({ name, time, digest, gains: [gain], seconds }: TuningRow): ExhaustiveRecord {
  const best = present(gain, "a search by the clock");
  return { name, times: [time, best.time].map(rounded), ratio: rounded(best.ratio), compiled: best.found.priced, changed: changedBy(best), sameBits: best.digest === digest, seconds: Math.round(seconds) };
}

function changedBy({ found }: Gain): number {
  return found.kept.reduce((sum, { sites }) => sum + sites.length, 0);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function exhaustiveTable(rows: readonly ExhaustiveRecord[]): readonly (readonly string[])[] {
  const head = ["network", "default, µs", "best of all, µs", "ratio", "candidates compiled", "nests changed", "seconds"];
  return [head, ...rows.map(({ name, times: [usual = 0, best = 0], ratio, compiled, changed, sameBits, seconds }) =>
    [named(name, sameBits), usual.toFixed(2), best.toFixed(2), ratio.toFixed(3), String(compiled), String(changed), String(seconds)])];
}

function named(name: string, sameBits: boolean): string {
  return sameBits ? name : `${name} (other bits!)`;
}

export function gainTable(rows: readonly TuningRecord[]): readonly (readonly string[])[] {
  const head = ["network", "default, µs", "by the clock, µs", "ratio", "by the model, µs", "ratio", "choices modelled", "candidates compiled", "nests changed", "dropped", "seconds"];
  return [head, ...rows.map(cells)];
}

function cells({ name, times: [usual = 0, clocked = 0, predicted = 0], ratios: [measured = 1, modelled = 1], dropped, sameBits, ...row }: TuningRecord): readonly string[] {
  const left = Object.entries(dropped).filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`);
  return [
    named(name, sameBits), usual.toFixed(2), clocked.toFixed(2), measured.toFixed(3), predicted.toFixed(2), modelled.toFixed(3),
    String(row.modelled), String(row.compiled), String(row.changed), left.join(", ") || "–", String(row.seconds),
  ];
}

export function rankTable(rows: readonly TuningRecord[]): readonly (readonly string[])[] {
  const figures = rows.map(({ name, sightings, correlation, regret }) => [name, String(sightings), correlation.toFixed(2), `+${(regret * 100).toFixed(1)} %`]);
  return [["network", "candidates", "rank correlation", "model's favourite"], ...figures];
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
