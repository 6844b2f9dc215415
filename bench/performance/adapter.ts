/** case.h for what runs a model or a library of its own: the memory of the variant, and tensors as it needs them. */
import { type Placed, memoryLines } from "../../src/toolchain/rounds.js";
import type { Network } from "./network.js";

/** How an interface in C names the types of elements. */
interface Types {
  readonly header: readonly string[];
  readonly name: string;
  readonly values: Readonly<Partial<Record<Placed["type"], string>>>;
  readonly unknown: string;
}

const onnxTypes: Types = { header: [], name: "int", values: { f32: "1", u8: "2", i8: "3", i32: "6", i64: "7", bool: "9", f64: "11" }, unknown: "0" };

/** DLPack: kind, bits and lanes. */
const dlpackTypes: Types = {
  header: ["#include <tvm/ffi/c_api.h>"], name: "DLDataType",
  values: {
    f32: "{kDLFloat, 32, 1}", f64: "{kDLFloat, 64, 1}", bool: "{kDLBool, 8, 1}", u8: "{kDLUInt, 8, 1}",
    i8: "{kDLInt, 8, 1}", i32: "{kDLInt, 32, 1}", i64: "{kDLInt, 64, 1}",
  },
  unknown: "{kDLOpaqueHandle, 8, 1}",
};

/** For onnxruntime.c, which reads the model. */
export function sessionHeader(network: Network, library: string): string {
  return header(network, onnxTypes, { CASE_MODEL: network.model, CASE_LIBRARY: library });
}

/** For tvm.c, where the library is the model. */
export function machineHeader(network: Network, library: string): string {
  return header(network, dlpackTypes, { CASE_LIBRARY: library });
}

function header(network: Network, types: Types, paths: Readonly<Record<string, string>>): string {
  return [
    ...memoryLines(network),
    ...types.header,
    `struct case_tensor { size_t offset; size_t bytes; const int64_t *shape; size_t rank; ${types.name} type; };`,
    `enum { CASE_INPUTS = ${network.inputs.length}, CASE_OUTPUTS = ${network.outputs.length} };`,
    ...Object.entries(paths).map(([name, path]) => `#define ${name} ${JSON.stringify(path)}`),
    ...tensorLines("input", network.inputs, types),
    ...tensorLines("output", network.outputs, types),
    "",
  ].join("\n");
}

const tensorLines = (name: string, tensors: readonly Placed[], { values, unknown }: Types): readonly string[] => [
  ...tensors.map(({ shape }, k) => `static const int64_t case_${name}_shape${k}[] = {${[...shape, 0].join(", ")}};`),
  `static const struct case_tensor case_${name}s[] = {`,
  ...tensors.map(({ offset, bytes, type, shape }, k) => `    {${offset}, ${bytes}, case_${name}_shape${k}, ${shape.length}, ${values[type] ?? unknown}},`),
  "};",
  `static const char *const case_${name}_names[] = {${tensors.map((tensor) => JSON.stringify(tensor.name)).join(", ")}};`,
];
