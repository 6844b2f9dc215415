/**
 * A directory that appears whole or not at all: everything is written to a sibling,
 * flushed to the disk, and renamed. An error or an interrupt leaves nothing behind.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open as openHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Refusal } from "../../ir/prelude.js";

export interface OutputDirectory {
  /** Writes one file; folders are made. `path` is relative, with `/`. */
  readonly put: (path: string, content: string | Uint8Array) => void;
  /** Flushes everything to the disk, then makes the directory appear. */
  readonly commit: () => Promise<void>;
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
  const files: string[] = [];
  const put = (path: string, content: string | Uint8Array): void => guarded(target, () => {
    const file = join(draft, path);
    if (!folders.has(dirname(file))) mkdirSync(dirname(file), { recursive: true });
    folders.add(dirname(file));
    writeFileSync(file, content);
    files.push(file);
  });
  const commit = async (): Promise<void> => {
    try {
      await flushAll(files, "r+");
      await flushAll([...folders], "r");
      replace(draft, final, old);
      await flushAll([dirname(final)], "r");
    } catch (error) {
      throw unwritable(target, error);
    }
    open = false;
    discard();
  };
  return { put, commit, discard };
}

/** --force replaces what an earlier build wrote, not somebody's files. */
function requireReplaceable(final: string, target: string): void {
  const ours = guarded(target, () => readdirSync(final)).every((name) => ["src", "target", "evidence", "obligato.json"].includes(name));
  if (!ours) throw new Refusal("usage", "output-exists", `${target} holds files that no build wrote`, target, "give another name, or remove it yourself");
}

/** Flushes at once: a disk takes many together in the time of one (5,000 files one by one: 14 s). */
const flushesAtOnce = 16;

async function flushAll(paths: readonly string[], flags: "r" | "r+"): Promise<void> {
  const next = paths.values();
  const lane = async (): Promise<void> => {
    for (const path of next) {
      const handle = await openHandle(path, flags);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: flushesAtOnce }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
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
export function guarded<T>(target: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw unwritable(target, error);
  }
}

/** What the file system says against writing there, as a Refusal `output-unwritable`; other errors as they are. */
export function unwritable(target: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [what, remedy] = reasons[code] ?? [undefined, ""];
  return what === undefined ? error : new Refusal("usage", "output-unwritable", `${target} cannot be written: ${what}`, target, remedy);
}
