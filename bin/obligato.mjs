#!/usr/bin/env node
/** The `obligato` command. The program itself is compiled TypeScript; a fresh checkout has to build it first. */
import { existsSync } from "node:fs";

const main = new URL("../dist/src/cli/main.js", import.meta.url);
const engine = new URL("../dist/src/engine.js", import.meta.url);

/** A reader that has seen enough, such as `head`, ends no build. */
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
});

if (existsSync(main)) {
  const { tuneEngine } = await import(engine.href);
  tuneEngine(); // before the rest is loaded
  const program = await import(main.href);
  process.exitCode = await program.main(process.argv.slice(2));
} else {
  console.error("obligato: dist/ is not built. In a checkout: npm ci (or, with the packages there, npm run build).");
  process.exitCode = 69;
}
