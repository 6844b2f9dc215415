/** Test folders in the layout of the ONNX backend tests: model.onnx and test_data_set_N with input_K.pb and output_K.pb. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { readTensorFile } from "../onnx/tensor-files.js";

export interface TestFolder {
  readonly name: string;
  readonly model: string;
  /** Folders of its data sets, in order. */
  readonly sets: readonly string[];
}

export interface DataSet {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** The test in `path`, or the tests in the folders below it, in order of their names. */
export function findTests(path: string): readonly TestFolder[] {
  const model = modelIn(path);
  if (model !== undefined) return [{ name: basename(path), model, sets: setsIn(path) }];
  if (!existsSync(path) || !statSync(path).isDirectory()) return [];
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below.map((entry) => entry.name).toSorted().flatMap((name) => findTests(join(path, name)));
}

/** A model with its dynamic dimensions fixed is preferred, where somebody made one. */
function modelIn(folder: string): string | undefined {
  return ["model_static.onnx", "model.onnx"].map((name) => join(folder, name)).find((path) => existsSync(path));
}

function setsIn(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => /^test_data_set_\d+$/.test(name));
  return names.toSorted((a, b) => Number(a.slice(14)) - Number(b.slice(14))).map((name) => join(folder, name));
}

/** Throws a Refusal that names the file that cannot be read. */
export function readDataSet(folder: string): DataSet {
  return { inputs: tensorsIn(folder, "input"), outputs: tensorsIn(folder, "output") };
}

function tensorsIn(folder: string, kind: "input" | "output"): readonly Tensor[] {
  const paths: string[] = [];
  for (let k = 0; existsSync(join(folder, `${kind}_${k}.pb`)); k++) paths.push(join(folder, `${kind}_${k}.pb`));
  return paths.map(readTensorFile);
}

/** Folder of a test, for messages. */
export function folderOf({ model }: TestFolder): string {
  return dirname(model);
}
