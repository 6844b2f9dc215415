/** The record of the node tests: the table of docs/node-tests.md, which `npm run node-tests` writes. */
import type { SuiteRecord } from "../../src/operators/page.js";

export interface TestRecord {
  readonly tests: readonly SuiteRecord[];
  readonly noticed?: readonly [noticed: number, made: number];
}

/** By operator: the table of its suites. */
export function testRecords(page: string): ReadonlyMap<string, TestRecord> {
  const start = Math.max(0, page.indexOf("\n## By suite\n"));
  const table = page.slice(start, page.indexOf("\n## ", start + 1)).split("\n").filter((line) => line.startsWith("|")).map(cellsOf);
  const [head = [], , ...rows] = table;
  return new Map(rows.map(([op = "", ...cells]) => {
    const counts = cells.map(countsOf);
    const noticed = counts.at(-1);
    const tests = counts.slice(0, -1).flatMap((count, k) => (count === undefined ? [] : [{ suite: head[k + 1] ?? "", passed: count[0], all: count[1] }]));
    return [op, { tests, ...(noticed === undefined ? {} : { noticed }) }];
  }));
}

function cellsOf(line: string): readonly string[] {
  return line.split("|").slice(1, -1).map((cell) => cell.trim());
}

/** `3 / 4`; an empty cell is undefined. */
function countsOf(cell: string): readonly [number, number] | undefined {
  const [, some, all] = /^(\d+) \/ (\d+)$/.exec(cell) ?? [];
  return some === undefined ? undefined : [Number(some), Number(all)];
}
