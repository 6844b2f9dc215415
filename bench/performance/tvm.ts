/** TVM as it comes, untuned: the Python that `OBLIGATO_TVM` names compiles, and tvm.c runs what it wrote. */
import { dirname, join, resolve } from "node:path";
import { present } from "../../ir/prelude.js";
import type { Level } from "../../src/toolchain/levels.js";
import { linkVariant } from "../../src/toolchain/rounds.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { machineHeader } from "./adapter.js";
import { type Site, type Variant, run } from "./variants.js";

export interface Tvm {
  readonly python: string;
  readonly version: string;
  /** Major version of the LLVM in it. */
  readonly llvm: string;
  readonly headers: readonly string[];
  /** Of the runtime, each after those that it needs. */
  readonly libraries: readonly string[];
}

/** Undefined where no Python is named; a Refusal where it has no TVM. */
export async function tvmIn(sources: string, python = process.env["OBLIGATO_TVM"]): Promise<Tvm | undefined> {
  if (python === undefined || python === "") return undefined;
  const lines = (await run(python, [script(sources)])).toString("utf8").split("\n");
  const facts = (key: string): readonly string[] => lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const fact = (key: string): string => present(facts(key)[0], `${key} of ${python}`);
  return { python, version: fact("version"), llvm: fact("llvm"), headers: facts("headers"), libraries: facts("library") };
}

/** What it compiles for; the names are those of LLVM too. */
export const tvmLevels: readonly Level[] = ["x86-64-v3", "x86-64-v4"];

export async function tvmVariant({ network, folder, sources }: Site, { python, headers, libraries }: Tvm, level: Level): Promise<Variant> {
  const name = `TVM ${level}`;
  const own = join(folder, name.replaceAll(" ", "-"));
  const library = resolve(own, "network.so");
  await writeEmission(own, { files: [{ name: "case.h", text: machineHeader(network, library) }], harness: [] });
  await run(python, [script(sources), network.model, level, library]);
  const flags = [...headers.map((path) => `-I${path}`), "-Wl,--no-as-needed", ...libraries.map((path) => `-Wl,-rpath,${dirname(path)}`)];
  return { name, object: await linkVariant(join(own, "variant.so"), [join(sources, "tvm.c"), ...libraries], flags), parts: [] };
}

const script = (sources: string): string => join(sources, "tvm-library.py");
