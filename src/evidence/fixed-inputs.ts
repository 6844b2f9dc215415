/**
 * Inputs that a build fixed, in its package: what `evidence/model.json` says of each, and
 * the value in a file of its own, from which whoever checks the package imports the model
 * again. The digest is of the elements' bytes, as that of a weight.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph } from "../../ir/graph/graph.js";
import { Refusal } from "../../ir/prelude.js";
import type { ScalarValue } from "../../ir/scalar/types.js";
import { type Tensor, bytesOfElements } from "../../ir/tensor/tensor.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import type { ImportOptions } from "../onnx/import.js";
import { parseTensorJson, printTensorJson } from "../onnx/tensor-json.js";
import { sha256 } from "./manifest.js";

/** A fixed input as the evidence lists it. */
export interface FixedRecord {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly sha256: string;
  /** Path in the package. */
  readonly file: string;
}

export function fixedRecords({ fixedInputs = new Map() }: Graph): readonly FixedRecord[] {
  return [...fixedInputs].map(([name, { type, shape, data }], k) => ({ name, type, shape, sha256: sha256(bytesOfElements(data)), file: `evidence/fixed-inputs/${k}.json` }));
}

/** The values by path. */
export function fixedTexts(graph: Graph): readonly (readonly [string, string])[] {
  return fixedRecords(graph).map(({ name, file }) => [file, printTensorJson(valueOf(graph, name))]);
}

function valueOf({ fixedInputs }: Graph, name: string): Tensor {
  return fixedInputs?.get(name) ?? altered(name, "is missing");
}

/** The sentence that limits every claim of such a build; undefined where nothing is fixed. */
export function fixedSentence(graph: Graph): string | undefined {
  const shown = fixedRecords(graph).map(({ name, type, shape }) => `${name} = ${shownValue(type, shape, valueOf(graph, name))}`);
  return shown.length === 0 ? undefined : `every claim is for every value of the other inputs, with ${shown.join("; ")}`;
}

const mostShown = 16;

function shownValue(type: string, shape: readonly number[], { data }: Tensor): string {
  const first = [...data.slice(0, mostShown)].map((value: ScalarValue) => (Object.is(value, -0) ? "-0" : String(value)));
  return `${type}[${shape.join(",")}] {${first.join(", ")}${data.length > mostShown ? `, and ${data.length - mostShown} more` : ""}}`;
}

/** The fixed inputs that a record lists, `read` giving the files. Throws a Refusal `altered` where a value is not the recorded one. */
export function fixedInputsIn(records: unknown, read: (file: string) => string | undefined): FixInputs {
  const list: readonly unknown[] = Array.isArray(records) ? records : [];
  return new Map(list.map((record) => {
    const fields = new Map<string, unknown>(typeof record === "object" && record !== null ? Object.entries(record) : []);
    const [name, file] = [String(fields.get("name")), String(fields.get("file"))];
    const tensor = parseTensorJson(read(file) ?? altered(file, "is missing"), file);
    if (sha256(bytesOfElements(tensor.data)) !== fields.get("sha256")) altered(file, `is not the value of ${name} that was proved`);
    return [name, tensor];
  }));
}

function altered(where: string, what: string): never {
  throw new Refusal("usage", "altered", `${where} ${what}`, where, "build it again");
}

/** How the model of a built directory was imported, from the fields of its `evidence/model.json`. */
export function importOptionsIn(folder: string, { fixDims, fixInputs }: Readonly<Record<string, unknown>>): Pick<ImportOptions, "fixDims" | "fixInputs"> {
  const dims = typeof fixDims === "object" && fixDims !== null ? Object.entries(fixDims) : [];
  return { fixDims: new Map(dims.map(([name, extent]) => [name, Number(extent)] as const)), fixInputs: fixedInputsIn(fixInputs, (file) => readFileSync(join(folder, file), "utf8")) };
}
