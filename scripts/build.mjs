/**
 * Compiles to dist/: the product, or with `--all` the tests too. Output whose
 * source is gone is removed first, so that a deleted test does not live on.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { at, fail, isMain, runNode } from "./support.mjs";

const compiler = at("node_modules", "typescript", "bin", "tsc");

function removeOrphans() {
  const dist = at("dist");
  if (!existsSync(dist)) return;
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.js(\.map)?$/.test(entry.name)) continue;
    const output = join(entry.parentPath, entry.name);
    const stem = join(dirname(relative(dist, output)), entry.name.replace(/\.js(\.map)?$/, ""));
    if (!existsSync(at(`${stem}.ts`))) rmSync(output);
  }
}

/** Compiles; ends this process when that fails. */
export function build({ all = false } = {}) {
  if (!existsSync(compiler)) {
    if (existsSync(at("dist", "src", "cli", "main.js"))) return;
    fail("obligato: the TypeScript compiler is not installed, so dist/ cannot be built.", "Run `npm ci` (with development dependencies).");
  }
  removeOrphans();
  const status = runNode(compiler, ["-p", at(all ? "tsconfig.json" : "tsconfig.build.json")]);
  if (status !== 0) process.exit(status);
}

if (isMain(import.meta.url)) build({ all: process.argv.includes("--all") });
