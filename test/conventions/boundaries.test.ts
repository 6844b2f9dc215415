/**
 * The import boundaries hold because dependency-cruiser reports every breach: a
 * small checkout with one breach of each rule, each in a file of its own, must give
 * exactly those reports.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "ava";
import { layers, root, textOf } from "./checkout.js";

type Files = Readonly<Record<string, string>>;

const sound: Files = {
  "tsconfig.json": `{ "compilerOptions": { "module": "NodeNext", "moduleResolution": "NodeNext" } }`,
  "package.json": `{ "type": "module", "dependencies": { "z3-solver": "1.0.0" }, "devDependencies": { "planted": "1.0.0" } }`,
  "node_modules/z3-solver/package.json": `{ "name": "z3-solver", "version": "1.0.0", "main": "index.js" }`,
  "node_modules/z3-solver/index.js": "module.exports = {};",
  "node_modules/planted/package.json": `{ "name": "planted", "version": "1.0.0", "main": "index.js" }`,
  "node_modules/planted/index.js": "module.exports = {};",
  "ir/a.ts": "export const a = 1;",
  "proofs/kernel/check.ts": `export { a } from "../../ir/a.js";`,
  "proofs/provers/z3-worker.ts": `import "z3-solver"; export const z = 1;`,
  "wcet/bound.ts": `export { a } from "../ir/a.js";`,
  "backends/c/emit.ts": `export { a } from "../../ir/a.js"; export { n } from "./names.js";`,
  "backends/c/names.ts": "export const n = 1;",
  "src/passes/shared/common.ts": "export const common = 1;",
  "src/passes/tile.ts": `export { common } from "./shared/common.js";`,
  "src/passes/fuse/fuse.ts": `export { common } from "../shared/common.js"; export { part } from "./part.js";`,
  "src/passes/fuse/part.ts": "export const part = 1;",
  "src/pipeline.ts": `export { common } from "./passes/tile.js"; export { part } from "./passes/fuse/fuse.js";`,
  "src/evidence/counts.ts": "export const c = 1;",
  "src/evidence/version.ts": `export { common } from "../passes/tile.js";`,
  "src/text-claims.ts": `export { n } from "../backends/c/read-names.js";`,
  "backends/c/read-names.ts": `export { n } from "./names.js";`,
  "src/audit/audit.ts": `export { c } from "../evidence/counts.js"; export { n } from "../text-claims.js"; export { a } from "../../proofs/kernel/check.js";`,
  "src/cli/main.ts": `export { common } from "../pipeline.js";`,
  "test/t.ts": "export const t = 1;",
};

/** What is planted: the rule, the file that breaks it, and how. */
const breaches = [
  ["no-cycles", "ir/planted-cycle.ts", `export * as again from "./planted-cycle.js";`],
  ["no-unresolved", "ir/planted-nowhere.ts", `export { b } from "./nowhere.js";`],
  ["ir-stands-alone", "ir/planted-outward.ts", `import type { z } from "../proofs/provers/z3-worker.js"; export type Z = typeof z;`],
  ["proofs-wcet-backends-import-ir-only", "wcet/planted-proof.ts", `export { a } from "../proofs/kernel/check.js";`],
  ["proofs-wcet-backends-import-ir-only", "backends/c/planted-wcet.ts", `export { a } from "../../wcet/bound.js";`],
  ["proofs-wcet-backends-import-ir-only", "proofs/kernel/planted-driver.ts", `export { common } from "../../src/pipeline.js";`],
  ["z3-in-one-place", "src/planted-solver.ts", `import "z3-solver"; export const s = 1;`],
  ["kernel-has-no-packages", "proofs/kernel/planted-package.ts", `import type { p } from "planted"; export type P = typeof p;`],
  ["passes-are-strangers", "src/passes/planted-friend.ts", `export { common } from "./tile.js";`],
  ["passes-are-strangers", "src/passes/fuse/planted-friend.ts", `export { common } from "../tile.js";`],
  ["nothing-imports-the-command-line", "src/planted-cli.ts", `export { common } from "./cli/main.js";`],
  ["audit-is-independent", "src/audit/planted-emitter.ts", `export { n } from "../../backends/c/emit.js";`],
  ["audit-reaches-no-pass", "src/audit/planted-detour.ts", `export { common } from "../evidence/version.js";`],
  ["product-does-not-import-tests", "src/planted-test.ts", `export { t } from "../test/t.js";`],
  ["no-dev-dependencies-in-the-product", "src/planted-dev.ts", `import "planted"; export const d = 1;`],
] as const;

function write(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** The reports on a checkout of these files, each as `rule file`. */
function reportsOn(files: Files): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "obligato-boundaries-"));
  try {
    write(folder, files);
    const cruise = join(root, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
    const args = [cruise, "--config", join(root, ".dependency-cruiser.cjs"), "--output-type", "err", ...layers];
    const done = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
    const reports = [...done.stdout.matchAll(/^\s*error (\S+): (\S+)/gm)].map(([, rule, file]) => `${rule ?? ""} ${file ?? ""}`);
    if (done.status !== 0 && reports.length === 0) throw new Error(`dependency-cruiser: ${done.stdout}${done.stderr}`);
    return [...new Set(reports)].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("import boundaries: a checkout that keeps them gives no report", (t) => {
  t.deepEqual(reportsOn(sound), []);
});

test("import boundaries: each planted breach is reported, and nothing else", (t) => {
  const planted = Object.fromEntries(breaches.map(([, file, text]) => [file, text]));
  // The kernel's planted package is a development dependency too, but imported for its type only.
  t.deepEqual(reportsOn({ ...sound, ...planted }), breaches.map(([rule, file]) => `${rule} ${file}`).sort());
});

test("import boundaries: every rule has a planted breach", (t) => {
  const rules = [...textOf(".dependency-cruiser.cjs").matchAll(/name: "([a-z0-9-]+)"/g)].map((match) => match[1] ?? "");
  t.true(rules.length > 5);
  t.deepEqual(rules.sort(), [...new Set<string>(breaches.map(([rule]) => rule))].sort());
});
