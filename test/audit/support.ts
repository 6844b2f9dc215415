/** Packages to audit, and ways to spoil them. */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { ExecutionContext } from "ava";
import { type AuditReport, audit } from "../../src/audit/audit.js";
import { type Result, resultOf } from "../../src/audit/report.js";
import { entryOf, manifestPath, manifestText } from "../../src/evidence/manifest.js";
import { obligato } from "../cli/support.js";

/** Builds once, in a folder that the last test of the file removes. */
export function builtIn(folder: string, model: string): string {
  const out = join(folder, "out");
  const ran = obligato(["build", model, "-o", out, "--quiet"]);
  if (ran.status !== 0) throw new Error(ran.errors);
  return out;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "obligato-audit-"));
}

/** A copy that is gone when the test ends. */
export function copyOf(t: ExecutionContext, built: string): string {
  const folder = temporaryFolder();
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(built, join(folder, "out"), { recursive: true });
  return join(folder, "out");
}

/** Every file but the manifest, from the package. */
export function filesOf(built: string): readonly string[] {
  const all = readdirSync(built, { recursive: true, encoding: "utf8" }).filter((path) => statSync(join(built, path)).isFile());
  return all.map((path) => relative("", path)).filter((path) => path !== manifestPath).toSorted();
}

/** The manifest of what is there now: what somebody who tampers would write. */
export function reseal(built: string): void {
  const entries = filesOf(built).map((path) => entryOf(path, readFileSync(join(built, path))));
  writeFileSync(join(built, manifestPath), manifestText(entries));
}

export function edit(built: string, path: string, change: (text: string) => string): void {
  const text = readFileSync(join(built, path), "utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`${path} did not change`);
  writeFileSync(join(built, path), changed);
}

/** Flips the lowest bit of the byte in the middle; returns what undoes it. */
export function flip(built: string, path: string): () => void {
  const bytes = readFileSync(join(built, path));
  const changed = Buffer.from(bytes);
  const at = Math.floor(bytes.length / 2);
  changed[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(join(built, path), changed);
  return () => writeFileSync(join(built, path), bytes);
}

export interface Audited {
  readonly report: AuditReport;
  readonly result: Result;
}

export async function audited(built: string): Promise<Audited> {
  const report = await audit(built, { jobs: 1, each: false, offline: false, silenceMs: 60_000, onStep: () => undefined, onAnswer: () => undefined });
  return { report, result: resultOf(report) };
}

/** Where the findings are. */
export function placesOf({ report }: Audited): readonly string[] {
  return report.findings.map(({ where }) => where);
}
