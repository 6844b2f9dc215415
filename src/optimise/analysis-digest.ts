/** A name for the code that bounds a candidate, so that an answer kept by another build of this program is not taken for one of this. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What stands between the C of a candidate and its bound: analysis, flags and linking. */
const folders = ["../../wcet", "../../backends", "../toolchain"];

/** SHA-256 of the compiled files of the analysis, paths included. */
export function analysisDigest(): string {
  const hash = createHash("sha256");
  for (const folder of folders) {
    const root = fileURLToPath(new URL(folder, import.meta.url));
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".js")).toSorted();
    for (const path of files) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}
