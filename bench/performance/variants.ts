/**
 * The implementations that are compared, each built into a shared object for one network. A
 * tool that is not installed is left out and named.
 */
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { layoutOfPacked } from "../../backends/c/layout.js";
import { arenaMacro, arenaName, cTypes, fileNames, runName } from "../../backends/c/names.js";
import { Refusal } from "../../ir/prelude.js";
import { memoryOf } from "../../src/evidence/memory.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { type Level, levelFlags } from "../../src/toolchain/levels.js";
import { runProcess } from "../../src/toolchain/process.js";
import { entryVariant, linkVariant } from "../../src/toolchain/rounds.js";
import { findTool, requireTool } from "../../src/toolchain/tools.js";
import { sessionHeader } from "./adapter.js";
import { writeNarrow } from "./narrow.js";
import type { Network, Proof, Proved } from "./network.js";

export interface Variant {
  readonly name: string;
  readonly object: string;
  /** Source files of which size and RAM are those of this implementation; none for a library. */
  readonly parts: readonly string[];
  /** Of a build of ours: what proving it took, and bytes of its arenas. */
  readonly own?: { readonly proof: Proof; readonly arenaBytes: number };
}

export interface Site {
  readonly network: Network;
  /** Where everything is made. */
  readonly folder: string;
  /** bench/performance with the C sources. */
  readonly sources: string;
}

/** The library of the npm package, where README.md says to install it, or as the environment names it. */
function onnxruntimeLibrary(): string | undefined {
  const named = process.env["OBLIGATO_ONNXRUNTIME"] ?? "bench/peers/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1";
  return existsSync(named) ? resolve(named) : undefined;
}

/** What it printed; a Refusal where it fails. */
export async function run(path: string, args: readonly string[], folder?: string): Promise<Buffer> {
  const { status, output, errors } = await runProcess(path, args, { timeLimit: 600_000, ...(folder === undefined ? {} : { folder }) });
  if (status !== 0) throw new Refusal("invalid", "peer", `${path} ends with ${status}: ${errors.slice(0, 500)}`, undefined, "see what it says");
  return output;
}

const gcc = (): string => requireTool("gcc", "to build what is measured");

/** Ours: product files with the pinned flags, for one set of instructions. */
export async function ours({ network, folder }: Site, { code: { model, emission, read }, proof }: Omit<Proved, "result">, level: Level, label = "ours"): Promise<Variant> {
  const name = `${label} ${level}`;
  const own = join(folder, name.replaceAll(" ", "-"));
  await writeEmission(own, { files: emission.files, harness: [] });
  const { arenas } = layoutOfPacked(read.program, read);
  const lent = [...arenas.keys()].map((type) => ({ declaration: `${cTypes[type]} ${arenaName(type)}[${arenaMacro(model, type)}]`, argument: arenaName(type) }));
  writeFileSync(join(own, "variant.c"), entryVariant(network, { include: `#include "${model}.h"`, name: runName(model), lent }));
  const flags = levelFlags(level);
  const names = fileNames(model);
  const parts: string[] = [];
  for (const source of [names.source, names.weights].filter((file) => existsSync(join(own, file)))) {
    parts.push(join(own, source.replace(/c$/, "o")));
    await run(gcc(), [...flags, "-c", join(own, source), "-o", parts.at(-1) ?? ""]);
  }
  const object = await linkVariant(join(own, "variant.so"), [join(own, "variant.c"), ...parts]);
  return { name, object, parts, own: { proof, arenaBytes: memoryOf(read.program).arenaBytes } };
}

/** The library as it comes, and a copy that is held to AVX2 (narrow.ts). */
export interface Runtime {
  readonly name: string;
  readonly library: string;
  readonly narrow: boolean;
}

export async function runtimesIn(work: string): Promise<readonly Runtime[]> {
  const library = onnxruntimeLibrary();
  if (library === undefined) return [];
  const copy = join(work, "narrow.so");
  await writeNarrow(library, copy);
  return [{ name: runtimeName, library, narrow: false }, { name: narrowName, library: copy, narrow: true }];
}

export const runtimeName = "ONNX Runtime";
export const narrowName = "ONNX Runtime on AVX2";

export async function onnxruntime({ network, folder, sources }: Site, { name, library, narrow }: Runtime): Promise<Variant> {
  const own = join(folder, name.replaceAll(" ", "-"));
  await writeEmission(own, { files: [{ name: "case.h", text: sessionHeader(network, library) }], harness: [] });
  return { name, object: await linkVariant(join(own, "variant.so"), [join(sources, "onnxruntime.c")], narrow ? ["-D_GNU_SOURCE", "-DCASE_NARROW"] : []), parts: [] };
}

/** Compilers that write C for the whole network; what they wrote is compiled as they recommend, without contraction. */
export interface Peer {
  readonly name: string;
  readonly tool: string;
  readonly entry: string;
  /** The C for a model. */
  readonly write: (tool: string, model: string, file: string) => Promise<void>;
}

export const peers: readonly Peer[] = [
  {
    name: "onnx2c", tool: "onnx2c", entry: "entry",
    write: async (tool, model, file) => {
      const text = (await run(tool, [model])).toString("utf8");
      // LayerNormalization with one output is written with stores to two arrays that are nowhere declared.
      writeFileSync(file, text.replaceAll(/^\s*(?:mean|inv_std_dev)\[.*\] = (?:mean|inv_std_dev)_value;$/gm, ""));
    },
  },
  {
    name: "emx-onnx-cgen", tool: "emx-onnx-cgen", entry: "model",
    write: async (tool, model, file) => {
      await run(tool, ["compile", "--model-name", "model", "--large-temp-threshold", "0", "--large-weight-threshold", "0", model, file], dirname(file));
    },
  },
];

/** The peer's C for one set of instructions; undefined where it is not installed. */
export async function peer({ network, folder }: Site, { name, tool, entry, write }: Peer, level: Level): Promise<Variant | undefined> {
  const path = findTool(tool);
  if (path === undefined) return undefined;
  const own = join(folder, name);
  const file = join(own, "network.c");
  await writeEmission(own, { files: [], harness: [] });
  await write(path, network.model, file);
  writeFileSync(join(own, "variant.c"), entryVariant(network, { include: '#include "network.c"', name: entry }));
  const object = await linkVariant(join(own, "variant.so"), [join(own, "variant.c")], [`-march=${level}`]);
  const part = join(own, "network.o");
  await run(gcc(), ["-std=gnu99", "-w", "-O3", "-ffp-contract=off", `-march=${level}`, "-c", file, "-o", part]);
  return { name, object, parts: [part] };
}
