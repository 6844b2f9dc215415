/**
 * The JavaScript engine as a compiler wants it that runs for seconds: by default it optimises
 * functions so early that threads of its own take a third of all processor time of a build, and
 * what they optimised is seldom run long enough to win that back. docs/compile-time.md has figures.
 */
import { setFlagsFromString } from "node:v8";

/** Bytes of bytecode that a function runs before the engine considers it again; its own default is 66 KiB (`node --v8-options`). */
const interruptBudget = 400_000;

/** The one release line for which this was measured. Flags of the engine are no interface: another line may lack this one, and would print so at every start. */
const measuredLine = "20";

/** For the whole process, from its start: functions that ran before keep what they have. Says whether it did; other lines of Node keep their own way. */
export function tuneEngine(node = process.versions.node, set: (flag: string) => void = setFlagsFromString): boolean {
  if (node.split(".")[0] !== measuredLine) return false;
  set(`--interrupt-budget=${interruptBudget}`);
  return true;
}
