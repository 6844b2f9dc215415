/** What stands behind the `=` of `--fix-input NAME=FILE|VALUE`: a tensor file, or a value as nested lists. */
import { extname } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import type { FixedValue } from "./fix-inputs.js";
import { parseNested } from "./nested-values.js";
import { readTensorFile } from "./tensor-files.js";

const fileEndings: readonly string[] = [".npy", ".pb", ".json"];

/** The ending decides whether `text` is a file; `beside` says where it lies. Codes: `fix-input` and those of the file. */
export function fixedValueOf(text: string, beside: (file: string) => string = (file) => file): FixedValue {
  if (fileEndings.includes(extname(text))) return readTensorFile(beside(text));
  const nested = parseNested(text);
  if (nested !== undefined) return { nested };
  throw new Refusal("usage", "fix-input", `${text} is neither a tensor file nor a value`, undefined, "name a file .npy, .pb or .json, or write a value such as 3 or [0,1]");
}
