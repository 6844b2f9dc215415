/**
 * The whole check of emitted text: read it back, print what was read, compare byte
 * for byte. So no two texts mean one program, and nothing in a text goes unread.
 */
import { Refusal } from "../../ir/prelude.js";
import type { EmittedFile, ReadBack } from "../backend.js";
import { printLayout } from "./emit.js";
import { layoutOfPacked } from "./layout.js";
import { readBack } from "./readback.js";

/** As readBack, and the files are exactly what is printed for the program they hold. */
export function checkedReadBack(files: readonly EmittedFile[]): ReadBack {
  const read = readBack(files);
  const printed = new Map(printLayout(layoutOfPacked(read.program, read)).files.map(({ name, text }) => [name, text]));
  for (const { name, text } of files) requireSame(name, text, printed.get(name) ?? "");
  return read;
}

function requireSame(name: string, found: string, printed: string): void {
  if (found === printed) return;
  let at = 0;
  while (found[at] === printed[at]) at++;
  const line = found.slice(0, at).split("\n").length;
  const column = at - found.lastIndexOf("\n", at - 1);
  const what = "the text means this program but is not what is printed for it";
  throw new Refusal("invalid", "c-subset", what, `${name}:${line}:${column}`, "emit the file again");
}
