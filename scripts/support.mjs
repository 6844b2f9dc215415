/** What the scripts share: the repository root, running a program, finding one. Plain JavaScript: it runs before anything is installed. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** A file of the checkout. */
export function at(...path) {
  return join(root, ...path);
}

/** Whether `script` (its import.meta.url) is the program that was started, not an import. */
export function isMain(script) {
  return process.argv[1] !== undefined && fileURLToPath(script) === process.argv[1];
}

/** Runs a program with its output on the terminal; returns its exit status. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (done.error) throw done.error;
  return done.status ?? 1;
}

/** Like `run`, and ends this process when the program fails. */
export function must(command, args, options = {}) {
  const status = run(command, args, options);
  if (status !== 0) process.exit(status);
}

/** Runs a JavaScript program under this very Node. */
export function runNode(script, args, options = {}) {
  return run(process.execPath, [script, ...args], options);
}

/** Whether `command` is on PATH. */
export function onPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function fail(...lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}
