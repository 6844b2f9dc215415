/**
 * The seal of a built directory: one line per file with its digest, its size and what
 * it is for. The role follows from the path, so the manifest is a function of the files.
 */
import { createHash } from "node:crypto";

export interface ManifestEntry {
  /** From the built directory, with `/`. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly role: string;
}

export const manifestPath = "evidence/MANIFEST.json";

/** The first that matches; a file of no role is no part of a package. */
const roles: readonly (readonly [RegExp, string])[] = [
  [/^obligato\.json$/, "index"],
  [/^src\/[^/]+$/, "source"],
  [/^evidence\/VERDICT\.md$/, "verdict"],
  [/^evidence\/certificates\.txt$/, "certificates"],
  [/^evidence\/counts\.json$/, "counts"],
  [/^evidence\/schedule\.json$/, "schedule"],
  [/^evidence\/wcet-search\.json$/, "record of a search"],
  [/^evidence\/model\/.+$/, "model"],
  [/^evidence\/(model\.json|model\.txt)$/, "model summary"],
  [/^evidence\/fixed-inputs\/[^/]+\.json$/, "fixed input"],
  [/^evidence\/weights\.json$/, "weights"],
  [/^evidence\/lemmas\/.+$/, "lemma"],
  [/^evidence\/numeric\/[^/]+$/, "bound"],
  [/^evidence\/flow-facts\/[^/]+$/, "flow facts"],
  [/^target\/[^/]+\/[^/]+\.o$/, "object"],
  [/^target\/[^/]+\/(build\.mk|loop_marks\.h|keep_marks\.ld)$/, "build line"],
  [/^evidence\/target\/[^/]+\/[^/]+\.elf$/, "linked image"],
  [/^evidence\/target\/[^/]+\/target\.json$/, "bounds of the image"],
  [/^evidence\/target\/[^/]+\/[^/]+\.(f4|ffx|csv)$/, "flow facts"],
  [/^evidence\/target\/[^/]+\/time\.svg$/, "picture of the bound"],
  [/^evidence\/stages\/[^/]+\/program\.loop$/, "program"],
  [/^evidence\/stages\/[^/]+\/witness\.json$/, "witness"],
  [/^evidence\/stages\/[^/]+\/verdicts\.json$/, "verdicts"],
  [/^evidence\/stages\/[^/]+\/obligations\/[^/]+\/[^/]+\.smt2$/, "obligation"],
  [/^evidence\/stages\/[^/]+\/covers\/[^/]+\/[^/]+\.smt2$/, "cover"],
];

export function roleOf(path: string): string | undefined {
  return roles.find(([form]) => form.test(path))?.[1];
}

export function entryOf(path: string, content: string | Uint8Array): ManifestEntry {
  const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.length;
  return { path, sha256: sha256(content), bytes, role: roleOf(path) ?? "unknown" };
}

/** The bytes of MANIFEST.json: one line per file, in the order of their paths. */
export function manifestText(files: readonly ManifestEntry[]): string {
  const lines = files.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map((entry) => JSON.stringify(entry));
  return `{"schema": "obligato-manifest/1", "files": [\n${lines.join(",\n")}\n]}\n`;
}

/** In hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
