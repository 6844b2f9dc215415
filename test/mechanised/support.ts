/** The Coq proof as the tests see it: its files, its hypotheses by rule, a replay of it in a temporary folder. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../conventions/checkout.js";

export const folder = join(root, "proofs", "mechanised");

export interface Replay {
  readonly files: readonly { readonly name: string; readonly seconds: number }[];
  /** The file that does not compile, and what Coq says of it. */
  readonly failed?: string;
  readonly errors?: string;
  /** Every theorem with its statement and what it assumes, in Coq's words. */
  readonly theorems: readonly { readonly theorem: string; readonly statement: string; readonly assumptions: string }[];
}

/** Compiles the .v files of `sources` into `out`: all, or what depends on `changed`. */
export function replay(sources: string, out: string, changed?: string): Replay {
  const script = join(root, "scripts", "mechanised.mjs");
  const args = [script, "--json", "--sources", sources, "--out", out, ...(changed === undefined ? [] : ["--changed", changed])];
  const done = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (!done.stdout.startsWith("{")) throw new Error(`${done.stdout}${done.stderr}`);
  return JSON.parse(done.stdout) as Replay;
}

export interface Source {
  readonly name: string;
  readonly text: string;
}

export function coqSources(): readonly Source[] {
  const names = readdirSync(folder).filter((file) => file.endsWith(".v"));
  return names.map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
}

/** The text without comments, which nest in Coq. */
export function withoutComments(text: string): string {
  let depth = 0;
  const pieces = text.split(/(\(\*|\*\))/).map((piece) => {
    if (piece === "(*") depth++;
    else if (piece === "*)") depth--;
    else if (depth === 0) return piece;
    return "";
  });
  return pieces.join("");
}

/** Fields of records named after a rule, such as W3_written_once: the hypotheses of the theorems. */
export function hypotheses(): readonly string[] {
  return coqSources().flatMap(({ text }) => [...withoutComments(text).matchAll(/^ +([WMF]\d_[a-z_A-Z0-9]+) : /gm)].map((match) => match[1] ?? ""));
}
