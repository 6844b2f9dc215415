/** Running the command line in a process of its own, as a person would, in a folder of its own. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ExecutionContext } from "ava";
import { smallModel } from "../support/onnx-model.js";

/** The compiled entry, beside the compiled tests. */
export const entry = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const script = `import { main } from ${JSON.stringify(pathToFileURL(entry).href)}; process.exitCode = await main(process.argv.slice(1));`;

/** Arguments for `node` that run the command line. */
export function nodeArguments(args: readonly string[]): string[] {
  return ["--input-type=module", "--eval", script, "--", ...args];
}

export interface Ran {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

export function obligato(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Ran {
  const done: SpawnSyncReturns<string> = spawnSync(process.execPath, nodeArguments(args), { encoding: "utf8", env, maxBuffer: 2 ** 26, timeout: 120_000 });
  return { status: done.status ?? -1, output: done.stdout, errors: done.stderr };
}

/** A folder that is gone when the test ends. */
export function folderFor(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), "obligato-cli-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of a small valid model in `folder`. */
export function smallModelIn(folder: string, name = "small.onnx"): string {
  return modelIn(folder, smallModel(), name);
}

export function modelIn(folder: string, bytes: Uint8Array, name = "model.onnx"): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Every file below `folder` with its content, by relative path. */
export function contentsOf(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  const files = paths.filter((path) => statSync(path).isFile()).toSorted();
  return new Map(files.map((path) => [relative(folder, path), readFileSync(path, "latin1")]));
}
