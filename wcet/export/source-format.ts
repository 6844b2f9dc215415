/**
 * Loop bounds for analysers that read C: a copy of the source, to be compiled in its place,
 * in which the line of each loop carries its bound. The bound is that of the text itself,
 * read back and counted; no binary is involved, so none can be mismatched, but neither is
 * anything said about what a compiler makes of the loop.
 */
import { Refusal } from "../../ir/prelude.js";

/** A loop of the text: `file` and `line` (from 1) of its `for`. */
export interface SourceLoop {
  readonly loop: string;
  /** Iterations per entry, exactly. */
  readonly bound: number;
  readonly file: string;
  readonly line: number;
}

export interface SourceFormat {
  readonly name: string;
  readonly extension: string;
  readonly title: string;
  /** The line of a `for`, with its bound. */
  readonly annotate: (line: string, bound: number) => string;
  /** Undoes annotate; undefined for a line without a bound. Throws a Refusal for one that annotate does not write. */
  readonly read: (line: string) => { readonly bare: string; readonly bound: number } | undefined;
  /** Lines before the text that say what the annotations need. */
  readonly head: readonly string[];
}

/** Throws a Refusal where a loop is not at a `for` of the text. */
export function annotated(format: SourceFormat, text: string, loops: readonly SourceLoop[]): string {
  const lines = text.split("\n");
  for (const { loop, bound, line } of loops) {
    const code = lines[line - 1];
    if (code === undefined || !/^ *for \(.*\) \{$/.test(code)) throw sourceRefusal(format.title, `the line of loop ${loop}`);
    lines[line - 1] = format.annotate(code, bound);
  }
  return [...format.head, ...lines].join("\n");
}

/** Whether an annotated copy is the text with just these bounds: what is wrong, loop by loop. */
export function sourceProblems(format: SourceFormat, copy: string, text: string, loops: readonly SourceLoop[]): readonly string[] {
  const lines = copy.split("\n");
  const head = lines.splice(0, format.head.length);
  if (head.some((line, k) => line !== format.head[k])) return ["the lines at the head are others"];
  const found = new Map<number, number>();
  const bare = lines.map((line, k) => {
    const it = format.read(line);
    if (it !== undefined) found.set(k + 1, it.bound);
    return it?.bare ?? line;
  });
  const due = new Map(loops.map(({ line, bound, loop }) => [line, { bound, loop }]));
  return [
    ...(bare.join("\n") === text ? [] : ["the code is not that of the build"]),
    ...[...due].flatMap(([line, { bound, loop }]) => (found.get(line) === bound ? [] : [`line ${line}, loop ${loop}: ${found.get(line) ?? "no bound"} and not ${bound}`])),
    ...[...found.keys()].filter((line) => !due.has(line)).map((line) => `line ${line}: a bound where no loop is`),
  ];
}

export function sourceRefusal(title: string, what: string): Refusal {
  return new Refusal("usage", "facts-syntax", `${title}: cannot read ${what}`, undefined, "export the facts again");
}

/** A count without leading zero, below 2^31. */
export function sourceCount(title: string, digits: string | undefined): number {
  const value = Number(digits);
  if (digits === undefined || String(value) !== digits || value >= 2 ** 31) throw sourceRefusal(title, `the number ${digits ?? ""}`);
  return value;
}
