/**
 * A directory that appears whole or not at all: everything is written to a sibling,
 * flushed to the disk, and renamed. An error or an interrupt leaves nothing behind.
 */
import { type PathLike, closeSync, existsSync, fsyncSync, mkdirSync, mkdtempSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Refusal } from "../../ir/prelude.js";

export interface OutputDirectory {
  /** Writes one file; folders are made. `path` is relative, with `/`. */
  readonly put: (path: string, content: string | Uint8Array) => void;
  /** Makes the directory appear. */
  readonly commit: () => void;
  /** Removes what was written; nothing after `commit`. */
  readonly discard: () => void;
}

/** Throws a Refusal where `target` exists (unless `force`) or its parent cannot be written. */
export function openOutput(target: string, force: boolean): OutputDirectory {
  const final = resolve(target);
  const old = existsSync(final);
  if (old && !force) throw new Refusal("usage", "output-exists", `${target} exists`, target, "give --force to replace it, or another name");
  if (old) requireReplaceable(final, target);
  let open = true;
  let draft = "";
  const discard = (): void => {
    if (open && draft !== "") rmSync(draft, { recursive: true, force: true });
    open = false;
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  };
  const interrupt = (): void => {
    discard();
    process.exit(130);
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt); // before there is anything to remove
  try {
    draft = guarded(target, () => {
      mkdirSync(dirname(final), { recursive: true });
      return mkdtempSync(join(dirname(final), `.${basename(final)}-`));
    });
  } catch (error) {
    discard();
    throw error;
  }
  const folders = new Set<string>([draft]);
  const put = (path: string, content: string | Uint8Array): void => guarded(target, () => {
    const file = join(draft, path);
    if (!folders.has(dirname(file))) mkdirSync(dirname(file), { recursive: true });
    folders.add(dirname(file));
    writeWhole(file, content);
  });
  const commit = (): void => guarded(target, () => {
    for (const folder of folders) flush(folder);
    replace(draft, final, old);
    flush(dirname(final));
    open = false;
    discard();
  });
  return { put, commit, discard };
}

/** --force replaces what an earlier build wrote, not somebody's files. */
function requireReplaceable(final: string, target: string): void {
  const ours = guarded(target, () => readdirSync(final)).every((name) => ["src", "evidence", "obligato.json"].includes(name));
  if (!ours) throw new Refusal("usage", "output-exists", `${target} holds files that no build wrote`, target, "give another name, or remove it yourself");
}

function writeWhole(path: string, content: string | Uint8Array): void {
  const file = openSync(path, "w");
  try {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function flush(folder: PathLike): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The old directory moves aside first, so that at every moment one whole directory has the name or can be put back. */
function replace(draft: string, final: string, old: boolean): void {
  const aside = `${draft}-old`;
  if (old) renameSync(final, aside);
  try {
    renameSync(draft, final);
  } catch (error) {
    if (old) renameSync(aside, final);
    throw error;
  }
  if (old) rmSync(aside, { recursive: true, force: true });
}

const reasons: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  ENOSPC: ["the disk is full", "free some space"],
  EDQUOT: ["the disk quota is used up", "free some space"],
  EACCES: ["its folder is not writable", "choose a folder you may write to"],
  EPERM: ["its folder is not writable", "choose a folder you may write to"],
  EROFS: ["its file system is read-only", "choose another folder"],
  ENOTDIR: ["a part of its path is a file", "choose another path"],
  EEXIST: ["a part of its path is a file", "choose another path"],
  ENAMETOOLONG: ["its name is too long", "choose a shorter path"],
  EMFILE: ["too many files are open", "raise the limit of open files"],
};

/** Errors of the file system as refusals. */
function guarded<T>(target: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const [what, remedy] = reasons[code] ?? [undefined, ""];
    if (what === undefined) throw error;
    throw new Refusal("usage", "output-unwritable", `${target} cannot be written: ${what}`, target, remedy);
  }
}
