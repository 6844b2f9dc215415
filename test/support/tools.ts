/** Optional programs in tests: a test that needs one which is not installed says so and passes. */
import type { ExecutionContext } from "ava";
import { findTool } from "../../src/toolchain/tools.js";

/** True where every tool is installed; else logs `skipped: <tool>` for the first that is not, and passes. */
export function hasTools(t: ExecutionContext, ...tools: readonly string[]): boolean {
  const missing = tools.find((tool) => findTool(tool) === undefined);
  if (missing === undefined) return true;
  t.log(`skipped: ${missing}`);
  t.pass();
  return false;
}

/** The same of the processor, by Node's name for its architecture. */
export function runsOn(t: ExecutionContext, arch: NodeJS.Architecture): boolean {
  if (process.arch === arch) return true;
  t.log(`skipped: a processor of ${arch}`);
  t.pass();
  return false;
}
