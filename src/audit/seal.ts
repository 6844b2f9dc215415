/**
 * Step 1, the seal. The directory is read once, every later step sees these bytes; the
 * manifest has to be, byte for byte, the manifest of exactly these files.
 */
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import { type ManifestEntry, entryOf, manifestPath, manifestText } from "../evidence/manifest.js";
import { type Finding, altered } from "./finding.js";
import { fieldsOf, listOf, textOf } from "./json.js";

/** The files of a built directory by path, with `/`. */
export type Snapshot = ReadonlyMap<string, Uint8Array>;

/** Throws a Refusal `no-build` where `folder` is no directory of a finished build. */
export function readSnapshot(folder: string, findings: Finding[]): Snapshot {
  const files = new Map<string, Uint8Array>();
  const walk = (at: string): void => {
    for (const name of namesIn(join(folder, at), folder)) {
      const path = at === "" ? name : `${at}/${name}`;
      const entry = lstatSync(join(folder, path));
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) files.set(path, readFileSync(join(folder, path)));
      else findings.push(altered("neither a file nor a folder: a package holds no links", path));
    }
  };
  walk("");
  for (const needed of ["obligato.json", manifestPath]) {
    if (!files.has(needed)) throw new Refusal("usage", "no-build", `${folder} has no ${needed}: it is no directory of a finished build`, folder, "name a directory that `obligato build` wrote");
  }
  return files;
}

function namesIn(path: string, folder: string): readonly string[] {
  try {
    return readdirSync(path).toSorted();
  } catch {
    throw new Refusal("usage", "no-build", `${folder} cannot be read as a directory`, folder, "name a directory that `obligato build` wrote");
  }
}

/** Finds nothing exactly where the manifest is the canonical text for the files there are. */
export function checkSeal(files: Snapshot, findings: Finding[]): void {
  const found = [...files].filter(([path]) => path !== manifestPath).map(([path, bytes]) => entryOf(path, bytes));
  const text = textIn(files, manifestPath);
  if (text === manifestText(found)) return;
  const before = findings.length;
  const sealed = new Map(entriesIn(text).map((entry) => [entry.path, entry]));
  for (const entry of found) compare(entry, sealed.get(entry.path), findings);
  const present = new Set(found.map(({ path }) => path));
  for (const path of sealed.keys()) if (!present.has(path)) findings.push(altered("missing: the manifest names it", path));
  if (findings.length === before) findings.push(altered("not the text that a build writes for these files", manifestPath));
}

function compare(found: ManifestEntry, sealed: ManifestEntry | undefined, findings: Finding[]): void {
  if (sealed === undefined) findings.push(altered("extra: the manifest does not name it", found.path));
  else if (sealed.sha256 !== found.sha256) findings.push(altered("altered: its SHA-256 is not the one in the manifest", found.path));
  else if (sealed.bytes !== found.bytes || sealed.role !== found.role) findings.push(altered(`the manifest states a wrong size or role of ${found.path}`, manifestPath));
}

function entriesIn(text: string): readonly ManifestEntry[] {
  return listOf(fieldsOf(text).get("files")).map((value) => {
    const entry = fieldsOf(value);
    return { path: textOf(entry.get("path")), sha256: textOf(entry.get("sha256")), bytes: Number(entry.get("bytes")), role: textOf(entry.get("role")) };
  });
}

/** A file as text, "" if it is not there; bytes that are no UTF-8 never compare equal to a text that was printed. */
export function textIn(files: Snapshot, path: string): string {
  return Buffer.from(files.get(path) ?? []).toString("utf8");
}
