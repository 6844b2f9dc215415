/** The part of a program that a claim is about: its statements with the loops and guards around them, lines numbered as in the `.loop` file. */
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";

/** Statements to show, each with a mark that stands in front of its line. */
export type Marks = ReadonlyMap<string, string>;

interface Line {
  readonly number: number;
  readonly text: string;
}

/** Origins are left out: the node is said once, above. */
export function sourceLoops(program: Program, marks: Marks): readonly string[] {
  const around: Line[] = [];
  const shown: string[] = [];
  const seen = new Set<number>();
  const show = ({ number, text }: Line, mark: string): void => {
    if (!seen.has(number)) shown.push(`${mark.padEnd(2)}${String(number).padStart(5)}  ${text}`);
    seen.add(number);
  };
  printProgram(program).split("\n").forEach((whole, k) => {
    const line = { number: k + 1, text: whole.replace(/ from "(?:[^"\\]|\\.)*" by "(?:[^"\\]|\\.)*"/, "") };
    const depth = whole.search(/\S/) / 2;
    if (/^ *(for|if) /.test(whole)) {
      around.length = depth;
      around[depth] = line;
      return;
    }
    const mark = marks.get(/^ *(\w+): /.exec(whole)?.[1] ?? "");
    if (mark === undefined) return;
    for (const outer of around.slice(0, depth)) show(outer, "");
    show(line, mark);
  });
  return shown;
}
