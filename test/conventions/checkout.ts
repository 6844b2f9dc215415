/** The checkout as the convention tests see it: its root, its tracked files, its sources as syntax trees. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Project, type SourceFile } from "ts-morph";

/** The folders of the product; test/ and scripts/ have rules of their own. */
export const layers = ["ir", "proofs", "wcet", "backends", "src"] as const;

function rootAbove(folder: string): string {
  if (existsSync(join(folder, "tsconfig.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("no tsconfig.json above the working directory");
  return rootAbove(parent);
}

/** Absolute path of the repository root: the nearest folder with a tsconfig.json. */
export const root = rootAbove(process.cwd());

/** Text of a file of the checkout, by its path from the root. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Physical lines of a text, a last newline not counted. */
export function lineCount(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

/** Every file that is, or would be, committed, as paths from the root. */
export function trackedFiles(): readonly string[] {
  const done = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`git ls-files: ${done.stderr}`);
  return [...new Set(done.stdout.split("\0"))].filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true);
}

/** Syntax trees of the TypeScript files under the given folders; types are not resolved. */
export function sourcesUnder(...folders: readonly string[]): readonly SourceFile[] {
  const project = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true, skipLoadingLibFiles: true });
  return project.addSourceFilesAtPaths(folders.map((folder) => join(root, folder, "**/*.ts")));
}

/** Path from the root, as in messages. */
export function pathOf(source: SourceFile): string {
  return relative(root, source.getFilePath());
}

/** Lines that hold code: neither blank nor wholly comment. */
export function codeLineCount(text: string): number {
  const withoutBlocks = text.replace(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, "");
  return withoutBlocks.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
}
