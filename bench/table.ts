/** Tables of measurements in the documentation, each between two markers that name the program. */
import { readFileSync, writeFileSync } from "node:fs";
import { Refusal } from "../ir/prelude.js";

/** Replaces what stands between the markers of `program` on a page; the first row is the head. */
export function writeBetween(page: string, program: string, [head = [], ...rows]: readonly (readonly string[])[]): void {
  const [begin, end] = [`<!-- begin: ${program} -->`, `<!-- end: ${program} -->`];
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const table = [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
  const text = readFileSync(page, "utf8");
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Refusal("usage", "usage", `${page} lacks the markers of its table`, page, `put ${begin} and ${end} around it`);
  writeFileSync(page, `${text.slice(0, before + begin.length)}\n${table}\n${text.slice(after)}`);
}

/** The table as it stands on a page with its markers, to be kept where it is not measured again; the markers alone where there is none. */
export function tableOn(page: string, program: string): string {
  const [begin, end] = [`<!-- begin: ${program} -->`, `<!-- end: ${program} -->`];
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  return from < 0 || to < from ? `${begin}\n${end}` : text.slice(from, to + end.length);
}
