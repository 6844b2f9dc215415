/**
 * Files that appear whole or not at all: each is written to a sibling, flushed to the disk and
 * renamed; of several the last one comes last, so that what it refers to is there.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import { guarded } from "./output-directory.js";

export interface OutputFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** Codes: `output-exists` (unless `force`), `output-unwritable`. Nothing is left behind by an error. */
export function writeFiles(files: readonly OutputFile[], force: boolean): void {
  for (const { path } of files) requireFree(path, force);
  const drafts: { readonly draft: string; readonly final: string; readonly path: string }[] = [];
  try {
    for (const { path, content } of files) {
      const final = resolve(path);
      const draft = join(dirname(final), `.${basename(final)}-${process.pid}`);
      guarded(path, () => mkdirSync(dirname(final), { recursive: true }));
      drafts.push({ draft, final, path }); // from here on there may be something to remove
      guarded(path, () => writeFlushed(draft, content));
    }
    for (const { draft, final, path } of drafts) guarded(path, () => renameSync(draft, final));
    for (const { final, path } of drafts) guarded(path, () => flush(dirname(final), "r"));
  } finally {
    for (const { draft } of drafts) rmSync(draft, { force: true });
  }
}

/** Refuses a path that is taken; to be asked before the work that the file needs. */
export function requireFree(path: string, force: boolean): void {
  if (existsSync(path) && !force) throw new Refusal("usage", "output-exists", `${path} exists`, path, "give --force to replace it, or another name");
}

function writeFlushed(path: string, content: Uint8Array): void {
  writeFileSync(path, content, { flag: "wx" });
  flush(path, "r+");
}

function flush(path: string, flags: "r" | "r+"): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
