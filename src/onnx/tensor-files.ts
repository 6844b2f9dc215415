/**
 * Tensors in files, bit for bit: `.pb` (a serialised TensorProto, as ONNX test data
 * is), `.npy` (NumPy) and `.json` (readable by a person). The ending decides.
 */
import { writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { bytesOfElements } from "../../ir/tensor/tensor.js";
import { decodeTensorFile } from "./decode.js";
import { dataTypeOf } from "./element-types.js";
import { externalDataIn } from "./external-data.js";
import { readInput } from "./import.js";
import { parseNpy, printNpy } from "./npy.js";
import { messageType } from "./schema.js";
import { parseTensorJson, printTensorJson } from "./tensor-json.js";
import { readTensor } from "./tensors.js";

/** Reads a tensor; the Refusal names the file. External data of a `.pb` is not followed. */
export function readTensorFile(path: string): Tensor {
  const what = basename(path);
  switch (extname(path)) {
    case ".pb":
      return parseTensorPb(readInput(path), what);
    case ".npy":
      return parseNpy(readInput(path), what);
    case ".json":
      return parseTensorJson(new TextDecoder().decode(readInput(path)), what);
    default:
      return unknownEnding(path);
  }
}

/** Writes a tensor; `name` is kept by `.pb` only. */
export function writeTensorFile(path: string, tensor: Tensor, name = ""): void {
  switch (extname(path)) {
    case ".pb":
      writeFileSync(path, printTensorPb(tensor, name));
      return;
    case ".npy":
      writeFileSync(path, printNpy(tensor));
      return;
    case ".json":
      writeFileSync(path, printTensorJson(tensor));
      return;
    default:
      unknownEnding(path);
  }
}

function unknownEnding(path: string): never {
  throw new Refusal("usage", "tensor-file", `${path} has no known ending`, path, "name tensor files .pb, .npy or .json");
}

export function parseTensorPb(bytes: Uint8Array, what: string): Tensor {
  return readTensor(decodeTensorFile(bytes, what), { where: what, external: externalDataIn(undefined).read });
}

export function printTensorPb({ type, shape, data }: Tensor, name = ""): Uint8Array {
  const fields = { dims: shape, data_type: dataTypeOf(type), name, raw_data: bytesOfElements(data) };
  return messageType("TensorProto").encode(fields).finish();
}
