/**
 * Answers that a search may keep from one run to the next: a file per question in a folder, so
 * that a search that was interrupted goes on where it was. A file that cannot be read is none.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unwritable } from "../evidence/output-directory.js";
import { parseObject } from "../run/package.js";

export interface Answers<T> {
  readonly get: (key: string) => T | undefined;
  readonly set: (key: string, answer: T) => void;
}

/** How an answer stands in its file; `read` gives undefined for what is none. */
export interface AnswerForm<T> {
  readonly write: (answer: T) => object;
  readonly read: (object: Readonly<Record<string, unknown>>) => T | undefined;
}

/** Without a folder they are kept for this run only. Throws a Refusal `output-unwritable`, on a full disk for one. */
export function answersIn<T>(folder: string | undefined, { write, read }: AnswerForm<T>): Answers<T> {
  const here = new Map<string, T>();
  return {
    get: (key) => here.get(key) ?? (folder === undefined ? undefined : kept(join(folder, `${key}.json`), read)),
    set: (key, answer) => {
      here.set(key, answer);
      if (folder !== undefined) keep(folder, key, write(answer));
    },
  };
}

function kept<T>(path: string, read: AnswerForm<T>["read"]): T | undefined {
  const object = existsSync(path) ? parseObject(readFileSync(path, "utf8")) : undefined;
  return object === undefined ? undefined : read(object);
}

/** Under another name first: an interrupt leaves no half of an answer. */
function keep(folder: string, key: string, object: object): void {
  const draft = join(folder, `.${key}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(draft, `${JSON.stringify(object)}\n`);
    renameSync(draft, join(folder, `${key}.json`));
  } catch (error) {
    throw unwritable(folder, error);
  }
}
