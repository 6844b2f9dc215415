/** The objects that a package ships for a target, and whether an image was linked from them. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Optimisation, optimisations } from "../../backends/c/flags.js";
import { runName } from "../../backends/c/names.js";
import { Refusal } from "../../ir/prelude.js";
import { type CodeComparison, compareCode } from "../../wcet/bind/same-code.js";
import { readElf, sectionNamed } from "../../wcet/elf/elf.js";
import { readObject } from "../../wcet/elf/object-file.js";
import { sha256 } from "../evidence/manifest.js";
import { type BuiltPackage, parseObject } from "./package.js";

export interface ShippedComparison extends CodeComparison {
  readonly target: string;
  readonly optimisation: string;
  /** Compilers that the image and the build of the package name. */
  readonly compilers: { readonly image: readonly string[]; readonly package: string };
}

/** Undefined where the package ships no objects for the image's machine; throws a Refusal where they are not those of the build. */
export function comparedWithShipped({ folder, model }: BuiltPackage, image: Uint8Array, where: string): ShippedComparison | undefined {
  const elf = readElf(image, where);
  const targets = existsSync(join(folder, "target")) ? readdirSync(join(folder, "target")).toSorted() : [];
  for (const target of targets) {
    const { objects = {}, optimisation = "", compiler = "" } = parseObject(readFileSync(join(folder, "evidence", "target", target, "target.json"), "utf8")) ?? {};
    const files = Object.entries(typeof objects === "object" ? objects ?? {} : {}).map(([name, digest]) => objectOf(folder, target, name, String(digest)));
    if (files.length === 0 || files.some(({ machine }) => machine !== elf.machine)) continue;
    return { ...compareCode(elf, files, runName(model)), target, optimisation: String(optimisation), compilers: { image: compilersIn(sectionNamed(elf, ".comment")?.bytes), package: String(compiler) } };
  }
  return undefined;
}

/** The level that the package's objects for a target were compiled at; undefined where it ships none. */
export function shippedLevel(folder: string, target: string): Optimisation | undefined {
  const path = join(folder, "evidence", "target", target, "target.json");
  const { optimisation } = existsSync(path) ? (parseObject(readFileSync(path, "utf8")) ?? {}) : {};
  return optimisations.find((level) => level === optimisation);
}

function objectOf(folder: string, target: string, name: string, digest: string): ReturnType<typeof readObject> {
  const path = join(folder, "target", target, name);
  const bytes = existsSync(path) ? readFileSync(path) : new Uint8Array();
  if (sha256(bytes) !== digest) throw new Refusal("usage", "altered", `target/${target}/${name} is not the object of the build`, folder, "build it again");
  return readObject(bytes, path);
}

/** The linker keeps each different string of its inputs once. */
function compilersIn(comment: Uint8Array = new Uint8Array()): readonly string[] {
  return new TextDecoder().decode(comment).split("\0").filter((line) => line !== "");
}
