/** Every code of a diagnostic can be explained, and every explained code exists. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { codeTexts } from "../../src/cli/codes.js";
import { findingCodes } from "../../src/onnx/findings.js";
import { root, trackedFiles } from "../conventions/checkout.js";

const sources = trackedFiles().filter((path) => /^(ir|proofs|wcet|backends|src)\/.*\.ts$/.test(path));
const thrown = /(?:\b(?:invalid|unsupported)\(|new Refusal\(\s*"[a-z-]+",)\s*"([a-z0-9-]+)"|\bcode: "([a-z-]+)"/g;

test("codes: those in the sources are those with a text", (t) => {
  const found = sources.flatMap((path) => [...readFileSync(join(root, path), "utf8").matchAll(thrown)].map(([, a, b]) => a ?? b ?? ""));
  t.true(found.length > 100);
  const known = new Set([...Object.keys(codeTexts), ...findingCodes]);
  t.deepEqual([...new Set(found)].filter((code) => !known.has(code)).toSorted(), [], "without a text");
});
