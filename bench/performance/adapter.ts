/** case.h for onnxruntime.c: the memory of the variant, and the model as the runtime needs it. */
import { type Placed, memoryLines } from "../../src/toolchain/rounds.js";
import type { Network } from "./network.js";

const onnxTypes: Readonly<Partial<Record<Placed["type"], number>>> = { f32: 1, u8: 2, i8: 3, i32: 6, i64: 7, bool: 9, f64: 11 };

export function sessionHeader(network: Network, library: string): string {
  const list = (name: string, tensors: readonly Placed[]): readonly string[] => [
    ...tensors.map(({ shape }, k) => `static const int64_t case_${name}_shape${k}[] = {${[...shape, 0].join(", ")}};`),
    `static const struct case_tensor case_${name}s[] = {`,
    ...tensors.map(({ offset, bytes, type, shape }, k) => `    {${offset}, ${bytes}, case_${name}_shape${k}, ${shape.length}, ${onnxTypes[type] ?? 0}},`),
    "};",
    `static const char *const case_${name}_names[] = {${tensors.map((tensor) => JSON.stringify(tensor.name)).join(", ")}};`,
  ];
  return [
    ...memoryLines(network),
    "struct case_tensor { size_t offset; size_t bytes; const int64_t *shape; size_t rank; int type; };",
    `enum { CASE_INPUTS = ${network.inputs.length}, CASE_OUTPUTS = ${network.outputs.length} };`,
    `#define CASE_MODEL ${JSON.stringify(network.model)}`,
    `#define CASE_LIBRARY ${JSON.stringify(library)}`,
    ...list("input", network.inputs),
    ...list("output", network.outputs),
    "",
  ].join("\n");
}
