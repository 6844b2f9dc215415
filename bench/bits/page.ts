/** What bench/bits.json keeps of a network, and the tables of docs/bits.md made of it. */
import { type Found, type Subject, wrongWays } from "./network.js";
import { places } from "./places.js";

/** One network under one contract. */
export interface BitsRecord {
  readonly name: string;
  readonly contract: string;
  /** Of the interpreter's outputs, SHA-256. */
  readonly digest: string;
  readonly levels: readonly string[];
  /** By place: builds with that digest, and all. */
  readonly equal: Readonly<Record<string, readonly [number, number]>>;
  readonly wrong: readonly string[];
  /** By place, the bits of NaNs among the outputs. */
  readonly nans: Readonly<Record<string, readonly string[]>>;
}

/** Instructions of one inference at -O3, by what was counted. */
export interface CountRecord {
  readonly name: string;
  readonly steps: number;
  readonly counts: Readonly<Record<string, number | null>>;
}

export function recordOf(name: string, subject: Subject, found: readonly Found[]): BitsRecord {
  const visited = places.filter((place) => found.some(({ way }) => way.place === place));
  const at = (place: (typeof places)[number]): readonly Found[] => found.filter(({ way }) => way.place === place);
  return {
    name, contract: subject.contract, digest: subject.digest, levels: [...new Set(found.map(({ way }) => way.optimisation))].toSorted(),
    equal: Object.fromEntries(visited.map((place) => [place.name, [at(place).filter(({ digest }) => digest === subject.digest).length, at(place).length]])),
    wrong: wrongWays(subject, found),
    nans: Object.fromEntries(visited.map((place) => [place.name, [...new Set(at(place).flatMap(({ nans }) => nans))].toSorted()])),
  };
}

export function bitsTable(rows: readonly BitsRecord[]): readonly (readonly string[])[] {
  const head = ["network", "contract", "digest", ...places.map(({ name }) => name), "levels"];
  return [head, ...rows.map(({ name, contract, digest, equal, levels }) => [name, contract, digest.slice(0, 8), ...places.map((place) => cell(equal[place.name])), levels.map((level) => `-${level}`).join(" ")])];
}

function cell(counts: readonly [number, number] | undefined): string {
  if (counts === undefined) return "–";
  const [equal, all] = counts;
  return equal === all ? String(all) : `**${equal} of ${all}**`;
}

export function nanTable(rows: readonly BitsRecord[]): readonly (readonly string[])[] {
  const bits = (name: string): readonly string[] => [...new Set(rows.flatMap(({ nans }) => nans[name] ?? []))].toSorted();
  return [["target", "bits of NaNs in outputs"], ...places.map(({ name }) => [name, bits(name).join(", ") || "none met"])];
}

/** What was counted, in the order of the columns. */
export const columns = ["v2 default", "v2", "v3", "v3 clang", "aarch64 default", "aarch64"] as const;

export function countTable(rows: readonly CountRecord[]): readonly (readonly string[])[] {
  const head = ["network", "multiply-adds", "v2, default schedule", "v2, its own", "v3, gcc", "v3, clang", "clang ÷ gcc", "AArch64, default schedule", "AArch64, its own", "per multiply-add"];
  return [head, ...rows.map(({ name, steps, counts }) => {
    const figures = columns.map((column) => whole(counts[column]));
    const [v3, clang, own] = [counts["v3"], counts["v3 clang"], counts["aarch64"]];
    return [name, whole(steps), ...figures.slice(0, 4), quotient(clang, v3), ...figures.slice(4), quotient(own, steps)];
  })];
}

function whole(count: number | null | undefined): string {
  return typeof count === "number" ? count.toLocaleString("en") : "–";
}

function quotient(a: number | null | undefined, b: number | null | undefined): string {
  return typeof a === "number" && typeof b === "number" ? (a / b).toFixed(2) : "–";
}
