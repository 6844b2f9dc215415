/** `npm run lint`: the lint rules, then the import boundaries. */
import { existsSync } from "node:fs";
import { at, isMain, runNode } from "./support.mjs";

const layers = ["ir", "proofs", "wcet", "backends", "src"];

/** Exit status of the first check that fails, or 0. */
export function lint() {
  const rules = runNode(at("node_modules", "eslint", "bin", "eslint.js"), ["--max-warnings=0", "."]);
  if (rules !== 0) return rules;
  const cruise = at("node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
  return runNode(cruise, ["--config", ".dependency-cruiser.cjs", ...layers.filter((layer) => existsSync(at(layer)))]);
}

if (isMain(import.meta.url)) process.exit(lint());
