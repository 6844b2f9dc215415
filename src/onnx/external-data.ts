/**
 * External data: weights that a model keeps in files next to it. A model may come
 * from anywhere, so a location is followed only to a regular file inside the folder
 * of the model, symbolic links resolved, and only the announced bytes are read.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { invalid, invariant } from "../../ir/prelude.js";
import type { ExternalReader } from "./tensors.js";

const chunk = 2 ** 20;

export interface ExternalData {
  readonly read: ExternalReader;
  /** SHA-256 of every file that was read, by its location in the model. */
  readonly digests: ReadonlyMap<string, string>;
}

/** External data in `folder`, or none at all (every use refused) when the model has no folder. */
export function externalDataIn(folder: string | undefined): ExternalData {
  const digests = new Map<string, string>();
  const read: ExternalReader = (entries, length, where) => {
    const location = entries.get("location") ?? "";
    if (folder === undefined) {
      refuse(
        where, `its data is in the file ${location}, and the model was given without a folder`,
        "import the model by its path",
      );
    }
    const path = locate(folder, location, where);
    const size = statSync(path).size;
    const offset = natural(entries, "offset", where) ?? 0;
    const announced = natural(entries, "length", where) ?? size - offset;
    if (announced !== length) {
      refuse(where, `it needs ${length} bytes and ${location} announces ${announced}`, "export the model again");
    }
    if (offset + length > size) {
      refuse(where, `bytes ${offset} to ${offset + length} lie outside ${location}, which has ${size}`, "fetch the complete file");
    }
    if (!digests.has(location)) digests.set(location, digestOf(path, "sha256"));
    checkDeclaredDigest(entries.get("checksum"), path, where);
    return readRange(path, offset, length);
  };
  return { read, digests };
}

function refuse(where: string, why: string, remedy: string): never {
  return invalid("external-data", `the external data of ${where} cannot be used: ${why}`, where, remedy);
}

/** The real path of `location`, which must be a regular file inside `folder`. */
function locate(folder: string, location: string, where: string): string {
  const parts = location.split(/[/\\]/);
  if (location === "" || location.includes("\0") || isAbsolute(location) || /^[A-Za-z]:/.test(location) || parts.includes("..")) {
    refuse(
      where, `its location ${JSON.stringify(location)} is no path inside the model's folder`,
      "store the data next to the model",
    );
  }
  const base = realpathSync(folder);
  const path = realPath(join(base, location));
  if (path === undefined) {
    return refuse(where, `the file ${location} does not exist`, "put it next to the model, as it was exported");
  }
  const inside = relative(base, path);
  if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    refuse(where, `${location} is a link out of the model's folder`, "replace the link by the file");
  }
  if (!statSync(path).isFile()) refuse(where, `${location} is no regular file`, "store the data in a file next to the model");
  return path;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** A decimal entry that is a safe integer ≥ 0; undefined when the key is missing. */
function natural(entries: ReadonlyMap<string, string>, key: string, where: string): number | undefined {
  const text = entries.get(key);
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    refuse(where, `its ${key} ${JSON.stringify(text)} is no number of bytes`, "export the model again");
  }
  return value;
}

/** The specification's optional checksum is the SHA-1 of the whole file. */
function checkDeclaredDigest(declared: string | undefined, path: string, where: string): void {
  if (declared === undefined || declared === "") return;
  const found = digestOf(path, "sha1");
  if (declared.toLowerCase() !== found) {
    refuse(where, `the SHA-1 of its file is ${found}, the model says ${declared}`, "fetch the file that belongs to the model");
  }
}

function digestOf(path: string, algorithm: "sha1" | "sha256"): string {
  const hash = createHash(algorithm);
  const file = openSync(path, "r");
  try {
    const buffer = new Uint8Array(chunk);
    for (let got = readSync(file, buffer); got > 0; got = readSync(file, buffer)) hash.update(buffer.subarray(0, got));
    return hash.digest("hex");
  } finally {
    closeSync(file);
  }
}

function readRange(path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const file = openSync(path, "r");
  try {
    let at = 0;
    while (at < length) {
      const got = readSync(file, bytes, at, Math.min(chunk, length - at), offset + at);
      invariant(got > 0, `${path} shrank while it was read`);
      at += got;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}
