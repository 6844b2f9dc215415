/** Finds the programs a task needs on PATH. A missing one is a Refusal that says what to install. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type CompilerKind } from "../../backends/c/flags.js";
import { Refusal } from "../../ir/prelude.js";
import { runProcess } from "./process.js";

/** Absolute path of an executable, or undefined. */
export function findTool(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** As findTool; throws a Refusal of class `tool-missing`. */
export function requireTool(name: string, whatFor: string): string {
  const path = findTool(name);
  if (path !== undefined) return path;
  throw new Refusal("tool-missing", "tool-missing", `${name} is not on PATH`, undefined, `install ${name} ${whatFor}`);
}

export interface Compiler {
  readonly kind: CompilerKind;
  readonly path: string;
  /** First line of `--version`. */
  readonly version: string;
}

/** The C compilers for the host that are installed, gcc first. */
export async function findCompilers(): Promise<readonly Compiler[]> {
  const kinds: readonly CompilerKind[] = ["gcc", "clang"];
  const found = await Promise.all(kinds.map(compilerOf));
  return found.filter((compiler) => compiler !== undefined);
}

async function compilerOf(kind: CompilerKind): Promise<Compiler | undefined> {
  const path = findTool(kind);
  return path === undefined ? undefined : { kind, path, version: await versionOf(path) };
}

/** What a tool says of itself, one line. */
export async function versionOf(path: string): Promise<string> {
  const { output } = await runProcess(path, ["--version"]);
  return output.toString("utf8").split("\n", 1).join("").trim();
}
