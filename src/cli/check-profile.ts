/** How `check --profile` shows verdicts: what is not met or cannot be judged by node, then each restriction in numbers. */
import type { Verdict } from "../onnx/sonnx-verdicts.js";
import { exitCodes } from "./exit.js";
import { oneLine } from "./terminal.js";

export interface Standing {
  readonly met: number;
  readonly notMet: number;
  readonly notJudged: number;
}

export function standing(verdicts: readonly Verdict[]): Standing {
  const count = (wanted: Verdict["verdict"]): number => verdicts.filter(({ verdict }) => verdict === wanted).length;
  return { met: count("met"), notMet: count("not met"), notJudged: count("cannot be judged") };
}

export function summaryOf(verdicts: readonly Verdict[]): string {
  const { met, notMet, notJudged } = standing(verdicts);
  return `${met} restrictions met, ${notMet} not met, ${notJudged} cannot be judged`;
}

/** 0 only where everything is met. */
export function profileExit(verdicts: readonly Verdict[]): number {
  const { notMet, notJudged } = standing(verdicts);
  if (notMet > 0) return exitCodes.invalid;
  return notJudged > 0 ? exitCodes.unproved : exitCodes.ok;
}

export function profileLines(verdicts: readonly Verdict[]): readonly string[] {
  const open = verdicts.filter(({ verdict }) => verdict !== "met").map(({ verdict, tag, node, reason, remedy }) =>
    `${verdict}: ${tag}${node === undefined ? "" : ` (at ${oneLine(node)})`}: ${oneLine(reason)}: ${remedy}`);
  const tags = [...new Map(verdicts.map(({ tag, asks }) => [tag, asks]))];
  const rows = tags.map(([tag, asks]) => {
    const { met, notMet, notJudged } = standing(verdicts.filter((verdict) => verdict.tag === tag));
    return [tag, String(met), String(notMet), String(notJudged), asks] as const;
  });
  return [...open, ...aligned([["restriction", "met", "not met", "not judged", "asks"], ...rows])];
}

/** Columns of text; the last one is not padded. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  "));
}
