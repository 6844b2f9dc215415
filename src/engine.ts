/**
 * The JavaScript engine as a compiler wants it that runs for seconds: by default it optimises
 * functions so early that threads of its own take a third of all processor time of a build, and
 * what they optimised is seldom run long enough to win that back. docs/compile-time.md has figures.
 */
import { setFlagsFromString } from "node:v8";

/** Bytes of bytecode that a function runs before the engine considers it again; its own default is 132 KiB or less. */
const interruptBudget = 400_000;

/** For the whole process, from its start: functions that ran before keep what they have. */
export function tuneEngine(): void {
  setFlagsFromString(`--interrupt-budget=${interruptBudget}`);
}
