/** Files that people pass for ONNX models by mistake, told apart by their first bytes. */
import { invalid } from "../../ir/prelude.js";

interface Signature {
  readonly offset: number;
  readonly text: string;
  readonly kind: string;
  readonly remedy: string;
}

const signatures: readonly Signature[] = [
  { offset: 0, text: "version https://git-lfs", kind: "a Git LFS pointer", remedy: "fetch the real file with `git lfs pull`" },
  { offset: 0, text: "PK\u0003\u0004", kind: "a zip archive", remedy: "unpack it, or export the PyTorch or Keras model to ONNX" },
  { offset: 4, text: "TFL3", kind: "a TensorFlow Lite model", remedy: "convert it with tf2onnx" },
  { offset: 1, text: "HDF", kind: "an HDF5 file", remedy: "export the Keras model to ONNX" },
  { offset: 0, text: "ORTM", kind: "an ONNX Runtime model", remedy: "give the .onnx model it was made from" },
  { offset: 4, text: "ORTM", kind: "an ONNX Runtime model", remedy: "give the .onnx model it was made from" },
  { offset: 0, text: "<", kind: "text (ONNX text syntax, HTML or XML)", remedy: "give the binary .onnx file" },
  { offset: 0, text: "{", kind: "text (JSON)", remedy: "give the binary .onnx file" },
];

/** Refuses with `not-onnx` when `bytes` are empty or start as another known format. */
export function rejectForeign(bytes: Uint8Array, what: string): void {
  if (bytes.length === 0) invalid("not-onnx", `${what} is empty`, undefined, "give the path of an .onnx model");
  const head = String.fromCharCode(...bytes.subarray(0, 32));
  const found = signatures.find(({ offset, text }) => head.startsWith(text, offset));
  if (found !== undefined) invalid("not-onnx", `${what} is ${found.kind}, no ONNX model`, undefined, found.remedy);
}
