/** The schedule file that a search leaves: it appears whole or not at all, and replaces nothing unasked. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import { unwritable } from "../evidence/output-directory.js";

export interface ScheduleFile {
  readonly write: (text: string) => void;
  /** Removes what is not finished. */
  readonly discard: () => void;
}

/** Throws a Refusal where it exists (unless `force`) or its folder cannot be written: before the search, not after. */
export function openScheduleFile(path: string, force: boolean): ScheduleFile {
  if (existsSync(path) && !force) throw new Refusal("usage", "output-exists", `${path} exists`, path, "give --force to replace it, or another name");
  const final = resolve(path);
  const draft = join(dirname(final), `.${basename(final)}-${process.pid}`);
  const discard = (): void => rmSync(draft, { force: true });
  const write = (text: string): void => {
    try {
      const file = openSync(draft, "w");
      try {
        writeSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(draft, final);
    } catch (error) {
      discard();
      throw unwritable(path, error);
    }
  };
  try {
    closeSync(openSync(draft, "w"));
  } catch (error) {
    throw unwritable(path, error);
  }
  return { write, discard };
}
