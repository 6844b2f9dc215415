/** The C that makes an implementation a variant (rounds.h): its memory, and the call of its entry. */
import { cTypes } from "../../backends/c/names.js";
import { type Network, type Placed, blockBytes } from "./network.js";

const memory = ({ inputs, outputs }: Network): readonly string[] => [
  '#include "rounds.h"',
  "#include <stdbool.h>",
  "#include <stdint.h>",
  `unsigned char variant_inputs[${blockBytes(inputs)}] __attribute__((aligned(64)));`,
  `unsigned char variant_outputs[${blockBytes(outputs)}] __attribute__((aligned(64)));`,
  "const size_t variant_input_bytes = sizeof variant_inputs;",
  "const size_t variant_output_bytes = sizeof variant_outputs;",
];

export interface Entry {
  /** The line that declares it or brings its code. */
  readonly include: string;
  readonly name: string;
  /** Arrays that it takes after the interface, as declarations and as arguments. */
  readonly lent?: readonly { readonly declaration: string; readonly argument: string }[];
}

/** An implementation whose entry takes pointers to the inputs and outputs in the order of the model. */
export function entryAdapter(network: Network, { include, name, lent = [] }: Entry): string {
  const pointer = (block: string, qualifier: string) => ({ type, offset }: Placed): string => `(${qualifier}${cTypes[type]} *)(${block} + ${offset})`;
  const untyped = (text: string): string => `(void *)${text}`; // arrays of arrays have types of their own
  const args = [...network.inputs.map(pointer("variant_inputs", "const ")), ...network.outputs.map(pointer("variant_outputs", ""))].map(untyped);
  return [
    ...memory(network),
    include,
    ...lent.map(({ declaration }) => `static ${declaration} __attribute__((aligned(64)));`),
    "int variant_setup(void) { return 0; }",
    `void variant_run(void) { (void)${name}(${[...args, ...lent.map(({ argument }) => argument)].join(", ")}); }`,
    "",
  ].join("\n");
}

const onnxTypes: Readonly<Partial<Record<Placed["type"], number>>> = { f32: 1, u8: 2, i8: 3, i32: 6, i64: 7, bool: 9, f64: 11 };

/** case.h for onnxruntime.c. */
export function sessionHeader(network: Network, library: string): string {
  const list = (name: string, tensors: readonly Placed[]): readonly string[] => [
    ...tensors.map(({ shape }, k) => `static const int64_t case_${name}_shape${k}[] = {${[...shape, 0].join(", ")}};`),
    `static const struct case_tensor case_${name}s[] = {`,
    ...tensors.map(({ offset, bytes, type, shape }, k) => `    {${offset}, ${bytes}, case_${name}_shape${k}, ${shape.length}, ${onnxTypes[type] ?? 0}},`),
    "};",
    `static const char *const case_${name}_names[] = {${tensors.map((tensor) => JSON.stringify(tensor.name)).join(", ")}};`,
  ];
  return [
    ...memory(network),
    "struct case_tensor { size_t offset; size_t bytes; const int64_t *shape; size_t rank; int type; };",
    `enum { CASE_INPUTS = ${network.inputs.length}, CASE_OUTPUTS = ${network.outputs.length} };`,
    `#define CASE_MODEL ${JSON.stringify(network.model)}`,
    `#define CASE_LIBRARY ${JSON.stringify(library)}`,
    ...list("input", network.inputs),
    ...list("output", network.outputs),
    "",
  ].join("\n");
}
