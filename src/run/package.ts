/**
 * A directory that `build` wrote, opened for use: its C is read back, so what runs is
 * what the text says, and compared with the digests of the build.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { EmittedFile, FloatCompare, ReadBack } from "../../backends/backend.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { Refusal } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";

export interface BuiltPackage {
  readonly folder: string;
  readonly model: string;
  readonly contract: MulAddContract;
  readonly files: readonly EmittedFile[];
  readonly read: ReadBack;
}

export function isBuilt(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Throws a Refusal where the directory is no build, or its sources are not those of the build. */
export function openPackage(folder: string): BuiltPackage {
  const index = indexOf(folder);
  const names = readdirSync(join(folder, "src")).toSorted();
  const files = names.map((name) => ({ name, text: readFileSync(join(folder, "src", name), "utf8") }));
  for (const { name, text } of files) requireDigest(folder, index.sources.get(name), name, text);
  const missing = [...index.sources.keys()].find((name) => !names.includes(name));
  if (missing !== undefined) altered(folder, `src/${missing} is missing`);
  const read = checkedReadBack(files);
  if (read.floatCompare !== index.floatCompare) altered(folder, `obligato.json says that floats are compared as ${index.floatCompare}, and the C compares them as ${read.floatCompare}`);
  return { folder, model: index.model, contract: index.contract, files, read };
}

interface Index {
  readonly model: string;
  readonly contract: MulAddContract;
  readonly floatCompare: FloatCompare;
  readonly sources: ReadonlyMap<string, string>;
}

function indexOf(folder: string): Index {
  const path = join(folder, "obligato.json");
  if (!existsSync(path)) {
    throw new Refusal("usage", "no-build", `${folder} is no directory that obligato built`, folder, "run `obligato build MODEL -o DIR` first");
  }
  const value = parseObject(readFileSync(path, "utf8"));
  const { schema, model, muladd, floatCompare, sources } = value ?? {};
  if (schema !== "obligato-build/1" || typeof model !== "string" || typeof sources !== "object" || sources === null) {
    return altered(folder, "obligato.json cannot be read");
  }
  const digests = Object.entries(sources).map(([name, digest]) => [name, String(digest)] as const);
  return { model, contract: muladd === "fused" ? "fused" : "separate", floatCompare: floatCompare === "integer" ? "integer" : "float", sources: new Map(digests) };
}

/** The fields of a JSON object, or undefined for any other text. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

function requireDigest(folder: string, due: string | undefined, name: string, text: string): void {
  const found = createHash("sha256").update(text).digest("hex");
  if (found !== due) altered(folder, `src/${name} is not the file that was proved`);
}

function altered(folder: string, what: string): never {
  throw new Refusal("usage", "altered", what, folder, "build it again");
}
