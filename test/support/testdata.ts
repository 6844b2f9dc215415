/**
 * Where the shared test data is: the folder OBLIGATO_TESTDATA, else
 * ../shared/testdata next to the repository. Tests that need it and do not find it
 * log `skipped: test data` and pass.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The first folder above this file that holds the repository's package.json and a folder `wanted` relative to it. */
function besideRepository(wanted: string): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (dirname(folder) !== folder) {
    const candidate = join(folder, wanted);
    if (existsSync(join(folder, "package.json")) && existsSync(candidate)) return candidate;
    folder = dirname(folder);
  }
  return existsSync(wanted) ? wanted : undefined;
}

const root = process.env["OBLIGATO_TESTDATA"] ?? besideRepository(join("..", "shared", "testdata"));

/** The path of an item of the test data, undefined when it is not there. */
export function testdata(...path: string[]): string | undefined {
  const item = root === undefined ? undefined : join(root, ...path);
  return item !== undefined && existsSync(item) ? item : undefined;
}

/** A suite of the backend tests that Debian's libonnx-testdata installs (ONNX 1.12); undefined when it is not there. */
export function debianTestdata(suite: string): string | undefined {
  const folder = join("/usr/share/libonnx-testdata/data", suite);
  return existsSync(folder) ? folder : undefined;
}
