/**
 * Test folders whose models let inputs decide shapes: the inputs behind a refused shape
 * are fixed to the values of the first data set, one refusal after the other, until the
 * import goes through or refuses for another reason.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { decodeModel } from "../onnx/decode.js";
import { DynamicShape } from "../onnx/dynamic-shape.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import { type ImportOptions, importModel } from "../onnx/import.js";
import { readTensorFile } from "../onnx/tensor-files.js";
import { sameBits } from "./compare.js";
import type { DataSet, TestFolder } from "./data-sets.js";

/** The inputs that data sets store, in their order: those of the graph that have no initializer. */
export function storedInputs(model: string): readonly string[] {
  const { graph } = decodeModel(readFileSync(model), model);
  const initialized = new Set(graph.initializers.map(({ name }) => name));
  return graph.inputs.map(({ name }) => name).filter((name) => !initialized.has(name));
}

/** What has to be fixed besides `options.fixInputs`, which come first; a Refusal that fixing does not mend is left to the build. */
export function shapeInputs({ model, sets }: TestFolder, options: ImportOptions): FixInputs {
  const fixInputs = new Map(options.fixInputs);
  const [first] = sets;
  for (;;) {
    const missing = decidingInputs(model, { ...options, fixInputs }).filter((name) => !fixInputs.has(name));
    const values = first === undefined || missing.length === 0 ? [] : storedValues(model, first, missing);
    if (values.length === 0) return fixInputs;
    for (const [name, value] of values) fixInputs.set(name, value);
  }
}

/** The values of `names` in a data set, of those that it has. */
function storedValues(model: string, set: string, names: readonly string[]): readonly (readonly [string, Tensor])[] {
  const files = storedInputs(model).map((name, k) => [name, join(set, `input_${k}.pb`)] as const);
  return files.filter(([name, file]) => names.includes(name) && existsSync(file)).map(([name, file]) => [name, readTensorFile(file)]);
}

/** The inputs that a refusal of the model blames; none where it is imported, or refused for another reason. */
function decidingInputs(model: string, options: ImportOptions): readonly string[] {
  try {
    importModel(model, options);
    return [];
  } catch (error) {
    if (error instanceof DynamicShape) return error.inputs;
    if (!(error instanceof Refusal)) throw error;
    return error.code === "zero-dim" && error.where !== undefined ? [error.where] : []; // an empty input can only be a constant
  }
}

/** A data set without the fixed inputs; undefined where it has other values for them. */
export function withoutFixed({ inputs, outputs }: DataSet, names: readonly string[], fixed: ReadonlyMap<string, Tensor>): DataSet | undefined {
  const agrees = names.every((name, k) => {
    const [due, found] = [fixed.get(name), inputs[k]];
    return due === undefined || (found !== undefined && sameBits(due, found));
  });
  return agrees ? { inputs: inputs.filter((_, k) => !fixed.has(names[k] ?? "")), outputs } : undefined;
}
