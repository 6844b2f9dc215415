/**
 * `npm test`: sets up, then compiler, lint rules, import boundaries and tests, the
 * quickest to fail first. `npm test -- test/conventions/sources.test.ts` compiles and
 * runs the named tests only.
 */
import { build } from "./build.mjs";
import { lint } from "./lint.mjs";
import { ensurePackages, ensureTools } from "./setup.mjs";
import { at, runNode } from "./support.mjs";

/** test/a/b.test.ts runs as dist/test/a/b.test.js; every other argument is ava's own. */
function compiled(argument) {
  return argument.startsWith("test/") ? `dist/${argument.replace(/\.ts$/, ".js")}` : argument;
}

const chosen = process.argv.slice(2);
ensurePackages();
ensureTools();
build({ all: true });
if (chosen.length === 0) {
  const status = lint();
  if (status !== 0) process.exit(status);
}
process.exit(runNode(at("node_modules", "ava", "entrypoints", "cli.mjs"), chosen.map(compiled)));
